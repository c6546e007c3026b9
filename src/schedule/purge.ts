// What ends every day: counts, marks of operation and previews that nothing asks for any more are deleted, proposals that
// nobody decided expire. Entries, their private parts and checkpoints are evidence and are not touched here.
import type { Pool } from 'pg';
import type { DailyWork } from './daily-work.ts';

const keepQuotaDays = 40;
const keepProcessDays = 40;
const keepWorkDays = 400;
const keepSourceHours = 48;

/** Even a DELETE of no row would move the registry's version, and make every process read it anew. */
async function purgeTokens(pool: Pool): Promise<void> {
  const { rowCount } = await pool.query(
    'SELECT FROM revoked_token WHERE forget_at < clock_timestamp() LIMIT 1',
  );
  if (rowCount !== 0) await pool.query('DELETE FROM revoked_token WHERE forget_at < clock_timestamp()');
}

/** @param pool of the role that writes the registry */
export const createPurge = (pool: Pool): DailyWork => ({
  name: 'purge',
  async run(day) {
    await pool.query('DELETE FROM quota_use WHERE day < $1::date - $2::int', [day, keepQuotaDays]);
    await pool.query(
      `DELETE FROM hub_process p WHERE lease_until < clock_timestamp() - $1 * interval '1 day'
         AND NOT EXISTS (SELECT FROM open_exchange o WHERE o.process_id = p.id)`,
      [keepProcessDays],
    );
    await pool.query("DELETE FROM source_minute WHERE minute < clock_timestamp() - $1 * interval '1 hour'", [
      keepSourceHours,
    ]);
    for (const table of ['source_state', 'process_state'])
      await pool.query(`DELETE FROM ${table} WHERE written_at < clock_timestamp() - $1 * interval '1 day'`, [
        keepProcessDays,
      ]);
    await purgeTokens(pool);
    // They count as expired from the instant on; this only writes it down.
    await pool.query(
      "UPDATE proposal SET state = 'expired' WHERE state = 'pending' AND expires_at <= clock_timestamp()",
    );
    await pool.query('DELETE FROM unit_import WHERE applied_at IS NULL AND expires_at <= clock_timestamp()');
    await pool.query('DELETE FROM daily_work WHERE day < $1::date - $2::int', [day, keepWorkDays]);
  },
});
