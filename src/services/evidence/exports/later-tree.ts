// What an export does about sealed parts that were purged after its tree was fixed: it takes a later tree, in which the entries
// stand that say so. A later tree begins with the same leaves, so that finished parts stay as they are.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Range } from '../../../evidence/tree.ts';
import type { ExportPart, LogExport } from './rows.ts';

/** How long an entry may take to come into a signed tree before the export is left for another look. */
const patienceMs = 30_000;
const lookMs = 100;

// Of the log that there is now: entries of earlier ones are neither in the tree nor on their way.
const selectLaterPurges = `
  SELECT b.notice_id AS id FROM purge_batch b JOIN entry n ON n.exchange_id = b.notice_id AND n.kind = 'notice'
  LEFT JOIN leaf l ON l.entry_id = n.id
  WHERE b.log = current_log() AND b.leaves && $1::int8multirange
    AND (l.leaf_index >= $2 OR EXISTS (SELECT FROM entry_pending w WHERE w.entry_id = n.id))`;

const selectTree = `
  WITH told AS (
    SELECT count(l.leaf_index) AS numbered, max(l.leaf_index) AS last
    FROM unnest($1::uuid[]) AS u (id) JOIN entry n ON n.exchange_id = u.id AND n.kind = 'notice'
    LEFT JOIN leaf l ON l.entry_id = n.id)
  SELECT c.size::float8 AS size, c.note FROM told t, checkpoint c
  WHERE t.numbered = cardinality($1::uuid[]) AND c.size > t.last ORDER BY c.size DESC LIMIT 1`;

interface Tree {
  readonly size: number;
  readonly note: string;
}

/** The newest signed tree, once it holds all of these entries. */
async function awaitTree(pool: Pool, notices: readonly string[], signal: AbortSignal): Promise<Tree> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const { rows } = await pool.query<Tree>(selectTree, [notices]);
    if (rows[0]) return rows[0];
    await pause(lookMs, undefined, { signal });
  }
  throw new Error('the entry that tells of a purge is in no signed tree yet');
}

/** The leaves of parts in which sealed parts are gone. */
function toHoles(parts: readonly ExportPart[], size: number): readonly Range[] {
  return parts.flatMap(({ firstLeaf, counts }, at) =>
    counts.gone === 0 ? [] : [{ from: firstLeaf, to: parts[at + 1]?.firstLeaf ?? size }],
  );
}

/**
 * Takes a later tree for an export whose parts are all finished, when something that they show as gone was purged by an entry
 * that its tree does not hold. Whatever a part has seen of a purge is durable, so that nothing is missed; parts are asked about
 * once, so that it ends although purging goes on.
 * @param from parts before this leaf were asked about
 * @returns whether it did, and there are more parts to be made
 * @throws Error when no tree holds the entry in time, or the signal's reason
 */
export async function takeLaterTree(
  pool: Pool,
  { id, size }: Pick<LogExport, 'id' | 'size'>,
  parts: readonly ExportPart[],
  from: number,
  signal: AbortSignal,
): Promise<boolean> {
  const holes = toHoles(parts, size).filter((hole) => hole.from >= from);
  if (holes.length === 0) return false;
  const leaves = `{${holes.map((hole) => `[${hole.from},${hole.to})`).join(',')}}`;
  const { rows } = await pool.query<{ id: string }>(selectLaterPurges, [leaves, size]);
  if (rows.length === 0) return false;
  const tree = await awaitTree(
    pool,
    rows.map((row) => row.id),
    signal,
  );
  const { rowCount } = await pool.query(
    `UPDATE log_export SET size = $3, note = $4 WHERE id = $1 AND size = $2 AND next_leaf = $2 AND state = 'running'`,
    [id, size, tree.size, tree.note],
  );
  if (rowCount !== 1) throw new Error(`export ${id} is no longer at its end`);
  return true;
}
