// How much stands on each route, over all processes.
import type { Pool } from 'pg';

/** What stands on one route. */
export interface QueueFigures {
  readonly route: string;
  readonly held: number;
  readonly waiting: number;
  readonly sending: number;
  readonly dead: number;
  /** Age of the oldest that waits or is being sent, in milliseconds; undefined when there is none. */
  readonly oldestMs: number | undefined;
}

interface FigureRow {
  readonly route: string;
  readonly held: number;
  readonly waiting: number;
  readonly sending: number;
  readonly dead: number;
  readonly oldest_ms: number | null;
}

/** Figures of every route that something stands on, by name. */
export async function readQueues(pool: Pool): Promise<readonly QueueFigures[]> {
  const { rows } = await pool.query<FigureRow>(
    `SELECT route, (count(*) FILTER (WHERE state = 'held'))::int AS held,
       (count(*) FILTER (WHERE state = 'waiting'))::int AS waiting,
       (count(*) FILTER (WHERE state = 'sending'))::int AS sending,
       (count(*) FILTER (WHERE state = 'dead'))::int AS dead,
       (extract(epoch FROM clock_timestamp() - min(accepted_at) FILTER (WHERE state IN ('waiting', 'sending'))) * 1000)::float8
         AS oldest_ms
     FROM dispatch WHERE state IN ('held', 'waiting', 'sending', 'dead') GROUP BY route ORDER BY route`,
  );
  return rows.map(({ oldest_ms: oldestMs, ...row }) => ({ ...row, oldestMs: oldestMs ?? undefined }));
}
