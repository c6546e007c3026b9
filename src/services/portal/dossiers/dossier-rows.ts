// Rows of dossiers: who speaks for them, how many changes there were, and what was said last. All dossiers of a request in
// one statement each, locked in the order of their codes everywhere.
import type { ClientBase } from 'pg';
import type { Finding } from '../findings.ts';
import { openRecord } from '../record-form.ts';
import { type Summary, toSummary } from './summary.ts';

/** A dossier whose row is locked. */
export interface LockedDossier {
  readonly code: string;
  readonly unitId: string;
  /** Nothing of it is at the portal, or may be, and everything that was said of it is ended: the next unit may have it. */
  readonly isFree: boolean;
  readonly status: number | undefined;
  readonly lastNo: number;
  /** Where what was said last stands in the order; -1: nothing was said. */
  readonly lastPosition: number;
}

/** What is written of a dossier that was told something. */
export interface DossierUpdate {
  readonly code: string;
  readonly unit_id: string;
  readonly last_no: number;
  /** The number from which on its changes are this unit's; null: as it was. */
  readonly from_no: number | null;
}

/** What was said last of a dossier. */
export interface Said {
  readonly code: string;
  readonly change: string | null;
  readonly summary: Partial<Summary>;
}

interface DossierRow {
  readonly code: string;
  readonly unit_id: string;
  readonly is_free: boolean;
  readonly status: number | null;
  readonly last_no: number;
  readonly position: number | null;
}

/** Makes rows of those that there are not, for the unit. @returns their codes */
async function insertNew(
  client: ClientBase,
  codes: readonly string[],
  unitId: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ code: string }>({
    name: 'portal-dossiers-new',
    text: `INSERT INTO portal_dossier (code, unit_id, last_no)
      SELECT code, $2, 1 FROM unnest($1::text[]) AS code ORDER BY code ON CONFLICT DO NOTHING RETURNING code`,
    values: [codes, unitId],
  });
  return new Set(rows.map(({ code }) => code));
}

/**
 * Locks dossiers to the end of the transaction.
 * @param codes all that are asked for
 * @param begun those of them that are made for the unit where there is none
 */
export async function lockDossiers(
  client: ClientBase,
  codes: readonly string[],
  begun: readonly string[],
  unitId: string,
): Promise<ReadonlyMap<string, LockedDossier>> {
  const fresh = await insertNew(client, begun, unitId);
  await client.query({
    name: 'portal-dossiers-lock',
    text: 'SELECT FROM portal_dossier WHERE code = ANY ($1) ORDER BY code FOR UPDATE',
    values: [codes],
  });
  // A statement of its own: it must see what those wrote who held the locks before.
  const { rows } = await client.query<DossierRow>({
    name: 'portal-dossiers-read',
    text: `SELECT o.code, o.unit_id, o.status, o.last_no, p.position::float8 AS position,
        o.at_portal_since IS NULL AND o.unit_id <> $2 AND NOT EXISTS (
          SELECT FROM portal_change c JOIN delivery cd ON cd.id = c.id WHERE c.dossier_code = o.code
            AND (cd.state <> 'abandoned' OR c.is_unsure OR c.dossier_done_at IS NOT NULL OR c.lines_done > 0)
        ) AS is_free
      FROM portal_dossier o LEFT JOIN delivery d ON d.id = o.last_dossier_change LEFT JOIN dispatch p ON p.id = d.dispatch_id
      WHERE o.code = ANY ($1)`,
    values: [codes, unitId],
  });
  return new Map(
    rows.map((row) => [
      row.code,
      {
        code: row.code,
        unitId: row.unit_id,
        isFree: row.is_free,
        status: row.status ?? undefined,
        lastNo: fresh.has(row.code) ? 0 : row.last_no,
        lastPosition: row.position ?? -1,
      },
    ]),
  );
}

