// Every few seconds each process writes what it saw of its sources and of itself, and reads what only the database knows
// for the metrics. It loses nothing but freshness while the database is away.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { startLoop } from '../evidence/loop.ts';
import { readSearchLag, type SearchLag } from './search-lag.ts';
import type { MinuteCell, SourceMinutes } from './source-minutes.ts';

/** What one process reports. */
export interface ReportOptions {
  /** Pool of the hub's own role. */
  readonly pool: Pool;
  readonly processId: string;
  readonly minutes: SourceMinutes;
  /** State of the breaker of each source. */
  readonly breakers: () => Readonly<Record<string, string>>;
  readonly clock: { readonly offMs: number; readonly isRight: boolean; readonly synchronised: string };
  readonly registryVersion: () => bigint;
  readonly logger: Logger;
  /** Default 5,000. */
  readonly everyMs?: number;
}

/** What the database was last seen to hold; undefined: not known now. */
export interface LogState {
  readonly pending: number;
  /** When the newest head was signed, on `performance.now()`'s clock. */
  readonly signedAtMs: number | undefined;
  readonly searchLag: SearchLag;
}

/** A running report. */
export interface Report {
  readonly logState: LogState | undefined;
  /** Writes once more, then stops. */
  stop(): Promise<void>;
}

/** Counting stops here: beyond it the number says only that the log is far behind. */
export const mostPending = 100_000;

/** Reads the tail of the log. */
export const readLogState = `
  SELECT (SELECT count(*) FROM (SELECT FROM entry_pending LIMIT ${mostPending}) AS p) AS pending,
    c.size, extract(epoch FROM clock_timestamp() - c.signed_at)::float8 * 1000 AS age_ms
  FROM (SELECT 1) AS one LEFT JOIN (SELECT size, signed_at FROM checkpoint ORDER BY size DESC LIMIT 1) AS c ON true`;

/** A row of `readLogState`. */
export interface LogStateRow {
  readonly pending: bigint;
  readonly size: bigint | null;
  readonly age_ms: number | null;
}

const writeMinutes = `
  INSERT INTO source_minute AS m (source, minute, process_id, outcome, calls, latency)
  SELECT source, to_timestamp("minuteMs" / 1000.0), $2, outcome, calls, latency
  FROM jsonb_to_recordset($1) AS r (source text, "minuteMs" bigint, outcome text, calls integer, latency integer[])
  ON CONFLICT (source, minute, process_id, outcome) DO UPDATE SET calls = excluded.calls, latency = excluded.latency`;

const writeSources = `
  INSERT INTO source_state (process_id, source, breaker, last_good_at, last_failure_at, last_failure)
  SELECT $2, source, breaker, to_timestamp("goodMs" / 1000.0), to_timestamp("failureMs" / 1000.0), failure
  FROM jsonb_to_recordset($1)
    AS r (source text, breaker text, "goodMs" double precision, "failureMs" double precision, failure text)
  ON CONFLICT (process_id, source) DO UPDATE SET breaker = excluded.breaker, last_good_at = excluded.last_good_at,
    last_failure_at = excluded.last_failure_at, last_failure = excluded.last_failure, written_at = excluded.written_at`;

const writeProcess = `
  INSERT INTO process_state (process_id, clock_off_ms, clock_right, clock_synchronised, registry_version)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (process_id) DO UPDATE SET clock_off_ms = excluded.clock_off_ms, clock_right = excluded.clock_right,
    clock_synchronised = excluded.clock_synchronised, registry_version = excluded.registry_version,
    written_at = excluded.written_at`;

const largestOffMs = 2 ** 31 - 1;

async function write(options: ReportOptions, cells: readonly MinuteCell[]): Promise<void> {
  const { pool, processId, minutes, clock } = options;
  if (cells.length > 0) await pool.query(writeMinutes, [JSON.stringify(cells), processId]);
  const sources = Object.entries(options.breakers()).map(([source, breaker]) => ({
    source,
    breaker,
    ...minutes.lastSeen(source),
  }));
  if (sources.length > 0) await pool.query(writeSources, [JSON.stringify(sources), processId]);
  const offMs = Math.round(Math.max(-largestOffMs, Math.min(largestOffMs, clock.offMs)));
  await pool.query(writeProcess, [
    processId,
    offMs,
    clock.isRight,
    clock.synchronised,
    options.registryVersion(),
  ]);
}

/** Writes at once and then every few seconds. */
export async function startReport(options: ReportOptions): Promise<Report> {
  const { pool, minutes, logger, everyMs = 5_000 } = options;
  let logState: LogState | undefined;
  let failed = false;

  async function report(): Promise<void> {
    try {
      const cells = minutes.changed();
      await write(options, cells);
      minutes.written(cells);
      const { rows } = await pool.query<LogStateRow>(readLogState);
      const [row] = rows;
      const searchLag = await readSearchLag(pool);
      logState = row && {
        ...{ pending: Number(row.pending), searchLag },
        signedAtMs: row.age_ms === null ? undefined : performance.now() - row.age_ms,
      };
      failed = false;
    } catch (err) {
      logState = undefined;
      if (!failed) logger.warn({ err }, 'the state of the sources could not be written; tried again');
      failed = true;
    }
  }

  await report();
  const loop = startLoop(report, everyMs);
  return {
    get logState() {
      return logState;
    },
    async stop() {
      await loop.stop();
      await report();
    },
  };
}
