// What there is to read about the catalogue itself: its version, what changed since, and the synchronisations.
import type { Pool } from 'pg';
import type { PortalList } from '../../../../adapters/portal/portal.ts';
import type { components } from '../../../../openapi/types/portal.v1.ts';
import { Problem } from '../../../problem.ts';
import { parseCursor, toCursor } from './cursor.ts';
import { lists } from './progress.ts';
import type { RunRow } from './runs.ts';
import { toSynchronisation } from './wire.ts';

type Schemas = components['schemas'];

/** Of a page. */
export interface PageQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

interface ChangeRow {
  readonly version: bigint;
  readonly at: Date;
  readonly kind: PortalList;
  readonly code: string;
  readonly change: Schemas['CatalogueChange']['change'];
  readonly members: string[];
  readonly name: string | null;
  readonly earlier_name: string | null;
}

const defaultLimit = 50;

/** How many entries each list has in force and withdrawn. */
export async function countKinds(pool: Pool): Promise<Schemas['KindCount'][]> {
  const { rows } = await pool.query<{ kind: PortalList; entries: number; withdrawn: number }>(
    `SELECT kind, count(*) FILTER (WHERE withdrawn_in IS NULL)::int AS entries,
       count(withdrawn_in)::int AS withdrawn FROM portal_entry GROUP BY kind`,
  );
  return lists.map((kind) => rows.find((row) => row.kind === kind) ?? { kind, entries: 0, withdrawn: 0 });
}

/** The one that runs and the one that ended last. */
export async function readNewest(pool: Pool) {
  const { rows } = await pool.query<RunRow>(
    `(SELECT * FROM portal_sync WHERE state = 'running')
     UNION ALL (SELECT * FROM portal_sync WHERE state <> 'running' ORDER BY started_at DESC, id DESC LIMIT 1)`,
  );
  const running = rows.find(({ state }) => state === 'running');
  const last = rows.find(({ state }) => state !== 'running');
  return {
    ...(running && { running: toSynchronisation(running) }),
    ...(last && { last: toSynchronisation(last) }),
  };
}

const toChange = (row: ChangeRow): Schemas['CatalogueChange'] => ({
  ...{ version: Number(row.version), at: row.at.toISOString(), kind: row.kind, code: row.code },
  ...(row.name !== null && { name: row.name }),
  ...(row.earlier_name !== null && { earlierName: row.earlier_name }),
  ...{ change: row.change, ...(row.members.length > 0 && { members: row.members }) },
});

/** What changed after a version, oldest first. @throws Problem request-invalid for a cursor that is none */
export async function listChanges(
  pool: Pool,
  query: PageQuery & { readonly sinceVersion: number; readonly kind?: PortalList | undefined },
): Promise<{ readonly items: Schemas['CatalogueChange'][]; readonly next?: string }> {
  const { sinceVersion, kind, cursor, limit = defaultLimit } = query;
  const after = parseCursor(cursor, [0, '', '']) ?? [sinceVersion + 1, '', ''];
  const { rows } = await pool.query<ChangeRow>(
    `SELECT c.*, v.at FROM portal_entry_change c JOIN portal_version v USING (version)
      WHERE c.version > $1 AND ($2::text IS NULL OR c.kind = $2)
        AND (c.version, c.kind COLLATE "C", c.code COLLATE "C") > ($3, $4::text, $5::text)
      ORDER BY c.version, c.kind COLLATE "C", c.code COLLATE "C" LIMIT $6`,
    [sinceVersion, kind ?? null, ...after, limit + 1],
  );
  const items = rows.slice(0, limit).map(toChange);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, ...(last && { next: toCursor([last.version, last.kind, last.code]) }) };
}

/** Synchronisations, the newest first. @throws Problem request-invalid for a cursor that is none */
export async function listRuns(pool: Pool, { cursor, limit = defaultLimit }: PageQuery) {
  const after = parseCursor(cursor, [0, '']);
  const { rows } = await pool.query<RunRow & { readonly micros: string }>(
    `SELECT *, (extract(epoch FROM started_at) * 1000000)::bigint::text AS micros FROM portal_sync
      WHERE $1::bigint IS NULL
        OR ((extract(epoch FROM started_at) * 1000000)::bigint, id::text) < ($1::bigint, $2::text)
      ORDER BY started_at DESC, id::text DESC LIMIT $3`,
    [...(after ?? [null, null]), limit + 1],
  );
  const items = rows.slice(0, limit).map(toSynchronisation);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items, ...(last && { next: toCursor([Number(last.micros), last.id]) }) };
}

/** @throws Problem record-not-found */
export async function readRun(pool: Pool, id: string): Promise<Schemas['Synchronisation']> {
  const { rows } = await pool.query<RunRow>('SELECT * FROM portal_sync WHERE id = $1', [id]);
  if (!rows[0]) throw new Problem('record-not-found');
  return toSynchronisation(rows[0]);
}
