// Loads the rows of a backup into an empty database of the backup's schema, in one transaction: all of it or nothing.
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type Migration, readMigrations } from '../database/migrate.ts';
import { StartError } from '../database/start-error.ts';
import { readTables, toNames } from './catalogue.ts';
import { BrokenBackup, type FoundBackup, type Manifest } from './manifest.ts';
import { readSealed } from './sealed-files.ts';

/**
 * The number of the last migration that the backup's schema has.
 * @throws StartError when this program does not know it, or knows another one of that name
 */
export function toSchemaNumber(
  schema: Manifest['schema'],
  known: readonly Migration[] = readMigrations(),
): number {
  for (const [n, { name, sha256 }] of schema.entries()) {
    const file = known[n];
    if (file?.name !== name)
      throw new StartError(
        `the backup has the schema of ${name}, which this program does not know; restore with the newer program`,
      );
    if (file.sha256 !== sha256)
      throw new StartError(`${name} is not the migration that the backup was made with`);
  }
  return known[schema.length - 1]?.number ?? 0;
}

/** @throws StartError when the database holds anything */
export async function checkEmpty(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
       AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') LIMIT 1`,
  );
  if (rows[0])
    throw new StartError(
      `the database is not empty (it has ${rows[0].name}); a backup is restored into a new database only`,
    );
}

interface Statement {
  readonly off: string;
  readonly on: string;
}

/** Foreign keys, taken away while rows come in any order and checked as a whole afterwards. */
async function readForeignKeys(client: pg.ClientBase): Promise<readonly Statement[]> {
  const { rows } = await client.query<Statement>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS off,
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS on
     FROM pg_constraint
     WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace ORDER BY oid`,
  );
  return rows;
}

/** Triggers, which did their work when the rows were first written. */
async function readTriggers(client: pg.ClientBase): Promise<readonly Statement[]> {
  const { rows } = await client.query<Statement>(
    `SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) AS off,
       format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname) AS on
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE NOT tgisinternal AND tgenabled = 'O' AND tgparentid = 0 AND c.relnamespace = 'public'::regnamespace
     ORDER BY t.oid`,
  );
  return rows;
}

async function makePartitions(client: pg.ClientBase, { partitions }: Manifest): Promise<void> {
  for (const { name, parent, bound } of partitions)
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${client.escapeIdentifier(name)}
       PARTITION OF ${client.escapeIdentifier(parent)} ${bound}`,
    );
}

async function loadTable(
  client: pg.ClientBase,
  { folder }: FoundBackup,
  key: Buffer,
  table: Manifest['tables'][number],
): Promise<void> {
  const { name, columns, rows } = table;
  const target = client.query(
    copyFrom(`COPY ${client.escapeIdentifier(name)} (${toNames(client, columns)}) FROM STDIN`),
  );
  await pipeline(await readSealed(folder, table, key), target);
  if (target.rowCount !== rows)
    throw new BrokenBackup(`${target.rowCount} rows of ${name} were loaded, not ${rows}`);
}

/** Beyond every number that may have been given out after the backup. */
const leap = 1_000_000n;

async function setSequences(client: pg.ClientBase, { sequences }: Manifest): Promise<void> {
  for (const { name, value } of sequences)
    await client.query(
      `SELECT setval($1::regclass, least($2::bigint + $3::bigint, (SELECT seqmax FROM pg_sequence
         WHERE seqrelid = $1::regclass)))`,
      [client.escapeIdentifier(name), value, String(leap)],
    );
}

/**
 * Fills the tables in the caller's transaction. The log that was being written is marked as ended, so that no hub starts on
 * it before it is followed by another one.
 * @throws BrokenBackup; StartError when the schema is not the backup's
 */
export async function loadTables(
  client: pg.ClientBase,
  backup: FoundBackup,
  key: Buffer,
  onProgress: (text: string) => void,
): Promise<void> {
  const { manifest } = backup;
  const present = (await readTables(client)).map(({ name }) => name);
  const strangers = manifest.tables.filter(({ name }) => !present.includes(name));
  if (strangers[0]) throw new StartError(`there is no table ${strangers[0].name} in this schema`);
  const [foreignKeys, triggers] = [await readForeignKeys(client), await readTriggers(client)];
  for (const { off } of [...foreignKeys, ...triggers]) await client.query(off);
  await client.query(`TRUNCATE ${toNames(client, present)}`);
  await makePartitions(client, manifest);
  for (const table of manifest.tables) {
    await loadTable(client, backup, key, table);
    onProgress(`${table.name}: ${table.rows} rows`);
  }
  await setSequences(client, manifest);
  for (const { on } of [...foreignKeys, ...triggers]) await client.query(on);
  await client.query('UPDATE log SET ended_at = clock_timestamp() WHERE ended_at IS NULL');
}
