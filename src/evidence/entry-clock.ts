// The two clocks that stand in every entry: the process's, and the database's as last read, carried on monotonically.
import type { EntryTime } from './leaf.ts';

/** Tells both times without asking the database. */
export interface EntryClock {
  now(): EntryTime;
  /** How far the process's clock is before the database's (after it, if negative), in milliseconds. */
  readonly offMs: number;
  /**
   * Takes the database's answer to when it is. A slow answer is passed over, the first one excepted: the old time carried
   * on is better than a new one that nobody can place.
   * @param sentAtMs `performance.now()` before it was asked
   * @param receivedAtMs when it had answered; the time told is taken to be true in the middle
   */
  set(databaseAt: Date, sentAtMs: number, receivedAtMs: number): void;
}

/** Half of it is how wrong a time may be; the clock check allows a second. */
const slowMs = 500;

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
    set(databaseAt, sentAtMs, receivedAtMs) {
      if (databaseMs !== undefined && receivedAtMs - sentAtMs > slowMs) return;
      databaseMs = databaseAt.getTime();
      readAt = (sentAtMs + receivedAtMs) / 2;
    },
  };
}
