// Sees to it that no exchange stays open for ever: ends what this process gave up, and what processes that are gone
// left open.

import type pg from 'pg';
import type { Logger } from 'pino';
import { withTransaction } from '../database/pool.ts';
import type { Entry } from './entry.ts';
import { startLoop } from './loop.ts';
import { endAsUnknown, type Recorder, reapExpired, withdrawOpened } from './lost.ts';

const reapRows = 200;

// Kept five minutes longer than they matter: the clocks of processes and database may differ by that much.
const forgetProofs = "DELETE FROM used_proof WHERE forget_at < clock_timestamp() - interval '5 minutes'";

/** Repair that comes back until it is stopped. */
export interface Repair {
  /** Takes an "opened" or "closed" that failed for its caller. Others need no repair: they stand alone. */
  giveUp(entry: Entry): void;
  /** Repairs once more, then stops. Never throws. */
  stop(): Promise<void>;
}

/**
 * Starts repairing every `intervalMs`; what fails is left for the next time.
 * @param mayRecord while it says no, nothing is repaired
 */
export function startRepair(
  pool: pg.Pool,
  recorder: Recorder,
  intervalMs: number,
  logger: Logger,
  mayRecord: () => boolean,
): Repair {
  const givenUp = new Set<Entry>();

  async function repair(): Promise<void> {
    if (!mayRecord()) return;
    try {
      let reaped: number;
      do reaped = await withTransaction(pool, (client) => reapExpired(client, reapRows, recorder));
      while (reaped === reapRows);
      await pool.query(forgetProofs);
      for (const entry of givenUp) {
        await withTransaction(pool, (client) => settle(client, entry, recorder));
        givenUp.delete(entry);
      }
    } catch (err) {
      logger.warn({ err }, 'open exchanges could not be swept; tried again');
    }
  }

  const loop = startLoop(repair, intervalMs);
  return {
    giveUp(entry) {
      if (entry.kind === 'opened' || entry.kind === 'closed') givenUp.add(entry);
    },
    async stop() {
      await loop.stop();
      await repair();
    },
  };
}

async function settle(client: pg.ClientBase, entry: Entry, recorder: Recorder): Promise<void> {
  if (entry.kind === 'opened') await withdrawOpened(client, entry, recorder);
  else await endAsUnknown(client, entry.facts.exchangeId, recorder);
}
