// May the clock of this process be trusted? It must agree with the database's within a second and, where that is asked
// for, must not be known to run unsynchronised. While it is wrong the hub is not ready and signs no head of the log.
import type { Pool } from 'pg';
import { createEntryClock, type EntryClock } from '../evidence/entry-clock.ts';
import type { Synchronised } from './synchronised.ts';

/** The clock check of one process. */
export interface ClockCheck {
  /** The two clocks, for the entries of the log; its heartbeat sets the database's. */
  readonly entryClock: EntryClock;
  /** How far the process's clock is before the database's, milliseconds. */
  readonly offMs: number;
  readonly synchronised: Synchronised;
  readonly isRight: boolean;
}

/** The largest difference to the database's clock. */
export const clockWithinMs = 1_000;

/**
 * Reads the database's clock once and carries it on.
 * @param processClock the clock to be checked
 * @param readSynchronised what the machine says of its clock
 */
export async function createClockCheck(
  pool: Pool,
  processClock: () => Date,
  readSynchronised: () => Synchronised,
): Promise<ClockCheck> {
  const entryClock = createEntryClock(processClock);
  const client = await pool.connect();
  try {
    const sentAtMs = performance.now();
    const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    if (rows[0]) entryClock.set(rows[0].now, sentAtMs, performance.now());
  } finally {
    client.release();
  }
  return {
    entryClock,
    get offMs() {
      return entryClock.offMs;
    },
    get synchronised() {
      return readSynchronised();
    },
    get isRight() {
      return Math.abs(entryClock.offMs) <= clockWithinMs && readSynchronised() !== 'no';
    },
  };
}
