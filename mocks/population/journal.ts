// The journal of what was received: one JSON line a request, on disk before the request is answered, replayed at
// start. It holds no personal number and no name.
import { openJournalFile } from '../parts/journal-file.ts';

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

function isEntry(value: unknown): value is JournalEntry {
  return typeof value === 'object' && value !== null && 'seq' in value && 'sha256' in value;
}

/**
 * Opens a journal, telling `onEntry` of each entry that it already holds.
 * @throws Error when a line before the last cannot be read
 */
export async function openJournal(file: string, onEntry: (entry: JournalEntry) => void): Promise<Journal> {
  const { takeSeq, append, read, counts, close } = await openJournalFile(
    { mock: 'population mock', file, isEntry },
    onEntry,
  );
  return { append: (entry) => append({ seq: takeSeq(), ...entry }), read, counts, close };
}
