// Adds rows that are missing, many at once, and touches nothing that is there: a second start writes nothing at all.
import type { ClientBase } from 'pg';

/** A registry table as the seed fills it; table and column names come from this program only. */
export interface SeedTable {
  readonly name: string;
  /** Columns of its primary key. */
  readonly key: readonly string[];
  /** All of the same shape; Buffers go in as PostgreSQL's hex form, see `toBytea`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
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
