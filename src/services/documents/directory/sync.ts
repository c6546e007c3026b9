// Brings the agencies of the axis up to date: three long lists, streamed and written in batches, never whole in memory.
// What none of them shows any more is closed by date, but only when all were read to their end and it is not too much.
// A run that dies leaves what it wrote, and the next one begins anew. Source: document-axis.md §4.3, §9.15
import type { Pool } from 'pg';
import type { AxisCall } from '../../../../adapters/document-axis/axis.ts';
import { withTransaction } from '../../../database/pool.ts';
import type { DailyWork } from '../../../schedule/daily-work.ts';
import { writeBatch } from './sync-batch.ts';
import { closeUnseen } from './sync-close.ts';
import { beginSync, endSync, moveSync, readProgress, type SyncProgress } from './sync-progress.ts';
import { type AgencyRow, type AgencySource, fromAgency, fromUnit } from './sync-rows.ts';

/** The synchronisation of one process. */
export interface AgencySync {
  /**
   * Reads all lists now.
   * @returns how it ended; `problem` says why nothing was closed
   * @throws Error where a list broke off, of the database, or where another process is at it
   */
  run(signal?: AbortSignal, onTrace?: AxisCall['onTrace']): Promise<SyncProgress>;
  /** How the newest one stands, in whatever process; undefined before the first. */
  progress(): Promise<SyncProgress | undefined>;
  /** The same once a day. */
  readonly work: DailyWork;
}

/** Options with their defaults. */
export interface SyncOptions {
  /** Rows a transaction. */
  readonly batchRows?: number;
  /** Longest time for all three lists. */
  readonly limitMs?: number;
}

type List = 'units' | 'qd20' | 'old';

interface Run {
  readonly pool: Pool;
  readonly id: string;
  readonly batchRows: number;
}

/** `lgsp` and `dire` in ASCII: the advisory lock of the one that runs. */
const lockKeys = [0x6c677370, 0x64697265];
const defaultBatchRows = 1_000;
const defaultLimitMs = 25 * 60_000;

async function readList<Row>(
  run: Run,
  list: List,
  rows: AsyncIterable<Row>,
  from: (row: Row) => AgencyRow | undefined,
): Promise<void> {
  let batch: AgencyRow[] = [];
  let unusable = 0;
  const write = async (): Promise<void> => {
    await withTransaction(run.pool, async (client) => {
      const { versions, passedOver } = await writeBatch(client, batch);
      const seen = batch.length + unusable;
      await moveSync(client, run.id, { list, seen, unusable: unusable + passedOver, versions });
    });
    batch = [];
    unusable = 0;
  };
  for await (const listed of rows) {
    const row = from(listed);
    if (row) batch.push(row);
    else unusable += 1;
    if (batch.length + unusable >= run.batchRows) await write();
  }
  await write();
}

async function readLists(
  run: Run,
  axis: AgencySource,
  more: Pick<AxisCall, 'signal' | 'onTrace'>,
): Promise<SyncProgress> {
  const { signal } = more;
  const call = { requestCode: `agency-sync-${run.id}`, ...more };
  try {
    await readList(run, 'units', axis.units(call), fromUnit);
    // The old list before the other: it alone names parents.
    for (const list of ['old', 'qd20'] as const)
      await readList(run, list, axis.agencies(list, call), fromAgency);
    const { closed, problem } = await withTransaction(run.pool, closeUnseen);
    return await endSync(run.pool, run.id, closed, problem);
  } catch (error) {
    const problem = signal.aborted ? 'stopped' : 'a list broke off, or could not be written';
    // The error that ended it is the one to be told.
    await endSync(run.pool, run.id, 0, problem).catch(() => undefined);
    throw error;
  }
}

/** Runs while a connection holds the lock; after a failure it is closed, and the lock with it. */
async function withLock<T>(pool: Pool, act: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failed = true;
  try {
    const { rows } = await client.query<{ is_mine: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS is_mine',
      lockKeys,
    );
    if (!rows[0]?.is_mine) throw new Error('another process is synchronising the agencies');
    const done = await act();
    await client.query('SELECT pg_advisory_unlock($1, $2)', lockKeys);
    failed = false;
    return done;
  } finally {
    client.release(failed);
  }
}

/**
 * @param pool of the hub's own role or of the owner
 * @param axis the port of the document axis
 */
export function createAgencySync(pool: Pool, axis: AgencySource, options: SyncOptions = {}): AgencySync {
  const { batchRows = defaultBatchRows, limitMs = defaultLimitMs } = options;
  const run: AgencySync['run'] = (signal, onTrace) =>
    withLock(pool, async () => {
      const limit = AbortSignal.timeout(limitMs);
      await pool.query('TRUNCATE agency_seen, agency_code_seen');
      const id = await beginSync(pool);
      const either = signal ? AbortSignal.any([signal, limit]) : limit;
      return readLists({ pool, id, batchRows }, axis, { signal: either, onTrace });
    });
  return {
    run,
    progress: () => readProgress(pool),
    work: {
      name: 'agency-sync',
      async run() {
        await run();
      },
    },
  };
}
