// The key that seals backups: a file of its own, never in the folder of the hub's keys, so that who has one has not both.
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartError, toFolderError, toSystemCode } from '../database/start-error.ts';

const kind = 'backup';
const keyBytes = 32;

/** A backup key and the environment that it was made for. */
export interface BackupKey {
  readonly environment: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

function checkPlace(file: string): void {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'log.json')) || existsSync(join(folder, 'field.json')))
      throw new StartError(
        `${folder} holds the hub's keys; keep the backup key elsewhere, so that no one folder opens everything`,
      );
    if (folder === dirname(folder)) return;
  }
}

/**
 * Makes the key of `file`, 0600.
 * @throws StartError when the file exists, lies in a folder of the hub's keys, or cannot be written
 */
export function createBackupKey(file: string, environment: string): void {
  const path = resolve(file);
  checkPlace(path);
  try {
    const handle = openSync(path, 'wx', 0o600);
    try {
      writeSync(handle, JSON.stringify({ environment, kind, key: randomBytes(keyBytes).toString('base64') }));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (toSystemCode(error) === 'EEXIST')
      throw new StartError(`${path} exists; a backup key is never overwritten`, error);
    throw toFolderError(error, dirname(path));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws StartError when it cannot be read, is no backup key, or lies among the hub's keys */
export function openBackupKey(file: string): BackupKey {
  const path = resolve(file);
  checkPlace(path);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(
      `the backup key ${path} cannot be read; npx lgsp keys create-backup makes one`,
      error,
    );
  }
  const stored = parse(text);
  if (
    typeof stored !== 'object' ||
    stored === null ||
    !('kind' in stored && 'environment' in stored && 'key' in stored) ||
    stored.kind !== kind ||
    typeof stored.environment !== 'string' ||
    typeof stored.key !== 'string'
  )
    throw new StartError(`${path} is not a backup key`);
  const key = Buffer.from(stored.key, 'base64');
  if (key.length !== keyBytes) throw new StartError(`${path} is not a backup key`);
  return { environment: stored.environment, key };
}
