// The journal of what was scanned: one JSON line a command, on disk before it is answered. Sizes and hashes, never content.
import { openJournalFile } from '../parts/journal-file.ts';

/** One command. */
export interface JournalEntry {
  /** From 1, without gaps. */
  readonly seq: number;
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
  readonly append: (entry: Omit<JournalEntry, 'seq'>) => Promise<void>;
  /** At most `limit` entries from number `from` on. */
  readonly read: (from: number, limit: number) => Promise<readonly JournalEntry[]>;
  readonly close: () => Promise<void>;
}

function isEntry(value: unknown): value is JournalEntry {
  return typeof value === 'object' && value !== null && 'seq' in value && 'command' in value;
}

/** Opens a journal; what stands in it already stays. @throws Error when a line before the last cannot be read */
export async function openJournal(file: string): Promise<Journal> {
  const { takeSeq, append, read, close } = await openJournalFile(
    { mock: 'virus scanner mock', file, isEntry },
    () => undefined,
  );
  return { append: (entry) => append({ seq: takeSeq(), ...entry }), read, close };
}
