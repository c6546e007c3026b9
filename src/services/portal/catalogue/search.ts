// Search over the catalogue in our own tables: an exact code first, then what begins with the words, then what holds them
// in any order. Source: public-service-portal.md §3
import type { Pool } from 'pg';
import type { PortalList } from '../../../../adapters/portal/portal.ts';
import { toPattern, toSearchText } from '../../documents/directory/words.ts';
import { parseCursor, toCursor } from './cursor.ts';

/** An entry as it is found. */
export interface FoundRow {
  readonly code: string;
  readonly name: string;
  readonly parent: string | null;
  readonly level: string | null;
  readonly fields: readonly string[];
  readonly agency: string | null;
  readonly withdrawn_in: bigint | null;
  readonly changed_in: bigint;
}

/** What is looked for. */
export interface Question {
  readonly q?: string | undefined;
  readonly withdrawn?: 'only' | 'too' | undefined;
  /** Code or name. */
  readonly field?: string | undefined;
  /** Code or name. */
  readonly agency?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** A page of entries. */
export interface FoundPage {
  readonly rows: readonly FoundRow[];
  readonly next: string | undefined;
}

interface RankedRow extends FoundRow {
  readonly rank: number;
  readonly place: string;
}

const defaultLimit = 50;
/** Characters by which rows of one rank are put in order; the code decides between equals. */
const orderedBy = 100;

const ofState: Readonly<Record<'now' | 'only' | 'too', string>> = {
  now: 'AND withdrawn_in IS NULL',
  only: 'AND withdrawn_in IS NOT NULL',
  too: '',
};

const rankOf = `CASE WHEN $3::text IS NULL THEN 0 WHEN lower(code) = $3 THEN 0
    WHEN starts_with(folded, $3) OR starts_with(lower(code), $3) THEN 1 ELSE 2 END`;

/** The query of a page, for running and for explaining. */
export function toSearchQuery(
  list: PortalList,
  question: Question,
  keys: { readonly field: readonly string[] | undefined; readonly agency: readonly string[] | undefined },
): { readonly text: string; readonly values: unknown[] } {
  const after = parseCursor(question.cursor, [0, '', '']);
  const q = question.q === undefined ? undefined : toSearchText(question.q);
  const patterns = q && [...new Set(q.split(' '))].map(toPattern);
  const values = [
    ...[list, patterns || null, q || null, keys.field ?? null, keys.agency ?? null],
    ...(after ?? [null, null, null]),
    (question.limit ?? defaultLimit) + 1,
  ];
  const text = `SELECT * FROM (
      SELECT code, name, parent, level, fields, agency, withdrawn_in, changed_in, ${rankOf} AS rank,
          left(folded, ${orderedBy}) AS place
        FROM portal_entry WHERE kind = $1 ${ofState[question.withdrawn ?? 'now']}
          AND ($2::text[] IS NULL OR folded LIKE ALL ($2))
          AND ($4::text[] IS NULL OR folded_fields && $4) AND ($5::text[] IS NULL OR folded_agency = ANY ($5))) found
    WHERE $6::bigint IS NULL OR (rank, place COLLATE "C", code COLLATE "C") > ($6, $7::text, $8::text)
    ORDER BY rank, place COLLATE "C", code COLLATE "C" LIMIT $9`;
  return { text, values };
}

/** What a field or agency may be called in a procedure, for one who names its code or its name. */
async function toKeys(
  pool: Pool,
  list: PortalList,
  asked: string | undefined,
): Promise<readonly string[] | undefined> {
  if (asked === undefined) return undefined;
  const key = toSearchText(asked);
  const { rows } = await pool.query<{ code: string; name: string }>(
    `SELECT code, name FROM portal_entry WHERE kind = $1 AND (lower(code) = $2 OR folded = $2 || ' ' || lower(code))`,
    [list, key],
  );
  return [...new Set([key, ...rows.flatMap(({ code, name }) => [code, name].map(toSearchText))])];
}

/** @throws Problem request-invalid for a cursor that is none */
export async function search(pool: Pool, list: PortalList, question: Question): Promise<FoundPage> {
  const [field, agency] = await Promise.all([
    toKeys(pool, 'field', question.field),
    toKeys(pool, 'agency', question.agency),
  ]);
  const { text, values } = toSearchQuery(list, question, { field, agency });
  const { rows } = await pool.query<RankedRow>(text, values);
  const limit = question.limit ?? defaultLimit;
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { rows: page, next: last && toCursor([last.rank, last.place, last.code]) };
}
