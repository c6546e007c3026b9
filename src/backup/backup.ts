// Makes a backup beside a working hub: one snapshot of the database, table by table, and the blobs that it names. It takes
// no lock that a hub waits for, and holds one table at a time.
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { syncFolder } from '../blobs/folder-sync.ts';
import { connect } from '../database/session-check.ts';
import { StartError, toFolderError } from '../database/start-error.ts';
import type { BackupKey } from './backup-key.ts';
import { createBlobCopier, toBlobLine } from './blob-copies.ts';
import { readPartitions, readSequences, readTables, type Table, toCopyQuery } from './catalogue.ts';
import {
  backupName,
  type FileEntry,
  findBackup,
  type Manifest,
  type TableEntry,
  writeManifest,
} from './manifest.ts';
import { toLines } from './rows.ts';
import { readSealed, writeSealed } from './sealed-files.ts';

/** What a backup is made from, and where it goes. */
export interface BackupOptions {
  /** The database as its owner. */
  readonly ownerUrl: string;
  /** BLOB_DIR. */
  readonly blobFolder: string;
  /** Folder of all backups of this hub; made when it is missing. */
  readonly out: string;
  readonly key: BackupKey;
  readonly now?: () => Date;
  /** Told of each table and of blobs, in one line each. */
  readonly onProgress?: (text: string) => void;
}

/** `lgsp` and `bak` in ASCII: held by the one that makes a backup of this database. */
const lockKeys = [0x6c677370, 0x62616b] as const;
const blobsAtOnce = 500;

const without = [
  'KEY_DIR: without the keys the backup opens nothing that they seal',
  'the backup key itself',
  'SETTINGS_FILE and the environment variables',
  'uploads that were not finished',
  'which processes were running',
];

async function openSession(ownerUrl: string): Promise<pg.Client> {
  const { client } = await connect(ownerUrl, 'DATABASE_OWNER_URL');
  await client.query(
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '30s'; SET search_path = public",
  );
  return client;
}

const beginReading = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

interface HubRow {
  readonly hub: string;
  readonly environment: string;
  readonly number: number;
  readonly base: string;
  readonly origin: string;
  readonly leaves: string;
  readonly size: string | null;
  readonly note: string | null;
  readonly signed_at: Date | null;
}

async function readHub(client: pg.Client): Promise<HubRow> {
  const { rows } = await client.query<HubRow>(
    `SELECT h.id AS hub, h.environment, l.number, l.base, l.origin, t.size AS leaves, c.size, c.note, c.signed_at
     FROM hub h CROSS JOIN tree_head t CROSS JOIN log l
     LEFT JOIN LATERAL (SELECT size, note, signed_at FROM checkpoint ORDER BY size DESC LIMIT 1) c ON true
     WHERE l.ended_at IS NULL`,
  );
  if (!rows[0])
    throw new StartError('the database has no log yet: start the hub once before its first backup');
  return rows[0];
}

const readSchema = async (client: pg.Client): Promise<Manifest['schema']> =>
  (await client.query<{ name: string; sha256: string }>('SELECT name, sha256 FROM migration ORDER BY number'))
    .rows;

/** Runs queries in transactions of their own that all see the leader's snapshot, so that no lock outlasts its table. */
function createReader(client: pg.Client, snapshot: string) {
  return async <T>(read: () => Promise<T>): Promise<T> => {
    await client.query(`${beginReading}; SET TRANSACTION SNAPSHOT ${client.escapeLiteral(snapshot)}`);
    const result = await read();
    await client.query('COMMIT');
    return result;
  };
}

async function copyTable(client: pg.Client, folder: string, key: Buffer, table: Table): Promise<TableEntry> {
  const stream = client.query(copyTo(`COPY (${toCopyQuery(client, table)}) TO STDOUT`));
  const entry = await writeSealed(folder, join('tables', `${table.name}.rows`), key, stream);
  return { ...table, ...entry, rows: stream.rowCount };
}

/** Names that the database does not hold any more: what was purged since the backup began. */
async function readUnnamed(ownerUrl: string, missing: readonly string[]): Promise<readonly string[]> {
  const client = await openSession(ownerUrl);
  try {
    const { rows } = await client.query<{ sha256: string }>(
      'SELECT m AS sha256 FROM unnest($1::text[]) AS m WHERE NOT EXISTS (SELECT FROM named_blob n WHERE n.sha256 = m)',
      [missing],
    );
    return rows.map(({ sha256 }) => sha256);
  } finally {
    await client.end();
  }
}

/** The names of blobs in the snapshot, in their order. */
async function copyNames(client: pg.Client, folder: string, key: Buffer): Promise<FileEntry> {
  const names = 'SELECT DISTINCT sha256 FROM named_blob WHERE sha256 IS NOT NULL ORDER BY sha256';
  return writeSealed(folder, 'blobs.names', key, client.query(copyTo(`COPY (${names}) TO STDOUT`)));
}

