// One dossier with its changes, and one change with its steps: what the unit said, as it said it.
import type { Pool } from 'pg';
import type { components, operations } from '../../../../openapi/types/portal.v1.ts';
import { parseLeafText } from '../../../evidence/leaf.ts';
import { Problem } from '../../../problem.ts';
import type { RequestOf } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { openRecord, type PortalRecord } from '../record-form.ts';
import { type ChangeRow, changeSelect, toChange } from './change-rows.ts';
import { defaultLimit, parseCursor, toCursor } from './cursor.ts';
import { type ItemRow, toItem, toItemSql } from './dossier-list.ts';
import { isOwn } from './own-units.ts';

type Steps = components['schemas']['ChangeRecord']['steps'];

/** Of a change what it said; undefined once it was purged. */
async function openChange({ pool, keys }: PortalRooms, id: string): Promise<PortalRecord | undefined> {
  const { rows } = await pool.query<{ form: Buffer | null }>({
    name: 'portal-form',
    text: 'SELECT form FROM portal_change WHERE id = $1',
    values: [id],
  });
  const form = rows[0]?.form;
  return form ? openRecord(keys.field, id, form) : undefined;
}

/** That the dossier is the unit's. @throws Problem dossier-not-found */
export async function checkDossier(
  { pool, registry, now }: PortalRooms,
  code: string,
  unitId: string,
): Promise<void> {
  const { rows } = await pool.query<{ unit_id: string }>({
    name: 'portal-owner',
    text: 'SELECT unit_id FROM portal_dossier WHERE code = $1',
    values: [code],
  });
  if (!rows[0] || !isOwn(registry.current, rows[0].unit_id, unitId, now()))
    throw new Problem('dossier-not-found');
}

/** @throws Problem dossier-not-found | request-invalid */
export async function readDossier(
  rooms: PortalRooms,
  { params, query, caller }: RequestOf<operations['readDossier']>,
): Promise<components['schemas']['DossierRecord']> {
  const { code } = params;
  await checkDossier(rooms, code, caller.actingUnit.id);
  const limit = query.limit ?? defaultLimit;
  const [beforeNo = null] = parseCursor(query.cursor, [/^\d{1,9}$/]) ?? [];
  const items = await rooms.pool.query<ItemRow>(toItemSql('o.code = $1'), [code]);
  const { rows } = await rooms.pool.query<ChangeRow>(
    `${changeSelect} WHERE c.dossier_code = $1 AND ($2::integer IS NULL OR c.no < $2)
       AND c.no >= (SELECT from_no FROM portal_dossier WHERE code = $1) ORDER BY c.no DESC LIMIT $3`,
    [code, beforeNo, limit + 1],
  );
  const [row] = items.rows;
  if (!row) throw new Problem('dossier-not-found');
  const said =
    row.last_dossier_change === null ? undefined : await openChange(rooms, row.last_dossier_change);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    item: toItem(row),
    ...(said?.dossier && { dossier: said.dossier }),
    changes: page.map(toChange),
    ...(rows.length > limit && last && { next: toCursor([String(last.no)]) }),
  };
}

/**
 * A change of a dossier that the unit speaks for; of one that went to another unit what was said before stays with the unit
 * that said it, and is nobody else's.
 * @throws Problem change-not-found
 */
export async function readRow(
  { registry, now }: PortalRooms,
  client: Pick<Pool, 'query'>,
  changeId: string,
  unitId: string,
): Promise<ChangeRow> {
  const { rows } = await client.query<ChangeRow & { readonly owner: string }>(
    `SELECT x.*, CASE WHEN x.no >= o.from_no THEN o.unit_id ELSE x.unit_id END AS owner FROM (${changeSelect} WHERE c.id = $1) x JOIN portal_dossier o ON o.code = x.dossier_code`,
    [changeId],
  );
  if (!rows[0] || !isOwn(registry.current, rows[0].owner, unitId, now()))
    throw new Problem('change-not-found');
  return rows[0];
}

async function readSteps(pool: Pool, changeId: string): Promise<Steps> {
  const { rows } = await pool.query<{ text: string }>(
    "SELECT text FROM entry WHERE exchange_id = $1 AND kind = 'step' ORDER BY id",
    [changeId],
  );
  return rows.map(({ text }) => {
    const { step = '', at, problem } = parseLeafText(text);
    return { step, at, ...(problem !== undefined && { problem }) };
  });
}

/** @throws Problem change-not-found */
export async function readChange(
  rooms: PortalRooms,
  { params, caller }: RequestOf<operations['readChange']>,
): Promise<components['schemas']['ChangeRecord']> {
  const row = await readRow(rooms, rooms.pool, params.changeId, caller.actingUnit.id);
  const { dossier, progress } = (await openChange(rooms, row.id)) ?? {};
  return {
    change: toChange(row),
    ...(dossier && { dossier }),
    ...(progress && { progress: [...progress] }),
    steps: await readSteps(rooms.pool, row.id),
  };
}
