// What a restored hub must not do again by itself: it does not know what it did after the backup. Works in the caller's
// transaction.
import type pg from 'pg';
import { applyChanges, lockByDispatch, type Recorder } from '../delivery/journal.ts';

const atOnce = 200;

/** Notices are told apart by their receivers; whatever else goes out waits for a person. */
const find = `SELECT id::text AS id, attempts, state FROM dispatch
  WHERE route <> 'webhook' AND state IN ('waiting', 'sending') ORDER BY id LIMIT ${atOnce} FOR UPDATE`;

const stop = `UPDATE dispatch SET state = 'dead', process_id = NULL, lease_until = NULL, ended_at = clock_timestamp(),
  problem = 'delivery-unsure', responsible = 'hub' WHERE id = ANY ($1::bigint[])`;

/** Makes dead letters of dispatches that waited or were being sent: they may have been sent since. @returns how many */
export async function stopUnsure(client: pg.ClientBase, recorder: Recorder): Promise<number> {
  let total = 0;
  for (;;) {
    const { rows } = await client.query<{ id: string; attempts: number; state: string }>(find);
    if (rows.length === 0) return total;
    const ids = rows.map(({ id }) => id);
    const attempts = new Map(rows.map((row) => [row.id, row.attempts]));
    const changes = (await lockByDispatch(client, ids)).map((delivery) => ({
      ...{ delivery, state: 'dead' as const },
      steps: [
        {
          step: 'dead' as const,
          attempt: attempts.get(delivery.dispatchId ?? '') || undefined,
          problem: 'delivery-unsure',
          private: { responsible: 'hub' },
        },
      ],
    }));
    await applyChanges(client, changes, recorder);
    await client.query(stop, [ids]);
    total += rows.length;
  }
}

/** Numbers of mailboxes that were given out after the backup are not given again: who read on from one misses nothing. */
const leaveNumbers = 'UPDATE mailbox SET last_no = last_no + 1000000';

/** Revocations after the backup are not known, so no token from before the restore is good. */
const endTokens = 'UPDATE system SET tokens_valid_from = clock_timestamp()';

/** Exports that were not done show leaves of a tree that is not written any more; who asked asks again. */
const dropExports = "DELETE FROM log_export WHERE state <> 'done'";

/** Leaves numbers free, ends all access tokens, and drops exports that were under way. */
export async function leaveRoom(client: pg.ClientBase): Promise<void> {
  await client.query(leaveNumbers);
  await client.query(endTokens);
  await client.query(dropExports);
}
