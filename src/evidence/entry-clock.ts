// The two clocks that stand in every entry: the process's, and the database's as last read, carried on monotonically.
import type { EntryTime } from './leaf.ts';

/** Tells both times without asking the database. */
export interface EntryClock {
  now(): EntryTime;
  /** How far the process's clock is before the database's (after it, if negative), in milliseconds. */
  readonly offMs: number;
  /** @param readAtMs `performance.now()` at the moment that `databaseAt` is true of */
  set(databaseAt: Date, readAtMs: number): void;
}

/** A clock that takes the database's time for the process's until it is set. */
export function createEntryClock(processClock: () => Date): EntryClock {
  let databaseMs: number | undefined;
  let readAt = 0;
  function now(): EntryTime {
    const at = processClock();
    if (databaseMs === undefined) return { at, databaseAt: at };
    return { at, databaseAt: new Date(databaseMs + performance.now() - readAt) };
  }
  return {
    now,
    get offMs() {
      const { at, databaseAt } = now();
      return at.getTime() - databaseAt.getTime();
    },
    set(databaseAt, readAtMs) {
      databaseMs = databaseAt.getTime();
      readAt = readAtMs;
    },
  };
}
