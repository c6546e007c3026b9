// The journal of what was received: one JSON line a request, on disk before the request is answered, replayed at
// start. It holds no personal number and no name.
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { createLineWriter } from './line-writer.ts';

/** One received request. Absent members could not be read from it. */
export interface JournalEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  /** The mock's clock, ISO 8601 UTC. */
  readonly at: string;
  readonly operation?: string;
  /** MaYeuCau. */
  readonly requestCode?: string;
  /** MaDVC. */
  readonly unitCode?: string;
  readonly user?: string;
  /** As sent, epoch milliseconds. */
  readonly timestamp?: string;
  /** `found`, `notFound`, `confirmed`, `notConfirmed`, `notProcessed`, or the `faultstring` of the refusal. */
  readonly outcome: string;
  /** The fault mode, when one was on. */
  readonly fault?: string;
  /** True: MaYeuCau counts as used from here on. */
  readonly used: boolean;
  /** Keyed hash of the number that was asked for, so that tests can count persons. */
  readonly person?: string;
  /** Of the request's body. */
  readonly sha256: string;
  readonly bytes: number;
}

/** An open journal. */
export interface Journal {
  /** Resolves when the entry is on disk. @throws Error when it could not be written; no later one is then either. */
  readonly append: (entry: Omit<JournalEntry, 'seq'>) => Promise<void>;
  /** At most `limit` entries from number `from` on. */
  readonly read: (from: number, limit: number) => Promise<readonly JournalEntry[]>;
  /** Entries on disk, and how many times the disk was asked to keep them. */
  readonly counts: () => { readonly count: number; readonly syncs: number };
  readonly close: () => Promise<void>;
}

// The byte offset of every so many lines is kept, so that a page is read without reading the whole file.
const stride = 512;

function isEntry(value: unknown): value is JournalEntry {
  return typeof value === 'object' && value !== null && 'seq' in value && 'sha256' in value;
}

function parseEntry(line: string, seq: number): JournalEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`population mock: line ${seq} of the journal cannot be read`);
  }
  if (!isEntry(value) || value.seq !== seq)
    throw new Error(`population mock: line ${seq} of the journal is not entry ${seq}`);
  return value;
}

async function openFile(file: string): Promise<FileHandle> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  const folderHandle = await open(folder, 'r');
  await folderHandle.sync().finally(() => folderHandle.close());
  return handle;
}

interface Extent {
  count: number;
  bytes: number;
  /** Offset of the lines 1, 1 + stride, 1 + 2 × stride, … */
  readonly offsets: number[];
}

function grow(extent: Extent, lineBytes: number): void {
  if (extent.count % stride === 0) extent.offsets.push(extent.bytes);
  extent.count += 1;
  extent.bytes += lineBytes;
}

/** Reads the whole journal once and cuts off a last line that was not finished: it was never answered. */
async function replay(
  file: string,
  handle: FileHandle,
  onEntry: (entry: JournalEntry) => void,
): Promise<Extent> {
  const extent: Extent = { count: 0, bytes: 0, offsets: [] };
  const { size } = await handle.stat();
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: 0 })) {
    const lineBytes = Buffer.byteLength(line) + 1;
    if (extent.bytes + lineBytes > size) break;
    onEntry(parseEntry(line, extent.count + 1));
    grow(extent, lineBytes);
  }
  if (extent.bytes < size) await handle.truncate(extent.bytes);
  return extent;
}

async function readPage(
  file: string,
  { count, bytes, offsets }: Extent,
  from: number,
  limit: number,
): Promise<readonly JournalEntry[]> {
  const first = Math.max(1, from);
  const last = Math.min(count, first + limit - 1);
  const block = Math.floor((first - 1) / stride);
  const start = offsets[block];
  if (start === undefined || first > last) return [];
  const entries: JournalEntry[] = [];
  let seq = block * stride;
  for await (const line of createInterface({ input: createReadStream(file, { start, end: bytes - 1 }) })) {
    seq += 1;
    if (seq >= first) entries.push(parseEntry(line, seq));
    if (seq >= last) break;
  }
  return entries;
}

/**
 * Opens a journal, telling `onEntry` of each entry that it already holds.
 * @throws Error when a line before the last cannot be read
 */
export async function openJournal(file: string, onEntry: (entry: JournalEntry) => void): Promise<Journal> {
  const handle = await openFile(file);
  const durable = await replay(file, handle, onEntry).catch(async (cause: unknown) => {
    await handle.close();
    throw cause;
  });
  const writer = createLineWriter(handle, (lineBytes) => grow(durable, lineBytes));
  let nextSeq = durable.count + 1;
  return {
    append: (entry) => writer.append(`${JSON.stringify({ seq: nextSeq++, ...entry })}\n`),
    read: (from, limit) => readPage(file, durable, from, limit),
    counts: () => ({ count: durable.count, syncs: writer.syncs() }),
    close: async () => {
      await writer.settle();
      await handle.close();
    },
  };
}
