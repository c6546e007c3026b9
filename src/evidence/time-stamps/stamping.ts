// Has the newest head of the log stamped once a period, by one process of all, and knows how old the newest stamp is.
// A failure never touches the log: it is tried again a few times, then left until the next period.
import type pg from 'pg';
import type { Logger } from 'pino';
import type { TimeStampSettings } from '../../config-time-stamps.ts';
import { startLoop } from '../loop.ts';
import { obtainStamp, type StampAuthority } from './client.ts';
import { hashHead } from './stamped-head.ts';

/** What stamping works with. */
export interface StampingOptions extends StampAuthority {
  /** The database as its owner. */
  readonly pool: pg.Pool;
  readonly everyMs: number;
  readonly logger: Logger;
  /** How often it looks whether it is due; default 10,000. */
  readonly pollMs?: number;
  /** From the first failure to the next try, doubled with each further one; default 60,000. */
  readonly retryMs?: number;
}

/** `off`: no authority is set. `late`: no stamp for two periods. */
export type StampingState = 'off' | 'fresh' | 'late';

/** Stamping in one process. */
export interface Stamping {
  readonly state: StampingState;
  /** Since the newest stamp was stored, in milliseconds; undefined while none is known. */
  readonly ageMs: number | undefined;
  stop(): Promise<void>;
}

/** Where no authority is set. */
export const noStamping: Stamping = { state: 'off', ageMs: undefined, stop: async () => undefined };

const mostTries = 5;
const latePeriods = 2;
/** Longer than any answer may take. */
const leaseMs = 120_000;
const unsignedMs = 1_000;
const firstMs = 500;
const minuteMs = 60_000;

const take = `
  UPDATE time_stamp_turn SET taken_until = clock_timestamp() + $1 * interval '1 millisecond'
  WHERE due_at <= clock_timestamp() AND taken_until < clock_timestamp() RETURNING tries`;
const settle = `
  UPDATE time_stamp_turn SET taken_until = 'epoch', tries = $1,
    due_at = clock_timestamp() + $2 * interval '1 millisecond'`;
const store = `
  WITH stored AS (
    INSERT INTO time_stamp (size, note, token, stamped_at, authority) VALUES ($3, $4, $5, $6, $7))
  ${settle}`;
const readAge = `
  SELECT extract(epoch FROM clock_timestamp() - stored_at)::float8 * 1000 AS age_ms
  FROM time_stamp ORDER BY no DESC LIMIT 1`;

/** Starts it; nothing is asked before this returns. */
export function startStamping(options: StampingOptions): Stamping {
  const { pool, everyMs, logger, pollMs = 10_000, retryMs = 60_000 } = options;
  const stopping = new AbortController();
  const startedMs = performance.now();
  let storedAtMs: number | undefined;
  let failed = false;

  async function stampNewest(tries: number): Promise<void> {
    const { rows } = await pool.query<{ size: bigint; note: string }>(
      'SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1',
    );
    const [head] = rows;
    if (!head) return void (await pool.query(settle, [tries, unsignedMs]));
    try {
      const { token, stamp } = await obtainStamp(options, hashHead(head.note), stopping.signal);
      const { time, authority } = stamp;
      await pool.query(store, [0, everyMs, String(head.size), head.note, token, time, authority]);
    } catch (err) {
      const isOver = tries + 1 >= mostTries;
      const waitMs = isOver ? everyMs : Math.min(everyMs, retryMs * 2 ** tries);
      await pool.query(settle, [isOver ? 0 : tries + 1, waitMs]);
      if (stopping.signal.aborted) return;
      const level = isOver ? 'error' : 'warn';
      logger[level]({ err, waitMs, isOver }, 'the head of the log was not stamped');
    }
  }

  async function round(): Promise<void> {
    try {
      const { rows } = await pool.query<{ tries: number }>(take, [leaseMs]);
      if (rows[0]) await stampNewest(rows[0].tries);
      const age = await pool.query<{ age_ms: number }>(readAge);
      storedAtMs = age.rows[0] && performance.now() - age.rows[0].age_ms;
      failed = false;
    } catch (err) {
      if (!failed) logger.warn({ err }, 'time stamps cannot be looked after; tried again');
      failed = true;
    }
  }

  const loop = startLoop(round, pollMs, Math.min(firstMs, pollMs));
  loop.poke();
  return {
    get state() {
      const isLate = performance.now() - (storedAtMs ?? startedMs) > latePeriods * everyMs;
      return isLate ? 'late' : 'fresh';
    },
    get ageMs() {
      return storedAtMs === undefined ? undefined : performance.now() - storedAtMs;
    },
    async stop() {
      stopping.abort();
      await loop.stop();
    },
  };
}

/** Starts it as the settings say, if they do. */
export const openStamping = (
  settings: TimeStampSettings | undefined,
  rooms: Pick<StampingOptions, 'pool' | 'logger'>,
): Stamping =>
  settings ? startStamping({ ...settings, ...rooms, everyMs: settings.everyMinutes * minuteMs }) : noStamping;
