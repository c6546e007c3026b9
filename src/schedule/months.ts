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

const selectStrays = `
  SELECT name FROM (VALUES
    ('entry', EXISTS (SELECT FROM entry_default)),
    ('entry_private', EXISTS (SELECT FROM entry_private_default)),
    ('exchange', EXISTS (SELECT FROM exchange_default)),
    ('exchange_subject', EXISTS (SELECT FROM exchange_subject_default))) AS t (name, found)
  WHERE found`;

/** @param pool the database as its owner */
export const createMonths = (pool: Pool, logger: Logger): DailyWork => ({
  name: 'months',
  async run(day) {
    for (const month of toMonthsAhead(day))
      await withTransaction(pool, async (client) => {
        await client.query(`SET LOCAL lock_timeout = ${lockMs}`);
        await client.query('SELECT make_month($1)', [month]);
      });
    const { rows } = await pool.query<{ name: string }>(selectStrays);
    if (rows.length > 0)
      logger.error(
        { tables: rows.map(({ name }) => name) },
        'the log has rows in no month: ids that are no UUIDv7 of these years, or a clock that was far off',
      );
    await pool.query(
      `INSERT INTO storage_day (day, bytes) VALUES ($1, pg_database_size(current_database()))
       ON CONFLICT (day) DO UPDATE SET bytes = excluded.bytes`,
      [day],
    );
  },
});
