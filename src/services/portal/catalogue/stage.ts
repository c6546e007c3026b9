// Puts what a synchronisation read beside what is served, in the transaction that moves its progress.
import type { ClientBase } from 'pg';
import type { PortalEntry, PortalList, PortalProcedure } from '../../../../adapters/portal/portal.ts';

const batchRows = 500;
const mostCode = 200;

/** Whether PostgreSQL keeps the texts in it: it takes no NUL, and no half of a character. */
export const isKeepable = (value: PortalEntry | PortalProcedure): boolean =>
  !/\\u(0000|d[89a-f])/.test(JSON.stringify(value));

/** Whether an entry can be served: without a code or a name nobody can use it. */
export const isUsable = (entry: PortalEntry): boolean =>
  entry.code.trim() !== '' && entry.name.trim() !== '' && entry.code.length <= mostCode && isKeepable(entry);

const insert = `INSERT INTO portal_staged (sync_id, kind, code, name, parent, level, content)
  SELECT $1, $2, g.code, g.name, g.parent, g.level, g.content
    FROM jsonb_to_recordset($3::jsonb) AS g (code text, name text, parent text, level text, content jsonb)
  ON CONFLICT DO NOTHING`;

/** Stages entries; of two with one code the first counts. @returns how many codes were new */
export async function stageEntries(
  client: Pick<ClientBase, 'query'>,
  syncId: string,
  list: PortalList,
  entries: readonly PortalEntry[],
): Promise<number> {
  let fresh = 0;
  for (let from = 0; from < entries.length; from += batchRows) {
    const batch = JSON.stringify(entries.slice(from, from + batchRows));
    fresh += (await client.query(insert, [syncId, list, batch])).rowCount ?? 0;
  }
  return fresh;
}

/** Takes back what was staged of a list. */
export async function unstage(
  client: Pick<ClientBase, 'query'>,
  syncId: string,
  list: PortalList,
): Promise<void> {
  await client.query('DELETE FROM portal_staged WHERE sync_id = $1 AND kind = $2', [syncId, list]);
}

/** The content of a procedure that its list did not show. */
export interface ReadContent {
  readonly code: string;
  /** Undefined: the portal refused to show it, or it cannot be kept. */
  readonly content: PortalProcedure | undefined;
}

/** Adds contents to staged procedures. */
export async function stageContents(
  client: Pick<ClientBase, 'query'>,
  syncId: string,
  contents: readonly ReadContent[],
): Promise<void> {
  await client.query(
    `UPDATE portal_staged s SET content = g.content
       FROM jsonb_to_recordset($2::jsonb) AS g (code text, content jsonb)
      WHERE s.sync_id = $1 AND s.kind = 'procedure' AND s.code = g.code`,
    [syncId, JSON.stringify(contents)],
  );
}

/**
 * Procedures whose content is to be read: new, renamed or come back, never shown before, and in a daily run a seventh of
 * all, so that each is read again within a week.
 */
const unread = `FROM portal_staged s JOIN portal_sync r ON r.id = s.sync_id
    LEFT JOIN portal_entry e ON e.kind = s.kind AND e.code = s.code
  WHERE s.sync_id = $1 AND s.kind = 'procedure' AND s.content IS NULL AND s.code COLLATE "C" > $2
    AND (e.content IS NULL OR e.withdrawn_in IS NOT NULL OR e.name <> s.name OR r.cause = 'daily' AND
      mod(abs(hashtext(s.code)::bigint), 7) = extract(dow FROM r.started_at AT TIME ZONE 'Asia/Ho_Chi_Minh'))`;

/** How many there are. */
export async function countUnread(client: Pick<ClientBase, 'query'>, syncId: string): Promise<number> {
  const { rows } = await client.query<{ unread: number }>(`SELECT count(*)::int AS unread ${unread}`, [
    syncId,
    '',
  ]);
  return rows[0]?.unread ?? 0;
}

/** The next of them by code. */
export async function listUnread(
  client: Pick<ClientBase, 'query'>,
  syncId: string,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ code: string }>(
    `SELECT s.code ${unread} ORDER BY s.code COLLATE "C" LIMIT $3`,
    [syncId, after, limit],
  );
  return rows.map(({ code }) => code);
}
