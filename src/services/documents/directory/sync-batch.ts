// Writes one batch of the axis' lists, in one transaction: what is as it was costs nothing but a mark that it was seen, another name, parent or
// code begins a new version. Doing a batch twice changes nothing more. Nothing is closed here but versions by newer ones.
import type { PoolClient } from 'pg';
import type { AgencyRow } from './sync-rows.ts';

/** What came of a batch. */
export interface BatchCount {
  readonly versions: number;
  /** Rows of an agency that another row spoke of before, or that the list with the history calls deleted. */
  readonly passedOver: number;
}

const given = `jsonb_to_recordset($1::jsonb) AS g (key text, code text, name text, search text, parent_id text,
  mail text, centre text, is_agency boolean, axis_version bigint, modified text, is_deleted boolean, has_history boolean)`;

const isFresh = `a.key = g.key AND a.valid_to IS NULL AND NOT EXISTS (SELECT FROM agency_seen s WHERE s.key = a.key)`;
const version = (of: string): string => `(${of}.code, ${of}.name, ${of}.parent_id)`;
const rest = (of: string): string =>
  ['mail', 'centre', 'is_agency', 'axis_version', 'modified', 'is_deleted', 'has_history']
    .map((column) => `${of}.${column}`)
    .join(', ');

/** In the order in which they are run; `$1` the rows. */
const steps = {
  /** Stays open until the end of the run, when all that is over is closed together. */
  markDeleted: `UPDATE agency a SET is_deleted = true FROM ${given} WHERE ${isFresh} AND g.is_deleted AND NOT a.is_deleted`,
  /** The lists of codes say only that it is still there. */
  seeKnown: `INSERT INTO agency_seen SELECT a.key FROM agency a, ${given}
    WHERE ${isFresh} AND NOT g.has_history AND a.has_history ON CONFLICT DO NOTHING`,
  refresh: `UPDATE agency a SET mail = g.mail, centre = g.centre, is_agency = g.is_agency, axis_version = g.axis_version,
      modified = g.modified, is_deleted = false, has_history = g.has_history
    FROM ${given} WHERE ${isFresh} AND NOT g.is_deleted AND ${version('a')} IS NOT DISTINCT FROM ${version('g')}
      AND (${rest('a')}) IS DISTINCT FROM (${rest('g')})`,
  endChanged: `UPDATE agency a SET valid_to = greatest(now(), a.valid_from) FROM ${given}
    WHERE ${isFresh} AND NOT g.is_deleted AND ${version('a')} IS DISTINCT FROM ${version('g')}`,
  see: `INSERT INTO agency_seen SELECT g.key FROM ${given} WHERE NOT g.is_deleted ON CONFLICT DO NOTHING`,
} as const;

const begin = `INSERT INTO agency (key, code, name, search, parent_id, mail, centre, is_agency, axis_version, modified,
    is_deleted, has_history, valid_from, valid_to)
  SELECT g.key, g.code, g.name, g.search, g.parent_id, ${rest('g')}, now(), CASE WHEN g.is_deleted THEN now() END
  FROM ${given} WHERE NOT EXISTS (SELECT FROM agency a WHERE a.key = g.key AND (a.valid_to IS NULL OR g.is_deleted))`;

const codesGiven = `jsonb_to_recordset($1::jsonb) AS g (key text, code text, is_deleted boolean)`;

const codeSteps = [
  `INSERT INTO agency_code (key, code, valid_from, valid_to)
    SELECT g.key, g.code, now(), CASE WHEN g.is_deleted THEN now() END FROM ${codesGiven}
    WHERE NOT EXISTS (SELECT FROM agency_code c
      WHERE c.key = g.key AND c.code = g.code AND (c.valid_to IS NULL OR g.is_deleted))`,
  `INSERT INTO agency_code_seen SELECT g.key, g.code FROM ${codesGiven} WHERE NOT g.is_deleted ON CONFLICT DO NOTHING`,
] as const;

/** For each row of a list of codes: the agency that holds one of its codes, or that it is one the axis has deleted. */
const match = `
  SELECT open.key, open.key IS NULL AND EXISTS (SELECT FROM agency_code c JOIN agency a ON a.key = c.key
      WHERE c.code = g.code AND a.is_deleted) AS is_deleted
  FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (code text, codes jsonb)) WITH ORDINALITY AS g (code, codes, place)
  LEFT JOIN LATERAL (SELECT a.key FROM agency_code c JOIN agency a ON a.key = c.key AND a.valid_to IS NULL
      WHERE c.code IN (SELECT jsonb_array_elements_text(g.codes)) AND c.valid_to IS NULL AND NOT a.is_deleted
      ORDER BY c.code = g.code DESC, a.has_history DESC, a.key LIMIT 1) open ON true
  ORDER BY place`;

/** Rows of a list of codes by the agencies that they speak of. */
async function toOwners(client: PoolClient, rows: readonly AgencyRow[]): Promise<readonly AgencyRow[]> {
  const asked = JSON.stringify(rows.map(({ code, codes }) => ({ code, codes })));
  const { rows: found } = await client.query<{ key: string | null; is_deleted: boolean }>(match, [asked]);
  return rows.flatMap((row, index) => {
    const owner = found[index];
    return owner?.is_deleted ? [] : [{ ...row, key: owner?.key ?? row.key }];
  });
}

/** What a row says of its codes. */
const toCodeRows = ({ key, codes, is_deleted }: AgencyRow) =>
  codes.map((code) => ({ key, code, is_deleted }));

async function writeAgencies(client: PoolClient, rows: readonly AgencyRow[]): Promise<number> {
  const json = JSON.stringify(rows.map(({ codes: _, ...row }) => row));
  for (const step of Object.values(steps)) await client.query(step, [json]);
  return (await client.query(begin, [json])).rowCount ?? 0;
}

async function writeCodes(client: PoolClient, rows: readonly AgencyRow[]): Promise<void> {
  const codes = new Map(rows.flatMap(toCodeRows).map((row) => [`${row.key} ${row.code}`, row]));
  const json = JSON.stringify([...codes.values()]);
  for (const step of codeSteps) await client.query(step, [json]);
}

/** Writes a batch inside the caller's transaction. */
export async function writeBatch(client: PoolClient, rows: readonly AgencyRow[]): Promise<BatchCount> {
  const owned = rows[0]?.has_history === false ? await toOwners(client, rows) : rows;
  // Of two rows about one agency the first counts.
  const first = new Map([...owned].reverse().map((row) => [row.key, row]));
  const versions = await writeAgencies(client, [...first.values()]);
  await writeCodes(client, rows[0]?.has_history === false ? owned : [...first.values()]);
  return { versions, passedOver: rows.length - first.size };
}
