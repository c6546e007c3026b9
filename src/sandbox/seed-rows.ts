// Adds rows that are missing and brings rights up to date, many at once: a second start writes nothing at all.
import type { ClientBase } from 'pg';

/** A registry table as the seed fills it; table and column names come from this program only. */
export interface SeedTable {
  readonly name: string;
  /** Columns of its primary key. */
  readonly key: readonly string[];
  /** All of the same shape; Buffers go in as PostgreSQL's hex form, see `toBytea`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Columns that are brought up to date in rows that an administrator has not changed. */
  readonly rights?: {
    /** `administration_change.kind` of the table's rows. */
    readonly kind: string;
    readonly columns: readonly string[];
  };
}

/** The JSON form of a bytea. */
export const toBytea = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;

/** Inserts the rows whose key is not there yet; the table is not even touched when there are none. */
export async function insertMissing(client: ClientBase, { name, key, rows }: SeedTable): Promise<void> {
  const json = JSON.stringify(rows);
  const source = `jsonb_populate_recordset(NULL::${name}, $1::jsonb) AS fresh`;
  const join = key.map((column) => `kept.${column} = fresh.${column}`).join(' AND ');
  const missing = `NOT EXISTS (SELECT FROM ${name} AS kept WHERE ${join})`;
  const { rowCount } = await client.query(`SELECT FROM ${source} WHERE ${missing} LIMIT 1`, [json]);
  if (rowCount === 0) return;
  const columns = Object.keys(rows[0] ?? {}).join(', ');
  await client.query(`INSERT INTO ${name} (${columns}) SELECT ${columns} FROM ${source} WHERE ${missing}`, [
    json,
  ]);
}

/**
 * Gives the rows that an older version of the seed made what this version says. What stands in the history of
 * administration is left as its administrators want it; the table is not touched when nothing differs.
 */
export async function updateRights(client: ClientBase, { name, rows, rights }: SeedTable): Promise<void> {
  if (!rights) return;
  const list = (of: string): string => rights.columns.map((column) => `${of}.${column}`).join(', ');
  const source = `jsonb_populate_recordset(NULL::${name}, $1::jsonb) AS fresh`;
  const differs = `kept.id = fresh.id AND (${list('kept')}) IS DISTINCT FROM (${list('fresh')}) AND NOT EXISTS
    (SELECT FROM administration_change AS change WHERE change.kind = $2 AND change.target = kept.id)`;
  const values = [JSON.stringify(rows), rights.kind];
  const { rowCount } = await client.query(
    `SELECT FROM ${name} AS kept, ${source} WHERE ${differs} LIMIT 1`,
    values,
  );
  if (rowCount === 0) return;
  const assigned = rights.columns.map((column) => `${column} = fresh.${column}`).join(', ');
  await client.query(`UPDATE ${name} AS kept SET ${assigned} FROM ${source} WHERE ${differs}`, values);
}
