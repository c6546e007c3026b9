// The state of sources and hub over all processes, merged from what each of them writes (report.ts).
import type { Pool } from 'pg';
import type { Breaker } from '../exchange/breaker.ts';
import type { RegisteredService } from '../registry/types.ts';
import { type LogStateRow, readLogState } from './report.ts';
import { readSearchLag, type SearchLag } from './search-lag.ts';
import { readStorage, type Storage, type StoragePlace } from './storage.ts';
import type { Synchronised } from './synchronised.ts';
import { latencyBoundsMs, toPercentile } from './tally.ts';

/** Calls of a source in the last minutes, over all processes. */
export interface Window {
  readonly minutes: number;
  /** Asked, whatever came of it; without calls that were not sent. */
  readonly calls: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Share of `calls` that were answered; undefined without calls. */
  readonly successRate: number | undefined;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | undefined;
}

/** A source as one process sees it. */
export interface SourceAtProcess {
  readonly processId: string;
  readonly breaker: Breaker['state'];
}

/** A source as the hub sees it. */
export interface SourceView {
  readonly source: string;
  readonly services: readonly Pick<RegisteredService, 'id' | 'state'>[];
  readonly processes: readonly SourceAtProcess[];
  readonly lastGoodAt: Date | undefined;
  readonly lastFailureAt: Date | undefined;
  readonly lastFailure: string | undefined;
  readonly windows: readonly [Window, Window];
}

/** A hub process whose lease holds. */
export interface ProcessView {
  readonly processId: string;
  readonly startedAt: Date;
  readonly leaseUntil: Date;
  /** Undefined until it has written of itself. */
  readonly clockOffMs: number | undefined;
  readonly clockRight: boolean | undefined;
  readonly clockSynchronised: Synchronised | undefined;
  readonly registryVersion: bigint | undefined;
}

/** A head and its age. */
export interface HeadView {
  readonly size: number;
  readonly ageMs: number;
}

/** The hub over all its processes. */
export interface HubView {
  readonly processes: readonly ProcessView[];
  readonly pendingEntries: number;
  readonly checkpoint: HeadView | undefined;
  /** The newest head that a witness has cosigned, by when it came. */
  readonly cosigned: HeadView | undefined;
  readonly search: SearchLag;
  readonly registryVersion: bigint;
  readonly storage: Storage;
}

/** Reads both. */
export interface StateReader {
  /** By name; those of the registry, whether asked yet or not. */
  sources(): Promise<readonly SourceView[]>;
  hub(): Promise<HubView>;
}

const windowMinutes = [5, 60] as const;
/** Of these nothing was sent, and so nothing succeeded or failed. */
const unsent = ['unmapped', 'left-alone'];

interface MinuteRow {
  readonly source: string;
  readonly outcome: string;
  readonly age_minutes: number;
  readonly calls: number;
  readonly latency: readonly number[];
}

interface StateRow {
  readonly source: string;
  readonly process_id: string;
  readonly breaker: Breaker['state'];
  readonly is_alive: boolean;
  readonly last_good_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly last_failure: string | null;
}

/** @param rows of one source */
function toWindow(minutes: number, rows: readonly MinuteRow[]): Window {
  const outcomes: Record<string, number> = {};
  const latency = new Array<number>(latencyBoundsMs.length + 1).fill(0);
  for (const row of rows.filter((one) => one.age_minutes <= minutes)) {
    outcomes[row.outcome] = (outcomes[row.outcome] ?? 0) + row.calls;
    for (const [place, count] of row.latency.entries()) latency[place] = (latency[place] ?? 0) + count;
  }
  const calls = Object.entries(outcomes).reduce(
    (sum, [outcome, count]) => (unsent.includes(outcome) ? sum : sum + count),
    0,
  );
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => toPercentile(latencyBoundsMs, latency, share));
  return {
    minutes,
    calls,
    outcomes,
    successRate: calls === 0 ? undefined : (outcomes['answered'] ?? 0) / calls,
    latencyMs: p50 === undefined || p95 === undefined || p99 === undefined ? undefined : { p50, p95, p99 },
  };
}

const newest = (dates: readonly (Date | null)[]): Date | undefined =>
  dates
    .filter((date) => date !== null)
    .sort((one, other) => one.getTime() - other.getTime())
    .at(-1);

type ServiceRow = Pick<RegisteredService, 'id' | 'state'> & { readonly source: string };

