// Takes back what a process that is gone was sending: what came of it is not known, so it is sent again, and the entries
// say so.
import type { Pool } from 'pg';
import { withTransaction } from '../database/pool.ts';
import { applyChanges, lockByDispatch, type Recorder } from './journal.ts';

const atOnce = 200;

// A process whose own lease has run out is gone, however long it had given its call. The one that looks is not, whatever a
// database that stood still for a while did to its lease: what it has under way is given up by the dispatch's lease alone.
const find = `SELECT id::text AS id, attempts FROM dispatch d
  WHERE state = 'sending' AND (lease_until <= clock_timestamp() OR d.process_id <> $1 AND EXISTS (
    SELECT FROM hub_process p WHERE p.id = d.process_id AND p.lease_until <= clock_timestamp()))
  ORDER BY d.id LIMIT ${atOnce} FOR UPDATE OF d SKIP LOCKED`;

const giveBack = `UPDATE dispatch SET state = 'waiting', process_id = NULL, lease_until = NULL, next_at = clock_timestamp()
  WHERE id = ANY ($1::bigint[])`;

/**
 * Puts dispatches whose lease has run out back among the waiting.
 * @param processId the one that looks
 * @returns how many there were
 */
export async function takeBackInterrupted(
  pool: Pool,
  processId: string,
  recorder: Recorder,
): Promise<number> {
  let total = 0;
  let taken: number;
  do {
    taken = await withTransaction(pool, async (client) => {
      const { rows } = await client.query<{ id: string; attempts: number }>(find, [processId]);
      const attempts = new Map(rows.map((row) => [row.id, row.attempts]));
      if (attempts.size === 0) return 0;
      const locked = await lockByDispatch(client, [...attempts.keys()]);
      const changes = locked.map((delivery) => {
        const attempt = attempts.get(delivery.dispatchId ?? '');
        return {
          delivery,
          state: 'waiting',
          steps: [{ step: 'interrupted', attempt, private: {} }],
        } as const;
      });
      await applyChanges(client, changes, recorder);
      await client.query(giveBack, [[...attempts.keys()]]);
      return attempts.size;
    });
    total += taken;
  } while (taken === atOnce);
  return total;
}
