// Verifies a whole backup without a database: every byte of every file, every blob, and the logs in it.
import type { VerifierKey } from '../evidence/note.ts';
import { checkBlob, parseBlobLine } from './blob-copies.ts';
import { BrokenBackup, type FoundBackup, findBackup } from './manifest.ts';
import { toLines } from './rows.ts';
import { readSealed } from './sealed-files.ts';
import { type LogProof, proveLogs } from './verify-log.ts';

/** A backup of which everything was found to be as it was written. */
export interface VerifiedBackup extends FoundBackup {
  /** Of each log, oldest first. */
  readonly logs: readonly LogProof[];
}

/** What a backup is verified with. */
export interface VerifyOptions {
  /** A backup, or the folder of several: then the newest one. */
  readonly folder: string;
  readonly key: Buffer;
  /** Keys of the hub's logs, of any name, one of which is to have signed; none: it is not asked who signed. */
  readonly trusted: readonly VerifierKey[];
  /** Numbers of leaves whose roots are wanted of each log. */
  readonly rootsAt?: readonly number[];
  readonly onProgress?: (text: string) => void;
}

async function checkRows(
  backup: FoundBackup,
  key: Buffer,
  onProgress: (text: string) => void,
): Promise<void> {
  for (const table of backup.manifest.tables) {
    let rows = 0;
    for await (const chunk of await readSealed(backup.folder, table, key)) {
      const bytes: Buffer = chunk;
      for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) rows += 1;
    }
    if (rows !== table.rows)
      throw new BrokenBackup(`the table ${table.name} has ${rows} rows, not ${table.rows}`);
    onProgress(`${table.name}: ${rows} rows`);
  }
}

async function checkBlobs(backup: FoundBackup, key: Buffer): Promise<void> {
  const { blobs } = backup.manifest;
  let count = 0;
  for await (const line of toLines(await readSealed(backup.folder, blobs, key))) {
    await checkBlob(backup.root, parseBlobLine(line));
    count += 1;
  }
  if (count !== blobs.count) throw new BrokenBackup(`the list has ${count} blobs, not ${blobs.count}`);
}

/**
 * Verifies a backup.
 * @throws BrokenBackup, or Error of a signature, with what is wrong
 */
export async function verifyBackup(options: VerifyOptions): Promise<VerifiedBackup> {
  const { folder, key, trusted, rootsAt = [], onProgress = () => {} } = options;
  const backup = await findBackup(folder, key);
  try {
    await checkRows(backup, key, onProgress);
    await checkBlobs(backup, key);
    const logs = await proveLogs(backup, key, trusted, rootsAt);
    const current = logs.at(-1);
    const { log } = backup.manifest;
    if (current?.origin !== log.origin || current.leaves !== log.leaves)
      throw new BrokenBackup('the log is not the one that the manifest names');
    if (current.size !== (log.checkpoint?.size ?? 0))
      throw new BrokenBackup('the newest head is not the one that the manifest names');
    return { ...backup, logs };
  } catch (error) {
    // A damaged chunk ends the stream with the reader's own error.
    if (
      error instanceof Error &&
      /is not as it was written$/.test(error.message) &&
      !(error instanceof BrokenBackup)
    )
      throw new BrokenBackup(`the backup is broken: ${error.message}`, { cause: error });
    throw error;
  }
}
