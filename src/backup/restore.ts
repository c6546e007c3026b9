// Restores a backup into an empty database and an empty BLOB_DIR. Everything is verified before the first row is written;
// a hub starts on the result only when all of it is there.
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { syncFolder } from '../blobs/folder-sync.ts';
import { prepareDatabase } from '../database/migrate.ts';
import { connect } from '../database/session-check.ts';
import { StartError, toFolderError, toSystemCode } from '../database/start-error.ts';
import { parseVerifierKey, toVerifierKey, type VerifierKey } from '../evidence/note.ts';
import { toLogNumber, toOrigin } from '../evidence/origin.ts';
import { checkKeys } from '../key-check.ts';
import type { Keys } from '../keys.ts';
import type { BackupKey } from './backup-key.ts';
import { parseBlobLine, putBack } from './blob-copies.ts';
import { checkEmpty, loadTables, toSchemaNumber } from './load.ts';
import { type FoundBackup, findBackup } from './manifest.ts';
import {
  beginNextLog,
  checkKnownHead,
  type KnownHead,
  type RestoredLog,
  readKnownHeads,
} from './next-log.ts';
import { toLines } from './rows.ts';
import { readSealed } from './sealed-files.ts';
import { leaveRoom, stopUnsure } from './unsure.ts';
import { verifyBackup } from './verify.ts';

/** What is restored, and where. */
export interface RestoreOptions {
  readonly from: string;
  readonly key: BackupKey;
  readonly hubUrl: string;
  readonly ownerUrl: string;
  readonly blobFolder: string;
  /** The hub's keys, those that the backup's hub had. */
  readonly keys: Keys;
  /** Signed heads that were kept outside the database: the lost leaves are counted from them. */
  readonly lastKnown: readonly string[];
  /** Why, in the words of the person who does it. */
  readonly reason: string;
  readonly officerId?: string | undefined;
  /** Number of the new log; default the one after all that are known. */
  readonly number?: number | undefined;
  readonly onProgress?: (text: string) => void;
}

/** What came of a restore. */
export interface Restored {
  readonly origin: string;
  readonly logKey: string;
  readonly logs: readonly RestoredLog[];
  /** Dispatches that wait for a person. */
  readonly unsure: number;
  readonly blobs: number;
}

const restoresName = 'restores.txt';

async function checkBlobFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder))
      if ((await readdir(join(folder, name))).length > 0)
        throw new StartError(`BLOB_DIR ${folder} is not empty; a backup is restored into a new folder only`);
  } catch (error) {
    throw toFolderError(error, folder);
  }
}

/** Names of logs that restores of these backups have begun. */
async function readEarlier(root: string): Promise<readonly string[]> {
  try {
    return (await readFile(join(root, restoresName), 'utf8')).split('\n').filter((line) => line !== '');
  } catch (error) {
    if (toSystemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The number of the new log: no log that is known of had it. It is noted beside the backups before it is used. */
async function takeNumber(
  { root, manifest }: FoundBackup,
  known: readonly KnownHead[],
  wanted: number | undefined,
): Promise<number> {
  const { base } = manifest.log;
  const earlier = (await readEarlier(root)).map((origin) => toLogNumber(base, origin) ?? 1);
  const highest = Math.max(manifest.log.number, ...known.map(({ number }) => number), ...earlier);
  if (wanted !== undefined && wanted <= highest)
    throw new StartError(`the log ${highest} exists already: the number must be larger`);
  const number = wanted ?? highest + 1;
  try {
    await appendFile(join(root, restoresName), `${toOrigin(base, number)}\n`, { mode: 0o600, flush: true });
  } catch (error) {
    if (wanted === undefined)
      throw new StartError(
        `${root} cannot be written, so nobody would know that ${toOrigin(base, number)} was begun; give the number of the new log with --log-number`,
        error,
      );
  }
  return number;
}

async function inTransaction<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { client } = await connect(ownerUrl, 'DATABASE_OWNER_URL');
  try {
    await client.query(
      'SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET search_path = public',
    );
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } finally {
    await client.end();
  }
}

async function putBlobsBack(backup: FoundBackup, key: Buffer, blobFolder: string): Promise<void> {
  const prefixes = new Set<string>();
  for await (const line of toLines(await readSealed(backup.folder, backup.manifest.blobs, key))) {
    const copy = parseBlobLine(line);
    await putBack(backup.root, copy, blobFolder);
    prefixes.add(copy.sha256.slice(0, 2));
  }
  for (const prefix of prefixes) await syncFolder(join(blobFolder, prefix));
  await syncFolder(blobFolder);
}

async function followLog(
  client: pg.Client,
  options: RestoreOptions,
  backup: FoundBackup,
  known: readonly KnownHead[],
): Promise<Pick<Restored, 'origin' | 'logs' | 'unsure'>> {
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const time = { at: new Date(), databaseAt: rows[0]?.now ?? new Date() };
  const { log, madeAt: backupAt } = backup.manifest;
  const number = await takeNumber(backup, known, options.number);
  const { reason, officerId, keys } = options;
  const next = { old: log, number, known, backupAt, time, reason, officerId };
  const logs = await beginNextLog(client, next);
  const unsure = await stopUnsure(client, { keys, now: () => time, onRecorded: () => undefined });
  await leaveRoom(client);
  return { origin: toOrigin(log.base, number), logs, unsure };
}

async function checkKeyFolder({ ownerUrl, keys }: RestoreOptions): Promise<void> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1 });
  try {
    await checkKeys(pool, keys);
  } finally {
    await pool.end();
  }
}

/**
 * Restores a backup; the hub that starts on it afterwards writes a new log.
 * @throws BrokenBackup; StartError when database or folder are not empty, the schema is newer, keys or heads do not fit
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { from, key, hubUrl, ownerUrl, blobFolder, keys, onProgress = () => {} } = options;
  const keyOf = (origin: string): VerifierKey => parseVerifierKey(toVerifierKey(origin, keys.log));
  const { manifest } = await findBackup(from, key.key);
  const upTo = toSchemaNumber(manifest.schema);
  const known = readKnownHeads(options.lastKnown, manifest.log.base, keyOf);
  await checkBlobFolder(blobFolder);
  await inTransaction(ownerUrl, checkEmpty);
  onProgress('verifying the backup');
  const rootsAt = known.map(({ size }) => size);
  const backup = await verifyBackup({ folder: from, key: key.key, keyOf, rootsAt });
  for (const log of backup.logs) checkKnownHead(log, known);
  const { environment } = manifest;
  await prepareDatabase({ hubUrl, ownerUrl, environment, upTo });
  await putBlobsBack(backup, key.key, blobFolder);
  onProgress(`blobs: ${manifest.blobs.count}`);
  await inTransaction(ownerUrl, (client) => loadTables(client, backup, key.key, onProgress));
  await prepareDatabase({ hubUrl, ownerUrl, environment });
  await checkKeyFolder(options);
  const followed = await inTransaction(ownerUrl, (client) => followLog(client, options, backup, known));
  const { client } = await connect(ownerUrl, 'DATABASE_OWNER_URL');
  await client.query('ANALYZE').finally(() => client.end());
  return {
    ...followed,
    logKey: toVerifierKey(followed.origin, keys.log),
    blobs: manifest.blobs.count,
  };
}
