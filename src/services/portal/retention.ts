// What a change says is kept for a stated time after it was synchronised or ended; its row of codes, its delivery and its
// entries stay.
import type { Pool } from 'pg';
import type { DailyWork } from '../../schedule/daily-work.ts';

const batchRows = 500;
const dayMs = 86_400_000;
const first = '00000000-0000-0000-0000-000000000000';

// Ids are in the order of time, so that one walk over them finds everything.
const purgeBatch = `WITH batch AS MATERIALIZED (
    SELECT c.id FROM portal_change c JOIN delivery d ON d.id = c.id
    WHERE c.id > $2::uuid AND c.accepted_at < $1 AND c.purged_at IS NULL
      AND (c.done_at < $1 OR d.state = 'abandoned' AND d.changed_at < $1)
    ORDER BY c.id LIMIT $3
  )
  UPDATE portal_change c SET form = NULL, purged_at = clock_timestamp() FROM batch WHERE c.id = batch.id RETURNING c.id`;

const purgeInbound = `UPDATE portal_inbound SET form = NULL, purged_at = clock_timestamp() WHERE id IN (
    SELECT i.id FROM portal_inbound i JOIN delivery d ON d.id = i.delivery_id
    WHERE i.purged_at IS NULL AND i.arrived_at < $1 AND d.state NOT IN ('delivered', 'taken') AND d.changed_at < $1
    ORDER BY i.arrived_at LIMIT $2) RETURNING id`;

/**
 * The daily work that ends them, and what the portal handed over once its unit has dealt with it.
 * @param pool of the role for retention
 * @param keepDays after a change was synchronised, withdrawn or corrected
 */
export const createPortalRetention = (pool: Pool, keepDays: number, now: () => Date): DailyWork => ({
  name: 'portal-retention',
  async run() {
    const before = new Date(now().getTime() - keepDays * dayMs);
    for (let after = first; ; ) {
      const { rows } = await pool.query<{ id: string }>(purgeBatch, [before, after, batchRows]);
      if (rows.length === 0) break;
      after = rows.reduce((last, { id }) => (id > last ? id : last), after);
    }
    for (;;) {
      const { rows } = await pool.query(purgeInbound, [before, batchRows]);
      if (rows.length === 0) return;
    }
  },
});
