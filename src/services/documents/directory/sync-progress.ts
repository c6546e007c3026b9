// How far each synchronisation of the agencies came: counts and instants, none of the lists' content.
import type { Pool, PoolClient } from 'pg';

/** One synchronisation. */
export interface SyncProgress {
  readonly startedAt: Date;
  /** When its last batch was written. */
  readonly movedAt: Date;
  /** Undefined: it runs, or was killed. */
  readonly finishedAt: Date | undefined;
  /** Of all three lists together. */
  readonly rowsSeen: number;
  /** Without a usable code or name, told twice, or told of one that was deleted. */
  readonly rowsUnusable: number;
  readonly versionsMade: number;
  readonly agenciesClosed: number | undefined;
  /** Why nothing was closed. */
  readonly problem: string | undefined;
}

interface ProgressRow {
  readonly started_at: Date;
  readonly moved_at: Date;
  readonly finished_at: Date | null;
  readonly rows_seen: bigint;
  readonly rows_unusable: bigint;
  readonly versions_made: bigint;
  readonly agencies_closed: bigint | null;
  readonly problem: string | null;
}

const toProgress = (row: ProgressRow): SyncProgress => ({
  startedAt: row.started_at,
  movedAt: row.moved_at,
  finishedAt: row.finished_at ?? undefined,
  rowsSeen: Number(row.rows_seen),
  rowsUnusable: Number(row.rows_unusable),
  versionsMade: Number(row.versions_made),
  agenciesClosed: row.agencies_closed === null ? undefined : Number(row.agencies_closed),
  problem: row.problem ?? undefined,
});

/** @returns its id */
export async function beginSync(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    'INSERT INTO agency_sync DEFAULT VALUES RETURNING id::text',
  );
  if (!rows[0]) throw new Error('the synchronisation has no row');
  return rows[0].id;
}

/** Adds a batch, in its transaction. */
export async function moveSync(
  client: PoolClient,
  id: string,
  batch: {
    readonly list: string;
    readonly seen: number;
    readonly unusable: number;
    readonly versions: number;
  },
): Promise<void> {
  await client.query(
    `UPDATE agency_sync SET list = $2, rows_seen = rows_seen + $3, rows_unusable = rows_unusable + $4,
       versions_made = versions_made + $5, moved_at = clock_timestamp() WHERE id = $1`,
    [id, batch.list, batch.seen, batch.unusable, batch.versions],
  );
}

/** Writes how it ended. */
export async function endSync(
  pool: Pool,
  id: string,
  closed: number,
  problem: string | undefined,
): Promise<SyncProgress> {
  const { rows } = await pool.query<ProgressRow>(
    `UPDATE agency_sync SET agencies_closed = $2, problem = $3, finished_at = clock_timestamp(), moved_at = clock_timestamp()
       WHERE id = $1 RETURNING *`,
    [id, closed, problem ?? null],
  );
  if (!rows[0]) throw new Error('the synchronisation has no row');
  return toProgress(rows[0]);
}

/** The newest one. */
export async function readProgress(pool: Pool): Promise<SyncProgress | undefined> {
  const { rows } = await pool.query<ProgressRow>('SELECT * FROM agency_sync ORDER BY id DESC LIMIT 1');
  return rows[0] && toProgress(rows[0]);
}
