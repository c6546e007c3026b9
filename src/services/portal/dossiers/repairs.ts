// The repair list: what is held because it is incomplete, what the portal refused, and what was said last and hurts the
// score. The oldest first.
import type { components, operations } from '../../../../openapi/types/portal.v1.ts';
import { withTransaction } from '../../../database/pool.ts';
import { Problem } from '../../../problem.ts';
import type { RequestOf } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { type Change, type ChangeRow, changeSelect, toChange } from './change-rows.ts';
import { defaultLimit, parseCursor, toCursor } from './cursor.ts';
import { restoreSaid } from './dossier-rows.ts';
import { toOwnUnits } from './own-units.ts';
import { readRow } from './read.ts';

type RepairRow = ChangeRow & { readonly waiting_behind: number };

const isIn = (
  states: string,
): string => `c.unit_id = ANY ($1) AND c.done_at IS NULL AND c.withdrawn_at IS NULL
  AND c.corrected_by IS NULL AND d.state IN (${states})`;

const conditions = {
  incomplete: isIn("'held'"),
  refused: isIn("'dead'"),
  score: `d.state NOT IN ('held', 'dead', 'abandoned') AND c.id IN (
    SELECT o.last_dossier_change FROM portal_dossier o WHERE o.unit_id = ANY ($1) AND o.score <> '{}'
      AND ($2::uuid IS NULL OR o.last_dossier_change > $2))`,
} as const;

const reasons = ['incomplete', 'refused', 'score'] as const;

/** Each kind by itself, so that its own index serves; then the first of all of them. */
const toListSql = (which: readonly (typeof reasons)[number][]): string => `SELECT r.*, (
    SELECT count(*)::int FROM dispatch b WHERE r.state IN ('held', 'dead') AND b.route = 'portal'
      AND b.order_key = r.dossier_code AND b.position > r.position::bigint
      AND b.state IN ('held', 'waiting', 'sending', 'dead')) AS waiting_behind
  FROM (SELECT * FROM (${which
    .map(
      (reason) =>
        `(${changeSelect} WHERE ${conditions[reason]} AND ($2::uuid IS NULL OR c.id > $2) ORDER BY c.id LIMIT $3)`,
    )
    .join(' UNION ALL ')}) u ORDER BY u.id LIMIT $3) r ORDER BY r.id`;

function toRepair(row: RepairRow): components['schemas']['Repair'] {
  const change = toChange(row);
  if (change.sync === 'repair') return { reason: 'incomplete', change, waitingBehind: row.waiting_behind };
  if (change.sync === 'refused') return { reason: 'refused', change, waitingBehind: row.waiting_behind };
  return { reason: 'score', change };
}

/** @throws Problem request-invalid */
export async function listRepairs(
  { pool, registry, now }: PortalRooms,
  { query, caller }: RequestOf<operations['listRepairs']>,
): Promise<components['schemas']['RepairPage']> {
  const limit = query.limit ?? defaultLimit;
  const [after = null] = parseCursor(query.cursor, [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/]) ?? [];
  const units = toOwnUnits(registry.current, caller.actingUnit.id, now());
  const which = reasons.filter((reason) => query.reason === undefined || query.reason === reason);
  const { rows } = await pool.query<RepairRow>(toListSql(which), [units, after, limit + 1]);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(toRepair),
    ...(rows.length > limit && last && { next: toCursor([last.id]) }),
  };
}

/**
 * Ends a change that lies in the repair list; what waits behind it goes on, and what was said before it counts again.
 * @param exchangeId the call that is answered, or the one that it repeats
 * @throws Problem change-not-found | change-not-repairable
 */
export async function withdrawChange(
  rooms: PortalRooms,
  { params, body, caller }: RequestOf<operations['withdrawChange']>,
  exchangeId: string,
  isRepeat: boolean,
): Promise<Change> {
  const { engine, keys, pool } = rooms;
  const unitId = caller.actingUnit.id;
  const change = await withTransaction(pool, async (client) => {
    const row = await readRow(rooms, client, params.changeId, unitId);
    await client.query('SELECT FROM portal_dossier WHERE code = $1 FOR UPDATE', [row.dossier_code]);
    const by = { officerId: caller.officerId, reason: body.reason, acceptedBy: exchangeId };
    if (await engine.abandon(client, row.id, by)) {
      await client.query('UPDATE portal_change SET withdrawn_at = clock_timestamp() WHERE id = $1', [row.id]);
      const { rowCount } = await client.query(
        'SELECT FROM portal_dossier WHERE code = $1 AND last_dossier_change = $2',
        [row.dossier_code, row.id],
      );
      if (rowCount === 1) await restoreSaid(client, keys.field, [row.dossier_code]);
    } else {
      const { rowCount } = await client.query(
        'SELECT FROM portal_change WHERE id = $1 AND withdrawn_at IS NOT NULL',
        [row.id],
      );
      if (!isRepeat || rowCount === 0) throw new Problem('change-not-repairable');
    }
    return toChange(await readRow(rooms, client, row.id, unitId));
  });
  engine.poke();
  return change;
}
