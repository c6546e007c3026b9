// The messages on disk: small ones in one file, others a file each, hashed while they arrive, big ones never whole in
// memory. What no line of the journal names means nothing.
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from './config.ts';
import type { Message } from './queues.ts';
import { findHeadEnd, headMostBytes, type MessageHead, scanHead } from './scan-header.ts';
import { type Spoil, spoilMessage } from './spoil.ts';

/** Where a message lies; `bytes` is its size there. */
export type Place =
  | { readonly file: string; readonly bytes: number }
  | { readonly packAt: number; readonly bytes: number };

/** A message that has arrived. */
export interface Stored {
  /** The content of a small one, not on disk before `keep`; else the name of its file. */
  readonly held: Buffer | string;
  readonly sha256: string;
  readonly bytes: number;
  /** Undefined: no edXML header at its beginning. */
  readonly head: MessageHead | undefined;
}

/** The messages of a mock. */
export interface Store {
  /** Takes what comes; undefined when it is larger than allowed. Its file is gone then, and when the source fails. */
  readonly save: (source: AsyncIterable<Buffer>) => Promise<Stored | undefined>;
  /** Puts it where it stays. */
  readonly keep: (stored: Stored) => Place;
  /** Forgets one that was not kept. */
  readonly remove: (stored: Stored) => Promise<void>;
  /** Rewrites a message that was not kept; one larger than 8 MiB stays as it is. Its digest stays that of what came. */
  readonly spoil: (stored: Stored, spoil: Spoil) => Promise<Stored>;
  /** The bytes as the axis hands them out, its own hop included: whole, or in pieces when larger than `memoryBytes`. */
  readonly read: (message: Message) => Promise<Buffer | AsyncIterable<Buffer>>;
  readonly close: () => void;
}

const packedBytes = 65_536;
const spoilMostBytes = 8_388_608;
const readBytes = 786_432;

/** Everything but a line end at the very end. §3.2 */
export async function* withoutTrailingCrlf(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of source) {
    const chunk = piece.length < 2 ? Buffer.concat([held, piece]) : piece;
    if (chunk === piece && held.length > 0) yield held;
    const end = Math.max(0, chunk.length - 2);
    if (end > 0) yield chunk.subarray(0, end);
    held = chunk.subarray(end);
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
    /** The content, when it is small and was not written. */
    end: async (): Promise<Buffer | undefined> => {
      if (handle === undefined && held <= packedBytes) return Buffer.concat(chunks);
      await flush();
      return undefined;
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
  let content: Buffer | undefined;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      // What is too large is read to its end, so that the refusal can be heard.
      if (bytes > messageBytes) continue;
      hash.update(chunk);
      head.add(chunk);
      await sink.add(chunk);
    }
    if (bytes <= messageBytes) content = await sink.end();
  } catch (cause) {
    await rm(path, { force: true });
    throw cause;
  } finally {
    await sink.close();
  }
  if (bytes <= messageBytes)
    return { held: content ?? file, sha256: hash.digest('hex'), bytes, head: head.head() };
  await rm(path, { force: true });
  return undefined;
}

/** One file for all small messages: a system call to write or read one, where files of their own take three. */
function openPack(path: string) {
  const descriptor = openSync(path, 'a+', 0o600);
  let end = fstatSync(descriptor).size;
  let isOpen = true;
  return {
    add: (content: Buffer): Place => {
      const place = { packAt: end, bytes: content.length };
      for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at);
      end += content.length;
      return place;
    },
    read: (at: number, bytes: number): Buffer => {
      const content = Buffer.allocUnsafe(bytes);
      if (readSync(descriptor, content, 0, bytes, at) < bytes)
        throw new Error('document axis mock: a message is not whole on disk');
      return content;
    },
    close: () => {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
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
    else {
      yield chunk.subarray(0, at);
      yield Buffer.from(hop.text);
      yield chunk.subarray(at);
    }
  }
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Opens the folder of messages. */
export async function openStore(settings: Settings): Promise<Store> {
  const folder = join(settings.folder, 'messages');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pack = openPack(join(settings.folder, 'small-messages.pack'));
  const toPath = (file: string): string => join(folder, file);
  const load = async ({ place }: Message): Promise<Buffer> =>
    'packAt' in place ? pack.read(place.packAt, place.bytes) : readFile(toPath(place.file));
  return {
    save: (source) => save(source, folder, settings),
    keep: ({ held, bytes }) => (typeof held === 'string' ? { file: held, bytes } : pack.add(held)),
    remove: async ({ held }) => {
      if (typeof held === 'string') await rm(toPath(held), { force: true });
    },
    spoil: async (stored, spoil) => {
      const { held, bytes } = stored;
      if (bytes > spoilMostBytes) return stored;
      const spoiled = spoilMessage(spoil, typeof held === 'string' ? await readFile(toPath(held)) : held);
      if (typeof held === 'string') await writeFile(toPath(held), spoiled);
      const kept = typeof held === 'string' ? held : spoiled;
      return { ...stored, held: kept, head: scanHead(spoiled) };
    },
    read: async (message) => {
      const { place, hop } = message;
      if (place.bytes <= settings.memoryBytes) return collect(splice([await load(message)], hop));
      if ('packAt' in place) return splice([await load(message)], hop);
      return splice(createReadStream(toPath(place.file), { highWaterMark: readBytes }), hop);
    },
    close: pack.close,
  };
}
