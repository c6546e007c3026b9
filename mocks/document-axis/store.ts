// The messages on disk: one file each, hashed while it is written, big ones never whole in memory. A file that no line of
// the journal names means nothing.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from './config.ts';
import type { Message } from './queues.ts';
import { findHeadEnd, headMostBytes, type MessageHead, scanHead } from './scan-header.ts';
import { type Spoil, spoilMessage } from './spoil.ts';

/** A message on disk. */
export interface Stored {
  /** Name in the folder. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Undefined: no edXML header at its beginning. */
  readonly head: MessageHead | undefined;
}

/** The messages of a mock. */
export interface Store {
  /** Writes what comes; undefined when it is larger than allowed. Its file is gone then, and when the source fails. */
  readonly save: (source: AsyncIterable<Buffer>) => Promise<Stored | undefined>;
  readonly remove: (stored: Stored) => Promise<void>;
  /** Rewrites a stored message; one larger than 8 MiB stays as it is. Its digest stays that of what was received. */
  readonly spoil: (stored: Stored, spoil: Spoil) => Promise<Stored>;
  /** The bytes as the axis hands them out, its own hop included. */
  readonly read: (message: Message) => AsyncIterable<Buffer>;
}

// What is smaller is written and read at once: cheaper than a trip to another thread.
const atOnceBytes = 65_536;
const spoilMostBytes = 8_388_608;
const readBytes = 786_432;

/** Everything but a line end at the very end. §3.2 */
export async function* withoutTrailingCrlf(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const end = Math.max(0, all.length - 2);
    if (end > 0) yield all.subarray(0, end);
    held = all.subarray(end);
  }
  if (held.length > 0 && held.toString('latin1') !== '\r\n') yield held;
}

/** Base64 by blocks whose bytes divide by three, so that the pieces join. */
export async function* toBase64(source: AsyncIterable<Buffer>): AsyncIterable<string> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const end = all.length - (all.length % 3);
    if (end > 0) yield all.toString('base64', 0, end);
    held = all.subarray(end);
  }
  if (held.length > 0) yield held.toString('base64');
}

/** Collects the beginning of a message until its header is whole. */
function createHeadCollector() {
  let seen: Buffer = Buffer.alloc(0);
  let isDone = false;
  return {
    add: (chunk: Buffer) => {
      if (isDone) return;
      const from = Math.max(0, seen.length - 32);
      seen = Buffer.concat([seen, chunk]);
      isDone = findHeadEnd(seen, from) >= 0 || seen.length > headMostBytes;
    },
    head: () => scanHead(seen),
  };
}

/** Keeps the first bytes in memory; beyond `memoryBytes` it opens the file and lets them go. */
function createSink(path: string, memoryBytes: number) {
  let chunks: Buffer[] = [];
  let held = 0;
  let handle: FileHandle | undefined;
  const flush = async (): Promise<void> => {
    handle ??= await open(path, 'wx', 0o600);
    await handle.writev(chunks);
    chunks = [];
    held = 0;
  };
  return {
    add: async (chunk: Buffer): Promise<void> => {
      chunks.push(chunk);
      held += chunk.length;
      if (held > memoryBytes) await flush();
    },
    end: async (): Promise<void> => {
      if (handle !== undefined) await flush();
      else if (held <= atOnceBytes) writeFileSync(path, Buffer.concat(chunks), { mode: 0o600, flag: 'wx' });
      else await writeFile(path, chunks, { mode: 0o600, flag: 'wx' });
    },
    close: async () => handle?.close(),
  };
}

async function save(
  source: AsyncIterable<Buffer>,
  folder: string,
  { memoryBytes, messageBytes }: Settings,
): Promise<Stored | undefined> {
  const file = `${randomUUID()}.edxml`;
  const path = join(folder, file);
  const hash = createHash('sha256');
  const head = createHeadCollector();
  const sink = createSink(path, memoryBytes);
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      // What is too large is read to its end, so that the refusal can be heard.
      if (bytes > messageBytes) continue;
      hash.update(chunk);
      head.add(chunk);
      await sink.add(chunk);
    }
    if (bytes <= messageBytes) await sink.end();
  } catch (cause) {
    await rm(path, { force: true });
    throw cause;
  } finally {
    await sink.close();
  }
  if (bytes <= messageBytes) return { file, sha256: hash.digest('hex'), bytes, head: head.head() };
  await rm(path, { force: true });
  return undefined;
}

/** The pieces of a message, with a text put in at a byte. */
async function* splice(
  source: AsyncIterable<Buffer> | Iterable<Buffer>,
  hop: Message['hop'],
): AsyncIterable<Buffer> {
  let offset = 0;
  for await (const chunk of source) {
    const at = hop === undefined ? -1 : hop.atByte - offset;
    offset += chunk.length;
    if (hop === undefined || at < 0 || at >= chunk.length) yield chunk;
    else yield Buffer.concat([chunk.subarray(0, at), Buffer.from(hop.text), chunk.subarray(at)]);
  }
}

/** Opens the folder of messages. */
export async function openStore(settings: Settings): Promise<Store> {
  const folder = join(settings.folder, 'messages');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const toPath = (file: string): string => join(folder, file);
  return {
    save: (source) => save(source, folder, settings),
    remove: ({ file }) => rm(toPath(file), { force: true }),
    spoil: async (stored, spoil) => {
      if (stored.bytes > spoilMostBytes) return stored;
      const spoiled = spoilMessage(spoil, await readFile(toPath(stored.file)));
      await writeFile(toPath(stored.file), spoiled);
      return { ...stored, head: scanHead(spoiled) };
    },
    read: ({ file, bytes, hop }) =>
      splice(
        bytes <= atOnceBytes
          ? [readFileSync(toPath(file))]
          : createReadStream(toPath(file), { highWaterMark: readBytes }),
        hop,
      ),
  };
}
