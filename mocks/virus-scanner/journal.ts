// The journal of what was scanned: one JSON line a command, on disk before it is answered. Sizes and hashes, never content.
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { createLineWriter } from '../population/line-writer.ts';

/** One command. */
export interface JournalEntry {
  /** The mock's clock, ISO 8601 UTC. */
  readonly at: string;
  /** `PING`, `VERSION`, `INSTREAM`, or `other`. */
  readonly command: string;
  /** Of a stream: what arrived of it. */
  readonly bytes?: number;
  readonly sha256?: string;
  /** The largest chunk. */
  readonly largestChunk?: number;
  /** `OK`, `FOUND`, `ERROR`, or none where the connection was closed without an answer. */
  readonly answer?: string;
  /** The fault mode, when one was on. */
  readonly fault?: string;
}

/** An open journal. */
export interface Journal {
  readonly append: (entry: JournalEntry) => Promise<void>;
  /** At most `limit` lines from number `from` on, counted from 1. */
  readonly read: (from: number, limit: number) => Promise<readonly unknown[]>;
  readonly close: () => Promise<void>;
}

/** Opens a journal; what stands in it already stays. */
export async function openJournal(file: string): Promise<Journal> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a', 0o600);
  const writer = createLineWriter(handle, () => undefined);
  return {
    append: (entry) => writer.append(`${JSON.stringify(entry)}\n`),
    async read(from, limit) {
      await writer.settle();
      const entries: unknown[] = [];
      let seq = 0;
      for await (const line of createInterface({ input: createReadStream(file) })) {
        seq += 1;
        if (seq >= from + limit) break;
        if (seq >= from) entries.push({ seq, ...JSON.parse(line) });
      }
      return entries;
    },
    async close() {
      await writer.settle();
      await handle.close();
    },
  };
}