/** Copies blobs; nothing of the database is held meanwhile. */
async function copyBlobs(
  { ownerUrl, blobFolder, key: { key }, onProgress = () => {} }: BackupOptions,
  { root, folder }: { readonly root: string; readonly folder: string },
  names: FileEntry,
): Promise<Manifest['blobs']> {
  const copier = createBlobCopier(blobFolder, root);
  const missing: string[] = [];
  let [count, made, fileBytes] = [0, 0, 0];
  async function* toList(): AsyncGenerator<Buffer> {
    for await (const sha256 of toLines(await readSealed(folder, names, key))) {
      const copy = await copier.copy(sha256);
      if (!copy) {
        missing.push(sha256);
        continue;
      }
      count += 1;
      fileBytes += copy.fileBytes;
      if (copy.isNew) made += 1;
      if (count % blobsAtOnce === 0) onProgress(`blobs: ${count}, of which ${made} new`);
      yield Buffer.from(toBlobLine(copy));
    }
  }
  const entry = await writeSealed(folder, 'blobs.list', key, toList());
  await copier.end();
  await rm(join(folder, names.file));
  const gone = missing.length === 0 ? [] : await readUnnamed(ownerUrl, missing);
  const lost = missing.filter((sha256) => !gone.includes(sha256));
  if (lost.length > 0)
    throw new StartError(
      `BLOB_DIR lacks ${lost.length} blobs that the database names, such as ${lost[0]}; is it the hub's folder?`,
    );
  onProgress(`blobs: ${count}, of which ${made} new, ${fileBytes} bytes`);
  return { ...entry, count, fileBytes, gone: gone.length };
}

/** A folder for the next backup, which is none until it is renamed. Leftovers of those that broke off are removed. */
async function openFolder({ out, key }: BackupOptions, hub: string, name: string) {
  const root = resolve(out);
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const names = await readdir(root);
    for (const left of names.filter((other) => other.startsWith('unfinished-')))
      await rm(join(root, left), { recursive: true, force: true });
    if (names.some((other) => backupName.test(other))) {
      const { manifest } = await findBackup(root, key.key);
      if (manifest.hub !== hub) throw new StartError(`${root} holds backups of another hub`);
    }
    if (names.includes(name))
      throw new StartError(`${join(root, name)} exists already; try again in a second`);
    const folder = join(root, `unfinished-${name}`);
    await mkdir(join(folder, 'tables'), { recursive: true, mode: 0o700 });
    return { root, folder };
  } catch (error) {
    throw toFolderError(error, root);
  }
}

async function copyAll(leader: pg.Client, options: BackupOptions, at: Date) {
  const { key, onProgress = () => {} } = options;
  await leader.query(beginReading);
  const hub = await readHub(leader);
  if (hub.environment !== key.environment)
    throw new StartError(
      `the backup key is of the environment ${key.environment}, the database of ${hub.environment}`,
    );
  const { rows } = await leader.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
  const name = `${at.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  const place = await openFolder(options, hub.hub, name);
  const client = await openSession(options.ownerUrl);
  try {
    const inSnapshot = createReader(client, rows[0]?.snapshot ?? '');
    const [schema, tables, partitions] = await inSnapshot(async () => [
      await readSchema(client),
      await readTables(client),
      await readPartitions(client),
    ]);
    const copied: TableEntry[] = [];
    for (const table of tables) {
      const entry = await inSnapshot(() => copyTable(client, place.folder, key.key, table));
      copied.push(entry);
      onProgress(`${entry.name}: ${entry.rows} rows, ${entry.bytes} bytes`);
    }
    const names = await inSnapshot(() => copyNames(client, place.folder, key.key));
    const sequences = await readSequences(client);
    await leader.query('COMMIT');
    const blobs = await copyBlobs(options, place, names);
    if (JSON.stringify(await readSchema(client)) !== JSON.stringify(schema))
      throw new StartError('the schema was changed while the backup was made; make it again');
    const { number, base, origin, leaves, size, note, signed_at: signedAt } = hub;
    const checkpoint =
      size !== null && note !== null && signedAt !== null
        ? { checkpoint: { size: Number(size), note, signedAt: signedAt.toISOString() } }
        : {};
    const manifest: Manifest = {
      ...{ format: 1, hub: hub.hub, environment: hub.environment, madeAt: at.toISOString(), schema },
      log: { number, base, origin, leaves: Number(leaves), ...checkpoint },
      ...{ tables: copied, partitions, sequences, blobs, without },
    };
    await syncFolder(join(place.folder, 'tables'));
    await writeManifest(place.folder, manifest, key.key);
    const folder = join(place.root, name);
    await rename(place.folder, folder);
    await syncFolder(place.root);
    return { folder, root: place.root, manifest };
  } catch (error) {
    await rm(place.folder, { recursive: true, force: true });
    throw error;
  } finally {
    await client.end();
  }
}

/**
 * Makes a backup in a new folder below `out`, which is one only when all of it is on the disk.
 * @throws StartError in one sentence: another one is being made, the database or a folder cannot be used, a blob is missing
 */
export async function makeBackup(options: BackupOptions) {
  const leader = await openSession(options.ownerUrl);
  try {
    const { rows } = await leader.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS mine', [
      ...lockKeys,
    ]);
    if (!rows[0]?.mine) throw new StartError('a backup of this database is being made already');
    return await copyAll(leader, options, (options.now ?? (() => new Date()))());
  } finally {
    await leader.end();
  }
}
