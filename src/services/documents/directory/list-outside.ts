// Agencies of the axis as the directory lists them: the version that was in force at a date, or the last before it.
import type { Pool } from 'pg';
import type { AgencyPlace } from './cursor.ts';
import { toCodeForm } from './forms.ts';
import { agencyScheme } from './inside.ts';
import type { Listed } from './list-inside.ts';
import { toPattern } from './words.ts';

interface AgencyRow {
  readonly key: string;
  readonly code: string;
  readonly name: string;
  readonly since: Date;
  readonly valid_to: Date | null;
  readonly parent: string | null;
  readonly codes: readonly { readonly code: string; readonly from: string; readonly to: string | null }[];
  readonly successors: readonly { readonly code: string; readonly name: string }[];
}

const select = `
  SELECT a.key, a.code, a.name, a.valid_to,
    (SELECT min(v.valid_from) FROM agency v WHERE v.key = a.key) AS since,
    (SELECT p.code FROM agency p WHERE p.key = 'id:' || a.parent_id AND p.valid_from <= $1
      ORDER BY p.valid_from DESC, p.id DESC LIMIT 1) AS parent,
    coalesce((SELECT jsonb_agg(jsonb_build_object('code', c.code, 'from', c.valid_from, 'to', c.valid_to)
      ORDER BY c.valid_from, c.code) FROM agency_code c WHERE c.key = a.key AND c.valid_from <= $1), '[]') AS codes,
    coalesce((SELECT jsonb_agg(jsonb_build_object('code', s.successor_code, 'name', coalesce(
        (SELECT u.name FROM unit_code h JOIN unit u ON u.id = h.unit_id
          WHERE h.scheme = '${agencyScheme}' AND h.code = s.successor_code ORDER BY h.valid_from DESC LIMIT 1),
        (SELECT n.name FROM agency_code h JOIN agency n ON n.key = h.key
          WHERE h.code = s.successor_code ORDER BY n.valid_from DESC LIMIT 1), s.successor_code))
      ORDER BY s.successor_code) FROM agency_successor s WHERE s.key = a.key AND s.at <= $1), '[]') AS successors
  FROM agency a
  WHERE a.valid_from <= $1
    AND NOT EXISTS (SELECT FROM agency n WHERE n.key = a.key AND n.valid_from <= $1
      AND (n.valid_from, n.id) > (a.valid_from, a.id))`;

/** The axis lists ours too: what the registry has is shown from there. */
const isNotOurs = 'NOT EXISTS (SELECT FROM agency_code o WHERE o.key = a.key AND o.code = ANY ($7::text[]))';

/** Both indexes serve: that of names and that of codes. */
const found = `a.id IN (SELECT s.id FROM agency s WHERE s.search LIKE $2
    UNION ALL SELECT s.id FROM agency_code c JOIN agency s ON s.key = c.key WHERE lower(c.code) LIKE $2)`;

const toListed = ({
  key,
  valid_to: to,
  since,
  parent,
  codes,
  successors,
  code,
  name,
}: AgencyRow): Listed => ({
  id: key,
  agency: {
    code,
    codes: codes.map((one) => ({
      code: one.code,
      form: toCodeForm(one.code),
      from: new Date(one.from).toISOString(),
      ...(one.to !== null && { to: new Date(one.to).toISOString() }),
    })),
    name,
    kind: 'outside',
    state: 'active',
    ...(parent !== null && { parent }),
    successors: [...successors],
    from: since.toISOString(),
    ...(to && { to: to.toISOString() }),
  },
});

/** What is over by `at` is closed; an end that comes later is not known yet. */
function asOf({ id, agency: { to, ...agency } }: Listed, at: Date): Listed {
  if (to === undefined || at < new Date(to)) return { id, agency: { ...agency, successors: [] } };
  return { id, agency: { ...agency, state: 'closed', to } };
}

/** What is listed. */
export interface OutsideQuestion {
  readonly at: Date;
  /** In the form of `toSearchText`. */
  readonly q: string | undefined;
  readonly parent: string | undefined;
  /** The last row of the page before. */
  readonly after: AgencyPlace | undefined;
  readonly limit: number;
  /** All codes of units of ours. */
  readonly ours: readonly string[];
}

/** The query of a page, for running and for explaining. */
export function toPageQuery({ at, q, parent, after, limit, ours }: OutsideQuestion): {
  readonly text: string;
  readonly values: readonly unknown[];
} {
  const values = [
    at,
    q === undefined ? null : toPattern(q),
    parent ?? null,
    after?.code ?? null,
    after?.id ?? null,
  ];
  const conditions = [
    isNotOurs,
    // The parameter is named even where nothing is searched: PostgreSQL wants the type of each.
    q === undefined ? '$2::text IS NULL' : found,
    parent === undefined
      ? '$3::text IS NULL'
      : `a.parent_id IN (SELECT substr(c.key, 4) FROM agency_code c
          WHERE c.code = $3 AND c.key LIKE 'id:%' AND c.valid_from <= $1)`,
    after === undefined
      ? '$4::text IS NULL AND $5::text IS NULL'
      : '(a.code COLLATE "C", a.key COLLATE "C") > ($4::text, $5::text)',
  ];
  return {
    text: `${select} AND ${conditions.join(' AND ')} ORDER BY a.code COLLATE "C", a.key COLLATE "C" LIMIT $6`,
    values: [...values, limit, ours],
  };
}

/** A page of agencies by code. @param pool of the hub's own role */
export async function listOutside(pool: Pool, question: OutsideQuestion): Promise<readonly Listed[]> {
  const { text, values } = toPageQuery(question);
  const { rows } = await pool.query<AgencyRow>(text, [...values]);
  return rows.map(toListed).map((listed) => asOf(listed, question.at));
}

/** The agency that held the code at `at`, or held it last before. */
export async function readOutside(pool: Pool, code: string, at: Date): Promise<Listed | undefined> {
  const { rows } = await pool.query<AgencyRow>(
    `SELECT l.* FROM (${select}) l JOIN agency_code c ON c.key = l.key AND c.code = $2 AND c.valid_from <= $1
      ORDER BY l.valid_to DESC NULLS FIRST, c.valid_to DESC NULLS FIRST, c.valid_from DESC, l.key LIMIT 1`,
    [at, code],
  );
  const [row] = rows;
  return row && asOf(toListed(row), at);
}
