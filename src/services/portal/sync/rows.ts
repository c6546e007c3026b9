// How far changes have come at the portal, as rows. Before a call the row says that its outcome is not known, so that after
// a crash the portal is looked up first; what is known of it is durable before the next call.
import type { Pool } from 'pg';
import type { PortalRecord } from '../record-form.ts';
import { openRecord } from '../record-form.ts';

/** A change as an attempt finds it. */
export interface SyncChange {
  readonly id: string;
  readonly unitId: string;
  readonly record: PortalRecord;
  readonly isDossierDone: boolean;
  readonly linesDone: number;
  readonly isUnsure: boolean;
  readonly isDone: boolean;
  /** A change that was given up may have brought its dossier to the portal, and nobody looked since. */
  readonly isDossierInDoubt: boolean;
  /** The same of its lines, where this change has lines. */
  readonly areLinesInDoubt: boolean;
  /** Whether the portal is known to have the dossier. */
  readonly isAtPortal: boolean;
  /** Lines of the dossier that are known to be at the portal, of all its changes. */
  readonly knownLines: number;
}

/** Of what is no longer in doubt: the dossier alone, or its lines too. */
export type Settled = 'dossier' | 'all';

/** What is known after a call, or before the next one. */
export interface SyncNote {
  readonly id: string;
  readonly isUnsure: boolean;
  readonly isDossierDone?: boolean;
  readonly linesDone?: number;
  readonly isAtPortal?: boolean;
  readonly isDone?: boolean;
  /** What changes that were given up may have left at the portal was looked for, or no longer matters. */
  readonly settled?: Settled;
  readonly refusal?: {
    readonly code: string | undefined;
    readonly where: readonly string[];
    readonly catalogueVersion: number;
  };
}

interface ChangeRow extends Omit<SyncChange, 'record'> {
  readonly form: Buffer | null;
}

// A change that was given up while its outcome was not known leaves its doubt to those that follow it.
const select = `SELECT c.id, c.unit_id AS "unitId", c.form, c.dossier_done_at IS NOT NULL AS "isDossierDone",
    c.lines_done AS "linesDone", c.is_unsure AS "isUnsure", c.done_at IS NOT NULL AS "isDone",
    d.at_portal_since IS NOT NULL AS "isAtPortal", COALESCE(q.dossier, false) AS "isDossierInDoubt",
    c.lines > 0 AND COALESCE(q.lines, false) AS "areLinesInDoubt", CASE WHEN c.is_unsure OR q.lines THEN (
      SELECT sum(o.lines_done)::int FROM portal_change o WHERE o.dossier_code = c.dossier_code) ELSE 0 END AS "knownLines"
  FROM portal_change c JOIN portal_dossier d ON d.code = c.dossier_code LEFT JOIN LATERAL (
    SELECT bool_or(u.has_dossier AND u.dossier_done_at IS NULL) AS dossier,
      bool_or(NOT u.has_dossier OR u.dossier_done_at IS NOT NULL) AS lines
    FROM portal_change u JOIN delivery y ON y.id = u.id
    WHERE u.dossier_code = c.dossier_code AND u.is_unsure AND y.state = 'abandoned') q ON true
  WHERE c.id = ANY ($1::uuid[])`;

function toChange(fieldKey: Buffer, { form, ...row }: ChangeRow): SyncChange | Error {
  if (row.isDone) return { ...row, record: { code: '' } };
  if (!form) return new Error(`change ${row.id} was purged before it was synchronised`);
  try {
    return { ...row, record: openRecord(fieldKey, row.id, form) };
  } catch (cause) {
    return new Error(`change ${row.id} cannot be read`, { cause });
  }
}

/** Reads changes by id; an error stands for one that cannot be read, and is no other's. */
export async function readChanges(
  pool: Pool,
  fieldKey: Buffer,
  ids: readonly string[],
): Promise<readonly (SyncChange | Error)[]> {
  const { rows } = await pool.query<ChangeRow>({ name: 'portal-sync-read', text: select, values: [ids] });
  const found = new Map(rows.map((row) => [row.id, toChange(fieldKey, row)]));
  return ids.map((id) => found.get(id) ?? new Error(`change ${id} is not there`));
}

// Dossiers are locked in the order in which those who submit lock them.
const note = `WITH g AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, "isUnsure" boolean, "isDossierDone" boolean, "linesDone" integer,
    "isAtPortal" boolean, "isDone" boolean, code text, "where" jsonb, version bigint, refused boolean, settled text)
), known AS MATERIALIZED (
  SELECT c.dossier_code AS code, bool_or(g."isDone") AS done FROM g JOIN portal_change c ON c.id = g.id
  WHERE g."isAtPortal" OR g."isDone" GROUP BY c.dossier_code
), locked AS MATERIALIZED (
  SELECT d.code, known.done FROM portal_dossier d JOIN known ON known.code = d.code ORDER BY d.code FOR UPDATE OF d
), told AS (
  UPDATE portal_dossier d SET at_portal_since = COALESCE(d.at_portal_since, clock_timestamp()),
    synchronised_at = CASE WHEN l.done THEN clock_timestamp() ELSE d.synchronised_at END
  FROM locked l WHERE d.code = l.code
), settled AS (
  UPDATE portal_change u SET is_unsure = false FROM g JOIN portal_change c ON c.id = g.id, delivery y
  WHERE g.settled IS NOT NULL AND u.dossier_code = c.dossier_code AND u.id <> c.id AND u.is_unsure
    AND y.id = u.id AND y.state = 'abandoned' AND (g.settled = 'all' OR u.has_dossier AND u.dossier_done_at IS NULL)
)
UPDATE portal_change c SET is_unsure = g."isUnsure",
  dossier_done_at = CASE WHEN g."isDossierDone" THEN COALESCE(c.dossier_done_at, clock_timestamp()) ELSE c.dossier_done_at END,
  lines_done = GREATEST(c.lines_done, g."linesDone"),
  done_at = CASE WHEN g."isDone" THEN COALESCE(c.done_at, clock_timestamp()) ELSE c.done_at END,
  portal_code = CASE WHEN g."isDone" OR g.refused THEN g.code ELSE c.portal_code END,
  refused_where = CASE WHEN g."isDone" THEN NULL
    WHEN g.refused THEN ARRAY(SELECT jsonb_array_elements_text(g."where")) ELSE c.refused_where END,
  catalogue_version = COALESCE(g.version, c.catalogue_version)
FROM g WHERE c.id = g.id`;

/** Writes notes, of each change one at most. */
export async function writeNotes(pool: Pool, notes: readonly SyncNote[]): Promise<void> {
  const rows = notes.map(({ refusal, ...known }) => ({
    ...known,
    ...(refusal && {
      refused: true,
      code: refusal.code,
      where: refusal.where,
      version: refusal.catalogueVersion,
    }),
  }));
  await pool.query({ name: 'portal-sync-note', text: note, values: [JSON.stringify(rows)] });
}
