// A journal of JSON lines, numbered from 1 without gaps: on disk before its append resolves, replayed at start, read by
// pages. What the lines mean is not its matter.
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { createLineWriter } from './line-writer.ts';

/** A line; the number stands in it. */
export interface Numbered {
  readonly seq: number;
}

/** Whose journal, where, and how its lines are known. */
export interface JournalKind<E extends Numbered> {
  /** Named in errors. */
  readonly mock: string;
  readonly file: string;
  readonly isEntry: (value: unknown) => value is E;
}

/** An open journal. */
export interface JournalFile<E extends Numbered> {
  /** The number of the next line; it must be appended before the next number is taken. */
  readonly takeSeq: () => number;
  /** Resolves when the line is on disk. @throws Error when it could not be written; no later one is then either. */
  readonly append: (entry: E) => Promise<void>;
  /** At most `limit` lines from number `from` on. */
  readonly read: (from: number, limit: number) => Promise<readonly E[]>;
  /** Lines on disk, and how many times the disk was asked to keep them. */
  readonly counts: () => { readonly count: number; readonly syncs: number };
  readonly close: () => Promise<void>;
}

// The byte offset of every so many lines is kept, so that a page is read without reading the whole file.
const stride = 512;

function parseEntry<E extends Numbered>({ mock, isEntry }: JournalKind<E>, line: string, seq: number): E {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`${mock}: line ${seq} of the journal cannot be read`);
  }
  if (!isEntry(value) || value.seq !== seq)
    throw new Error(`${mock}: line ${seq} of the journal is not entry ${seq}`);
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
async function replay<E extends Numbered>(
  kind: JournalKind<E>,
  handle: FileHandle,
  onEntry: (entry: E) => void,
): Promise<Extent> {
  const extent: Extent = { count: 0, bytes: 0, offsets: [] };
  const { size } = await handle.stat();
  for await (const line of createInterface({ input: createReadStream(kind.file), crlfDelay: 0 })) {
    const lineBytes = Buffer.byteLength(line) + 1;
    if (extent.bytes + lineBytes > size) break;
    onEntry(parseEntry(kind, line, extent.count + 1));
    grow(extent, lineBytes);
  }
  if (extent.bytes < size) await handle.truncate(extent.bytes);
  return extent;
}

async function readPage<E extends Numbered>(
  kind: JournalKind<E>,
  { count, bytes, offsets }: Extent,
  from: number,
  limit: number,
): Promise<readonly E[]> {
  const first = Math.max(1, from);
  const last = Math.min(count, first + limit - 1);
  const block = Math.floor((first - 1) / stride);
  const start = offsets[block];
  if (start === undefined || first > last) return [];
  const entries: E[] = [];
  let seq = block * stride;
  for await (const line of createInterface({
    input: createReadStream(kind.file, { start, end: bytes - 1 }),
  })) {
    seq += 1;
    if (seq >= first) entries.push(parseEntry(kind, line, seq));
    if (seq >= last) break;
  }
  return entries;
}

/**
 * Opens a journal, telling `onEntry` of each entry that it already holds.
 * @throws Error when a line before the last cannot be read
 */
export async function openJournalFile<E extends Numbered>(
  kind: JournalKind<E>,
  onEntry: (entry: E) => void,
): Promise<JournalFile<E>> {
  const handle = await openFile(kind.file);
  const durable = await replay(kind, handle, onEntry).catch(async (cause: unknown) => {
    await handle.close();
    throw cause;
  });
  const writer = createLineWriter(handle, (lineBytes) => grow(durable, lineBytes));
  let nextSeq = durable.count + 1;
  return {
    takeSeq: () => nextSeq++,
    append: (entry) => writer.append(`${JSON.stringify(entry)}\n`),
    read: (from, limit) => readPage(kind, durable, from, limit),
    counts: () => ({ count: durable.count, syncs: writer.syncs() }),
    close: async () => {
      await writer.settle();
      await handle.close();
    },
  };
}
