// Makes the months of the log ahead of time, says when entries lie in none, and writes down how large the database is.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { withTransaction } from '../database/pool.ts';
import type { DailyWork } from './daily-work.ts';

const monthsAhead = 3;
/** Making a month waits for whoever holds the default partition; the next try is in half an hour. */
const lockMs = 5_000;

/** First days of the month of `day` and of the three after it, `yyyy-MM-dd`. */
export function toMonthsAhead(day: string): readonly string[] {
  const [year = 0, month = 0] = day.split('-').map(Number);
  return Array.from({ length: monthsAhead + 1 }, (_, ahead) =>
    new Date(Date.UTC(year, month - 1 + ahead, 1)).toISOString().slice(0, 10),
  );
}

const selectDefaults = `
  SELECT c.relname AS whole, format('%I', d.relname) AS part
  FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid JOIN pg_class d ON d.oid = p.partdefid
  WHERE c.relnamespace = 'public'::regnamespace ORDER BY c.relname`;

/** Tables with rows in no month. */
async function findStrays(pool: Pool): Promise<readonly string[]> {
  const tables: string[] = [];
  const { rows } = await pool.query<{ whole: string; part: string }>(selectDefaults);
  for (const { whole, part } of rows) {
    const { rowCount } = await pool.query(`SELECT FROM ${part} LIMIT 1`);
    if (rowCount !== 0) tables.push(whole);
  }
  return tables;
}

/** @param pool of the role that writes the registry */
export const createMonths = (pool: Pool, logger: Logger): DailyWork => ({
  name: 'months',
  async run(day) {
    for (const month of toMonthsAhead(day))
      await withTransaction(pool, async (client) => {
        await client.query(`SET LOCAL lock_timeout = ${lockMs}`);
        await client.query('SELECT make_month($1)', [month]);
      });
    const tables = await findStrays(pool);
    if (tables.length > 0)
      logger.error(
        { tables },
        'the log has rows in no month: ids that are no UUIDv7 of these years, or a clock that was far off',
      );
    await pool.query(
      `INSERT INTO storage_day (day, bytes) VALUES ($1, pg_database_size(current_database()))
       ON CONFLICT (day) DO UPDATE SET bytes = excluded.bytes`,
      [day],
    );
  },
});
