// What the database holds besides its schema, asked from its own catalogue, so that no table is forgotten when one is added.
import type pg from 'pg';

/** A table to be copied. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Names processes that run now, and what roles of this server were granted: neither is so after a restore. */
const passing = ['migration', 'hub_process', 'work_lease', 'database_role'];

/** Tables, whole ones in the place of their partitions, with the columns that can be written. */
export async function readTables(client: pg.ClientBase): Promise<readonly Table[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND c.relname <> ALL ($1)
     GROUP BY c.relname ORDER BY c.relname`,
    [passing],
  );
  return rows;
}

/** A partition and what it takes. */
export interface Partition {
  readonly name: string;
  readonly parent: string;
  readonly bound: string;
}

/** Partitions, parents before their parts. */
export async function readPartitions(client: pg.ClientBase): Promise<readonly Partition[]> {
  const { rows } = await client.query<Partition>(
    `SELECT c.relname AS name, p.relname AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound
     FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
     WHERE c.relnamespace = 'public'::regnamespace AND c.relispartition AND c.relkind IN ('r', 'p')
     ORDER BY c.oid`,
  );
  return rows;
}

/** A sequence and how far it is. */
export interface Sequence {
  readonly name: string;
  readonly value: string;
  readonly called: boolean;
}

/** Sequences as they are now, which no snapshot holds: read after what they numbered, so that they are never behind it. */
export async function readSequences(client: pg.ClientBase): Promise<readonly Sequence[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' ORDER BY 1`,
  );
  const all: Sequence[] = [];
  for (const { name } of rows) {
    const read = await client.query<{ value: string; called: boolean }>(
      `SELECT last_value::text AS value, is_called AS called FROM ${client.escapeIdentifier(name)}`,
    );
    if (read.rows[0]) all.push({ name, ...read.rows[0] });
  }
  return all;
}

/** A list of names as SQL has it. */
export const toNames = (client: pg.ClientBase, names: readonly string[]): string =>
  names.map((name) => client.escapeIdentifier(name)).join(', ');

/** Rows that are read back in this order, so that the log can be proved without holding it in memory. */
const orders: Readonly<Record<string, string>> = {
  entry: `LEFT JOIN old_leaf o ON o.entry_id = t.id LEFT JOIN leaf l ON l.entry_id = t.id
    ORDER BY o.log, o.leaf_index, l.leaf_index, t.id`,
  leaf: 'ORDER BY t.leaf_index',
  old_leaf: 'ORDER BY t.log, t.leaf_index',
  checkpoint: 'ORDER BY t.size',
  old_checkpoint: 'ORDER BY t.log, t.size',
};

/** The query by which a table is copied. */
export function toCopyQuery(client: pg.ClientBase, { name, columns }: Table): string {
  const list = columns.map((column) => `t.${client.escapeIdentifier(column)}`).join(', ');
  return `SELECT ${list} FROM ${client.escapeIdentifier(name)} t ${orders[name] ?? ''}`;
}
