// Restores a backup into an empty database and an empty BLOB_DIR. Everything is verified before the first row is written;
// a hub starts on the result only when all of it is there.
import { access, constants, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { syncFolder } from '../blobs/folder-sync.ts';
import { prepareDatabase } from '../database/migrate.ts';
import type { DatabaseUrls } from '../database/roles.ts';
import { connect } from '../database/session-check.ts';
import { StartError, toFolderError } from '../database/start-error.ts';
import { readAnchor, writeAnchor } from '../evidence/anchor/anchor-file.ts';
import { toEmptyHead } from '../evidence/anchor/obstacles.ts';
import { parseVerifierKey, toVerifierKey } from '../evidence/note.ts';
import { toOrigin } from '../evidence/origin.ts';
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
import { takeNumber } from './next-number.ts';
import { toLines } from './rows.ts';
import { readSealed } from './sealed-files.ts';
import { leaveRoom, stopUnsure } from './unsure.ts';
import { verifyBackup } from './verify.ts';

/** What is restored, and where. */
export interface RestoreOptions extends DatabaseUrls {
  readonly from: string;
  readonly key: BackupKey;
  readonly ownerUrl: string;
  readonly blobFolder: string;
  /** The hub's keys, those that the backup's hub had. */
  readonly keys: Keys;
  /** Signed heads that were kept outside the database: the lost leaves are counted from them. */
  readonly lastKnown: readonly string[];
  /** ANCHOR_FILE: the head in it is one that was kept, and the new log's takes its place at the end. */
  readonly anchorFile?: string | undefined;
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

/** `lgsp` and `rst` in ASCII: held by the one that restores into a database. */
const lockKeys = [0x6c677370, 0x727374] as const;

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
  const highest = Math.max(log.number, ...known.map((head) => head.number));
  const number = await takeNumber(backup, highest, options.number);
  const { reason, officerId, keys } = options;
  const next = { old: log, number, known, backupAt, time, reason, officerId };
  const logs = await beginNextLog(client, next);
  const unsure = await stopUnsure(client, { keys, now: () => time, onRecorded: () => undefined });
  await leaveRoom(client);
  const origin = toOrigin(log.base, number);
  // Not the newest that the backup knows: since then it may have been rotated because it was stolen.
  await client.query('INSERT INTO log_key (key) VALUES ($1)', [toVerifierKey(origin, keys.newestLogKey())]);
  return { origin, logs, unsure };
}

async function checkKeyFolder({ ownerUrl, keys }: RestoreOptions): Promise<void> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1 });
  try {
    await checkKeys(pool, keys);
  } finally {
    await pool.end();
  }
}

/** The head in the anchor file; none: there is no file. @throws StartError when it cannot be read or written */
async function openAnchor({ anchorFile }: RestoreOptions): Promise<readonly string[]> {
  if (anchorFile === undefined) return [];
  try {
    await access(dirname(anchorFile), constants.W_OK);
    return (await readAnchor(anchorFile)) ? [await readFile(anchorFile, 'utf8')] : [];
  } catch (error) {
    throw new StartError(
      `ANCHOR_FILE ${anchorFile} cannot be read and written; what it knows is part of what was lost`,
      error,
    );
  }
}

/** No hub starts on the schema alone, as on a database that is new, while blobs are put back. */
const holdOpen = async (client: pg.Client, { manifest: { log } }: FoundBackup): Promise<void> => {
  await client.query(
    'INSERT INTO log (number, base, origin, ended_at) VALUES (1, $1, $1, clock_timestamp())',
    [log.base],
  );
};

async function restoreAlone(options: RestoreOptions): Promise<Restored> {
  const { from, key, ownerUrl, blobFolder, keys, anchorFile, onProgress = () => {} } = options;
  const trusted = keys.logKeys().map((one) => parseVerifierKey(toVerifierKey('log', one)));
  const { manifest } = await findBackup(from, key.key);
  const upTo = toSchemaNumber(manifest.schema);
  const lastKnown = [...options.lastKnown, ...(await openAnchor(options))];
  const known = readKnownHeads(lastKnown, manifest.log.base, trusted);
  await checkBlobFolder(blobFolder);
  await inTransaction(ownerUrl, checkEmpty);
  onProgress('verifying the backup');
  const rootsAt = known.map(({ size }) => size);
  const backup = await verifyBackup({ folder: from, key: key.key, trusted, rootsAt });
  for (const log of backup.logs) checkKnownHead(log, known);
  const { hubUrl, sequencerUrl, retentionUrl, registryUrl } = options;
  const target = { hubUrl, ownerUrl, sequencerUrl, retentionUrl, registryUrl };
  const { environment } = manifest;
  await prepareDatabase({ ...target, environment, upTo });
  await inTransaction(ownerUrl, (client) => holdOpen(client, backup));
  await putBlobsBack(backup, key.key, blobFolder);
  onProgress(`blobs: ${manifest.blobs.count}`);
  await inTransaction(ownerUrl, (client) => loadTables(client, backup, key.key, onProgress));
  await prepareDatabase({ ...target, environment });
  await checkKeyFolder(options);
  const followed = await inTransaction(ownerUrl, (client) => followLog(client, options, backup, known));
  const { client } = await connect(ownerUrl, 'DATABASE_OWNER_URL');
  await client.query('ANALYZE').finally(() => client.end());
  const { origin } = followed;
  const logKey = keys.newestLogKey();
  if (anchorFile !== undefined) await writeAnchor(anchorFile, toEmptyHead({ origin, key: logKey }).note);
  return { ...followed, logKey: toVerifierKey(origin, logKey), blobs: manifest.blobs.count };
}

/**
 * Restores a backup; the hub that starts on it afterwards writes a new log, signed by the newest key of its folder.
 * @throws BrokenBackup; StartError when database or folder are not empty, another restore works on the database, the schema
 *   is newer, keys or heads do not fit
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { client } = await connect(options.ownerUrl, 'DATABASE_OWNER_URL');
  try {
    await client.query('SET idle_session_timeout = 0');
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS mine', [
      ...lockKeys,
    ]);
    if (!rows[0]?.mine) throw new StartError('a backup is being restored into this database already');
    return await restoreAlone(options);
  } finally {
    await client.end();
  }
}
