// The rows of synchronisations: begun at most one at a time in the cluster, moved only over the progress that one knows.
import type { ClientBase, Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { withTransaction } from '../../../database/pool.ts';
import { noProgress, type Progress } from './progress.ts';

/** Why a synchronisation was begun. */
export type Cause = 'daily' | 'demand';

/** How many entries came, changed and went. */
export interface Changes {
  readonly added: number;
  readonly changed: number;
  readonly withdrawn: number;
  readonly restored: number;
}

/** A synchronisation as the table has it. */
export interface RunRow {
  readonly id: string;
  readonly cause: Cause;
  readonly state: 'running' | 'done' | 'failed';
  readonly progress: Progress;
  readonly changes: Changes | null;
  readonly version: bigint | null;
  readonly problem: string | null;
  readonly started_at: Date;
  readonly ended_at: Date | null;
}

/** Thrown when another process has taken the run up: whoever sees it stops and writes nothing. */
export class RunLost extends Error {
  constructor() {
    super('another process has the synchronisation');
    this.name = 'RunLost';
  }
}

/** `lgsp` and `pcat` in ASCII: taken while a run is begun. */
const lockKeys = [0x6c677370, 0x70636174];

type Queries = Pick<ClientBase, 'query'>;

async function beginOrFind(client: Queries, id: string, cause: Cause): Promise<string> {
  await client.query(
    'INSERT INTO portal_sync (id, cause, state, progress) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    [id, cause, 'running', noProgress],
  );
  const { rows } = await client.query<{ id: string }>(
    "SELECT id FROM portal_sync WHERE state = 'running' FOR SHARE",
  );
  // One that ended between the two statements is not answered: a new one is begun.
  return rows[0]?.id ?? beginOrFind(client, id, cause);
}

/** Begins one where none is running. */
export async function beginDaily(pool: Pool): Promise<void> {
  await withTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', lockKeys);
    await beginOrFind(client, uuidv7(), 'daily');
  });
}

/** The one that an exchange was answered. */
export async function findDemanded(pool: Queries, exchangeId: string): Promise<RunRow | undefined> {
  const { rows } = await pool.query<RunRow>(
    'SELECT s.* FROM portal_sync_demand d JOIN portal_sync s ON s.id = d.sync_id WHERE d.exchange_id = $1',
    [exchangeId],
  );
  return rows[0];
}

/** The one that runs, or a new one with the exchange's own id; the same exchange is always answered the same. */
export function demandRun(pool: Pool, exchangeId: string): Promise<RunRow> {
  return withTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', lockKeys);
    const earlier = await findDemanded(client, exchangeId);
    if (earlier) return earlier;
    const id = await beginOrFind(client, exchangeId, 'demand');
    await client.query('INSERT INTO portal_sync_demand (exchange_id, sync_id) VALUES ($1, $2)', [
      exchangeId,
      id,
    ]);
    const demanded = await findDemanded(client, exchangeId);
    if (!demanded) throw new Error('the synchronisation has no row');
    return demanded;
  });
}

/** Begins anew what failed, once `retryMs` are over and nothing was begun since. */
export async function retryFailed(pool: Pool, retryMs: number): Promise<void> {
  await pool.query(
    `INSERT INTO portal_sync (id, cause, state, progress)
       SELECT $1, 'daily', 'running', $2 FROM (SELECT * FROM portal_sync ORDER BY started_at DESC, id DESC LIMIT 1) latest
        WHERE latest.state = 'failed' AND latest.ended_at < clock_timestamp() - $3 * interval '1 millisecond'
       ON CONFLICT DO NOTHING`,
    [uuidv7(), noProgress, retryMs],
  );
}

/** The one that runs. */
export async function findRunning(pool: Queries): Promise<RunRow | undefined> {
  const { rows } = await pool.query<RunRow>("SELECT * FROM portal_sync WHERE state = 'running'");
  return rows[0];
}

/** @throws RunLost where the run is not where `before` says */
export async function moveRun(client: Queries, id: string, before: Progress, now: Progress): Promise<void> {
  const { rowCount } = await client.query(
    "UPDATE portal_sync SET progress = $3 WHERE id = $1 AND state = 'running' AND progress = $2::jsonb",
    [id, before, now],
  );
  if (rowCount !== 1) throw new RunLost();
}

/** The process that does a run, by the lease under which it does it. */
export interface RunHolder {
  readonly lease: string;
  readonly processId: string;
}

/**
 * Ends a run that came to nothing; one that has ended stays as it is.
 * @param problem for people, in both languages
 * @throws RunLost where it has ended, or the lease is no longer the holder's: then the run may be another's
 */
export async function failRun(
  pool: Pool,
  id: string,
  problem: string,
  { lease, processId }: RunHolder,
): Promise<void> {
  await withTransaction(pool, async (client) => {
    // The lease is locked, so that nobody takes it between the look and the write.
    const { rowCount } = await client.query(
      `WITH held AS MATERIALIZED (
         SELECT FROM work_lease WHERE name = $3 AND process_id = $4 AND lease_until > clock_timestamp() FOR UPDATE
       )
       UPDATE portal_sync SET state = 'failed', problem = $2, ended_at = clock_timestamp()
        WHERE id = $1 AND state = 'running' AND EXISTS (SELECT FROM held)`,
      [id, problem, lease, processId],
    );
    if (rowCount !== 1) throw new RunLost();
    await client.query('DELETE FROM portal_staged WHERE sync_id = $1', [id]);
  });
}
