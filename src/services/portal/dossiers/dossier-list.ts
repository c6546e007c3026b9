// Dossiers as lists and single reads show them: what was said last, and where the changes stand together.
import type { Pool } from 'pg';
import type { components, operations } from '../../../../openapi/types/portal.v1.ts';
import type { RequestOf } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import type { ChangeRow, SyncState } from './change-rows.ts';
import { defaultLimit, parseCursor, toCursor } from './cursor.ts';
import { toOwnUnits } from './own-units.ts';

/** As the contract shows it. */
export type DossierItem = components['schemas']['DossierItem'];

/** A row of `toItemSql`. */
export interface ItemRow {
  readonly code: string;
  readonly procedure_code: string | null;
  readonly status: ChangeRow['status'];
  readonly received_at: Date | null;
  readonly due_at: Date | null;
  readonly finished_at: Date | null;
  readonly changed_at: Date;
  readonly changed_key: string;
  readonly at_portal_since: Date | null;
  readonly synchronised_at: Date | null;
  readonly changes: number;
  readonly last_dossier_change: string | null;
  readonly waiting: number;
  readonly sync: SyncState;
}

/** Dossiers `o` where a condition holds; a state is that of all changes together, the one that holds up the others first. */
export const toItemSql = (
  where: string,
): string => `SELECT o.code, o.procedure_code, o.status, o.received_at, o.due_at,
    o.finished_at, o.changed_at, (extract(epoch FROM o.changed_at) * 1000000)::bigint::text AS changed_key, o.at_portal_since, o.synchronised_at, o.last_no - o.from_no + 1 AS changes,
    o.last_dossier_change, s.waiting,
    CASE WHEN s.dead > 0 THEN 'refused' WHEN s.held > 0 THEN 'repair' WHEN s.waiting > 0 THEN 'waiting'
      WHEN s.done > 0 THEN 'synchronised' ELSE 'withdrawn' END AS sync
  FROM portal_dossier o CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE c.done_at IS NOT NULL)::int AS done,
      count(*) FILTER (WHERE c.done_at IS NULL AND d.state = 'held')::int AS held,
      count(*) FILTER (WHERE c.done_at IS NULL AND d.state = 'dead')::int AS dead,
      count(*) FILTER (WHERE c.done_at IS NULL AND d.state NOT IN ('held', 'dead', 'abandoned'))::int AS waiting
    FROM portal_change c JOIN delivery d ON d.id = c.id WHERE c.dossier_code = o.code) s
  WHERE ${where}`;

/** As the contract shows it. */
export const toItem = (row: ItemRow): DossierItem => ({
  code: row.code,
  ...(row.procedure_code !== null && { procedureCode: row.procedure_code }),
  ...(row.status !== null && { status: row.status }),
  sync: row.sync,
  isAtPortal: row.at_portal_since !== null,
  ...(row.received_at && { receivedAt: row.received_at.toISOString() }),
  ...(row.due_at && { dueAt: row.due_at.toISOString() }),
  ...(row.finished_at && { finishedAt: row.finished_at.toISOString() }),
  changedAt: row.changed_at.toISOString(),
  ...(row.synchronised_at && { synchronisedAt: row.synchronised_at.toISOString() }),
  changes: row.changes,
  waiting: row.waiting,
});

/**
 * What is open lies in an index of its own: the few dossiers with something open are found first, by it, and the unit's
 * others are not read.
 */
const hasOpen = `o.code = ANY (ARRAY(SELECT DISTINCT c.dossier_code FROM portal_change c WHERE c.unit_id = ANY ($1)
  AND c.done_at IS NULL AND c.withdrawn_at IS NULL AND c.corrected_by IS NULL))`;

/** What an index serves of the condition for a state. */
const states: Readonly<Record<SyncState, string>> = {
  ...{ waiting: hasOpen, repair: hasOpen, refused: hasOpen },
  synchronised: 'o.synchronised_at IS NOT NULL',
  withdrawn: 'o.synchronised_at IS NULL',
};

/** The time of the cursor, to the microsecond. */
const after = "(timestamptz 'epoch' + $6::bigint * interval '1 microsecond')";

/** For one unit the index has the order of the list. */
const toConditions = (units: readonly string[]): string => `${
  units.length === 1 ? 'o.unit_id = ($1::text[])[1]' : 'o.unit_id = ANY ($1)'
} AND ($2::smallint IS NULL OR o.status = $2)
  AND ($3::text IS NULL OR o.procedure_code = $3)
  AND ($4::timestamptz IS NULL OR o.changed_at >= $4) AND ($5::timestamptz IS NULL OR o.changed_at < $5)
  AND ($6::bigint IS NULL OR o.changed_at <= ${after} AND (o.changed_at < ${after} OR o.code > $7))`;

/** Microseconds since 1970, as the database has them. */
const times = /^\d{1,16}$/;
const codes = /^[\x21-\x7E]{1,80}$/;

async function readRows(
  pool: Pool,
  { query }: RequestOf<operations['listDossiers']>,
  units: readonly string[],
  limit: number,
): Promise<readonly ItemRow[]> {
  const [afterTime = null, afterCode = null] = parseCursor(query.cursor, [times, codes]) ?? [];
  const conditions = toConditions(units);
  const where = query.sync === undefined ? conditions : `${conditions} AND ${states[query.sync]}`;
  const { rows } = await pool.query<ItemRow>(
    `SELECT * FROM (${toItemSql(where)}) i WHERE $8::text IS NULL OR i.sync = $8
     ORDER BY i.changed_at DESC, i.code LIMIT $9`,
    [
      ...[units, query.status ?? null, query.procedure ?? null, query.since ?? null, query.until ?? null],
      ...[afterTime, afterCode, query.sync ?? null, limit],
    ],
  );
  return rows;
}

/** The unit's dossiers, the latest changed first. @throws Problem request-invalid */
export async function listDossiers(
  { pool, registry, now }: PortalRooms,
  request: RequestOf<operations['listDossiers']>,
): Promise<components['schemas']['DossierPage']> {
  const limit = request.query.limit ?? defaultLimit;
  const units = toOwnUnits(registry.current, request.caller.actingUnit.id, now());
  const rows = await readRows(pool, request, units, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(toItem),
    ...(rows.length > limit && last && { next: toCursor([last.changed_key, last.code]) }),
  };
}
