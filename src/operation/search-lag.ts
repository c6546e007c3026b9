// How far the tables of search lie behind the log. What is not in them yet is recorded and proved all the same; searches, figures
// and filtered exports do not show it.
import type { Pool } from 'pg';

/** How far search is behind. */
export interface SearchLag {
  /** Leaves of the tree that search does not hold. */
  readonly leaves: number;
  /** Since the oldest of them was recorded; 0 when there is none. */
  readonly ageMs: number;
}

const select = `
  SELECT t.size - h.size AS leaves, coalesce(extract(epoch FROM clock_timestamp() - (
    SELECT e.recorded_at FROM leaf l JOIN entry e ON e.exchange_id = l.exchange_id AND e.id = l.entry_id
    WHERE l.leaf_index = h.size)), 0)::float8 * 1000 AS "ageMs"
  FROM search_head h, tree_head t`;

/** Measures now. @param pool of the hub's own role */
export async function readSearchLag(pool: Pool): Promise<SearchLag> {
  const { rows } = await pool.query<{ leaves: bigint; ageMs: number }>(select);
  const [row] = rows;
  if (!row) throw new Error('the database does not tell how far search is');
  return { leaves: Number(row.leaves), ageMs: Math.max(0, row.ageMs) };
}
