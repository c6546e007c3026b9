// Ends the overlap of two keys of the log: when its time is over and the new key is known from below a signed head, an entry
// says that the old one goes. Any number of processes may look; one records it.
import type pg from 'pg';
import type { Logger } from 'pino';
import { withTransaction } from '../database/pool.ts';
import type { MonthKeys } from './entry.ts';
import type { EntryTime } from './leaf.ts';
import { startLoop } from './loop.ts';
import { recordNotice } from './notice.ts';

/**
 * Records that a key goes, unless that is recorded; durable with the caller's transaction.
 * @returns whether it was recorded now
 */
export async function retireKey(
  client: pg.ClientBase,
  key: string,
  successor: string,
  time: EntryTime,
  keys: MonthKeys,
): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM log_key WHERE key = $1 AND retired_in IS NULL FOR UPDATE',
    [key],
  );
  if (rowCount === 0) return false;
  const draft = { notice: 'key-retired', about: { key, successor }, private: {} } as const;
  const { exchangeId } = await recordNotice(client, draft, time, keys);
  await client.query(
    'UPDATE log_key SET retired_in = $2, retired_at = clock_timestamp() WHERE key = $1 AND retired_in IS NULL',
    [key, exchangeId],
  );
  return true;
}

/** Keys of `$1` whose time is over, and the key that follows each. */
const findOver = `
  SELECT DISTINCT ON (k.number) k.key, n.key AS successor FROM log_key k
  JOIN log_key_state n ON split_part(n.key, '+', 1) = $1 AND n.number > k.number
    AND n.since IS NOT NULL AND n.alone_from <= clock_timestamp()
  WHERE split_part(k.key, '+', 1) = $1 AND k.retired_in IS NULL ORDER BY k.number, n.number`;

/** What retiring needs. */
export interface RetirementOptions {
  /** Of the role that writes the registry. */
  readonly pool: pg.Pool;
  readonly origin: string;
  readonly keys: MonthKeys;
  readonly now: () => EntryTime;
  readonly logger: Logger;
  /** How often it looks; default 2,000. */
  readonly intervalMs?: number;
  /** Told that entries wait for their place. */
  readonly onRecorded: () => void;
}

/** Looks for keys to retire until it is stopped; what fails is tried again at the next look. */
export function startRetirement(options: RetirementOptions): { stop(): Promise<void> } {
  const { pool, origin, keys, now, logger, intervalMs = 2_000 } = options;
  async function look(): Promise<void> {
    try {
      const { rows } = await pool.query<{ key: string; successor: string }>(findOver, [origin]);
      for (const { key, successor } of rows) {
        const isNew = await withTransaction(pool, (client) => retireKey(client, key, successor, now(), keys));
        if (isNew) logger.info({ key, successor }, 'a key of the log is retired');
        options.onRecorded();
      }
    } catch (err) {
      logger.warn({ err }, 'keys of the log were not looked at; tried again');
    }
  }
  return startLoop(look, intervalMs);
}