/** Counts the changes of locked dossiers on. */
export async function updateDossiers(client: ClientBase, updates: readonly DossierUpdate[]): Promise<void> {
  await client.query({
    name: 'portal-dossiers-count',
    text: `UPDATE portal_dossier o SET unit_id = r.unit_id, last_no = r.last_no, changed_at = clock_timestamp(),
        from_no = COALESCE(r.from_no, o.from_no),
        first_said_at = CASE WHEN r.from_no IS NULL THEN o.first_said_at ELSE clock_timestamp() END
      FROM jsonb_to_recordset($1::jsonb) AS r (code text, unit_id text, last_no integer, from_no integer)
      WHERE o.code = r.code`,
    values: [JSON.stringify(updates)],
  });
}

/** Writes what was said last of locked dossiers. */
export async function writeSaid(client: ClientBase, said: readonly Said[]): Promise<void> {
  if (said.length === 0) return;
  await client.query({
    name: 'portal-dossiers-said',
    text: `UPDATE portal_dossier o SET last_dossier_change = r.change, procedure_code = r.procedure_code, status = r.status,
        channel = r.channel, received_at = r.received_at, due_at = r.due_at, finished_at = r.finished_at,
        returned_at = r.returned_at, refused_at = r.refused_at, has_result = COALESCE(r.has_result, false),
        is_paid_online = COALESCE(r.is_paid_online, false), supplements = COALESCE(r.supplements, 0),
        score = ARRAY(SELECT jsonb_array_elements_text(COALESCE(r.score, '[]'))), changed_at = clock_timestamp()
      FROM jsonb_to_recordset($1::jsonb) AS r (code text, change uuid, procedure_code text, status smallint, channel text,
        received_at timestamptz, due_at timestamptz, finished_at timestamptz, returned_at timestamptz,
        refused_at timestamptz, has_result boolean, is_paid_online boolean, supplements smallint, score jsonb)
      WHERE o.code = r.code`,
    values: [JSON.stringify(said.map(({ code, change, summary }) => ({ code, change, ...summary })))],
  });
}

interface RestoredRow {
  readonly code: string;
  readonly id: string | null;
  readonly form: Buffer | null;
  readonly findings: readonly Finding[] | null;
}

/**
 * Says again, of locked dossiers, what was said before a change that was ended: the last in order that is not ended, or
 * whose dossier the portal has. Where its content was purged the row stays as it is but for the change that it names.
 */
export async function restoreSaid(
  client: ClientBase,
  fieldKey: Buffer,
  codes: readonly string[],
): Promise<void> {
  if (codes.length === 0) return;
  const { rows } = await client.query<RestoredRow>(
    `SELECT o.code, l.id, l.form, l.findings FROM unnest($1::text[]) AS o (code) LEFT JOIN LATERAL (
       SELECT c.id, c.form, c.findings FROM portal_change c
         JOIN delivery d ON d.id = c.id JOIN dispatch p ON p.id = d.dispatch_id
       WHERE c.dossier_code = o.code AND c.has_dossier AND (d.state <> 'abandoned' OR c.dossier_done_at IS NOT NULL)
       ORDER BY p.position DESC, c.no DESC LIMIT 1) l ON true`,
    [codes],
  );
  const purged = rows.filter(({ id, form }) => id !== null && form === null);
  if (purged.length > 0)
    await client.query(
      `UPDATE portal_dossier o SET last_dossier_change = r.id, changed_at = clock_timestamp()
       FROM jsonb_to_recordset($1::jsonb) AS r (code text, id uuid) WHERE o.code = r.code`,
      [JSON.stringify(purged.map(({ code, id }) => ({ code, id })))],
    );
  await writeSaid(
    client,
    rows
      .filter((row) => !purged.includes(row))
      .map(({ code, id, form, findings }): Said => {
        const dossier = id && form ? openRecord(fieldKey, id, form).dossier : undefined;
        return { code, change: id, summary: dossier ? toSummary(dossier, findings ?? []) : {} };
      }),
  );
}
