// The names of logs: one hub has one log at a time, and another one, with the next number, after each restore.
import type pg from 'pg';
import { StartError } from '../database/start-error.ts';

/** A log of a database. */
export interface LogName {
  /** 1 for the first. */
  readonly number: number;
  /** `<LOG_ORIGIN>/<environment>`. */
  readonly base: string;
  /** First line of its checkpoints and name of its key. */
  readonly origin: string;
}

/** The name of log `number`: the base itself for the first. */
export const toOrigin = (base: string, number: number): string => (number === 1 ? base : `${base}/${number}`);

/** The base of a log's name. */
export const toBase = (origin: string): string => origin.replace(/\/([2-9]|[1-9]\d{1,5})$/u, '');

/** The number of a log by its name; undefined for one of another base. */
export function toLogNumber(base: string, origin: string): number | undefined {
  if (origin === base) return 1;
  const number = origin.startsWith(`${base}/`) ? origin.slice(base.length + 1) : '';
  return /^([2-9]|[1-9]\d{1,5})$/u.test(number) ? Number(number) : undefined;
}

/**
 * The log that this database is writing, which begins now when there is none.
 * @param owner the database as its owner
 * @throws StartError when the database's log has another base, or a restore broke off
 */
export async function openLogName(owner: pg.Pool, base: string): Promise<LogName> {
  await owner.query('INSERT INTO log (number, base, origin) VALUES (1, $1, $1) ON CONFLICT DO NOTHING', [
    base,
  ]);
  const { rows } = await owner.query<LogName & { ended: boolean }>(
    'SELECT number, base, origin, ended_at IS NOT NULL AS ended FROM log ORDER BY number DESC LIMIT 1',
  );
  const newest = rows[0];
  if (!newest || newest.ended)
    throw new StartError(
      'the database was being restored and is not whole; empty it and BLOB_DIR, and restore again',
    );
  if (newest.base !== base)
    throw new StartError(
      `the log of this database is ${newest.base}, not ${base}; LOG_ORIGIN must stay what it was`,
    );
  return { number: newest.number, base, origin: newest.origin };
}