function toSource(
  source: string,
  services: readonly ServiceRow[],
  states: readonly StateRow[],
  minutes: readonly MinuteRow[],
): SourceView {
  const own = states.filter((row) => row.source === source);
  const rows = minutes.filter((row) => row.source === source);
  const lastFailureAt = newest(own.map((row) => row.last_failure_at));
  const failed = own.find((row) => row.last_failure_at?.getTime() === lastFailureAt?.getTime());
  return {
    source,
    services: services.filter((row) => row.source === source).map(({ id, state }) => ({ id, state })),
    processes: own
      .filter((row) => row.is_alive)
      .map(({ process_id: processId, breaker }) => ({ processId, breaker })),
    lastGoodAt: newest(own.map((row) => row.last_good_at)),
    lastFailureAt,
    lastFailure: lastFailureAt && (failed?.last_failure ?? undefined),
    windows: [toWindow(windowMinutes[0], rows), toWindow(windowMinutes[1], rows)],
  };
}

async function readSources(pool: Pool): Promise<readonly SourceView[]> {
  const { rows: services } = await pool.query<ServiceRow>(
    'SELECT provider_source AS source, id, state FROM service WHERE provider_source IS NOT NULL ORDER BY 1, 2',
  );
  const { rows: states } = await pool.query<StateRow>(
    `SELECT s.source, s.process_id, s.breaker, s.last_good_at, s.last_failure_at, s.last_failure,
       p.lease_until IS NOT NULL AND p.lease_until > clock_timestamp() AS is_alive
     FROM source_state s LEFT JOIN hub_process p ON p.id = s.process_id ORDER BY s.process_id`,
  );
  // A minute under way counts as the first of the last five.
  const { rows: minutes } = await pool.query<MinuteRow>(
    `SELECT source, outcome, calls, latency,
       (extract(epoch FROM date_trunc('minute', clock_timestamp()) - minute) / 60 + 1)::float8 AS age_minutes
     FROM source_minute WHERE minute > clock_timestamp() - interval '61 minutes'`,
  );
  return [...new Set(services.map(({ source }) => source))].map((source) =>
    toSource(source, services, states, minutes),
  );
}

interface ProcessRow {
  readonly id: string;
  readonly started_at: Date;
  readonly lease_until: Date;
  readonly clock_off_ms: number | null;
  readonly clock_right: boolean | null;
  readonly clock_synchronised: Synchronised | null;
  readonly registry_version: bigint | null;
}

const toProcess = (row: ProcessRow): ProcessView => ({
  processId: row.id,
  startedAt: row.started_at,
  leaseUntil: row.lease_until,
  clockOffMs: row.clock_off_ms ?? undefined,
  clockRight: row.clock_right ?? undefined,
  clockSynchronised: row.clock_synchronised ?? undefined,
  registryVersion: row.registry_version ?? undefined,
});

async function readCosigned(pool: Pool): Promise<HeadView | undefined> {
  const { rows } = await pool.query<HeadView>(
    `SELECT size::float8 AS size, greatest(0, extract(epoch FROM clock_timestamp() - stored_at) * 1000)::float8 AS "ageMs"
     FROM witness WHERE stored_at IS NOT NULL ORDER BY witness.size DESC, stored_at LIMIT 1`,
  );
  return rows[0];
}

async function readHub(pool: Pool, place: StoragePlace): Promise<HubView> {
  const { rows: processes } = await pool.query<ProcessRow>(
    `SELECT p.id, p.started_at, p.lease_until, s.clock_off_ms, s.clock_right, s.clock_synchronised, s.registry_version
     FROM hub_process p LEFT JOIN process_state s ON s.process_id = p.id
     WHERE p.lease_until > clock_timestamp() ORDER BY p.started_at, p.id`,
  );
  const { rows: logs } = await pool.query<LogStateRow>(readLogState);
  const { rows: versions } = await pool.query<{ version: bigint }>('SELECT version FROM registry_version');
  const [log, registry] = [logs[0], versions[0]];
  if (!log || !registry) throw new Error('the database does not tell its state');
  const { size, age_ms: ageMs } = log;
  return {
    processes: processes.map(toProcess),
    pendingEntries: Number(log.pending),
    checkpoint: size === null || ageMs === null ? undefined : { size: Number(size), ageMs },
    ...{ cosigned: await readCosigned(pool), search: await readSearchLag(pool) },
    registryVersion: registry.version,
    storage: await readStorage(pool, place),
  };
}

/** @param pool of the hub's own role */
export const createStateReader = (pool: Pool, place: StoragePlace): StateReader => ({
  sources: () => readSources(pool),
  hub: () => readHub(pool, place),
});
