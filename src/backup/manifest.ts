// What a backup says of itself: readable by everybody, and proved by the backup key to be as it was written.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../blobs/folder-sync.ts';
import { toSystemCode } from '../database/start-error.ts';
import { toCanonical } from '../evidence/canonical.ts';

/** A sealed file: `sha256` and `bytes` are of what it holds. */
export interface FileEntry {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A table as it was copied. */
export interface TableEntry extends FileEntry {
  readonly name: string;
  /** In the order in which they stand in a row of the file. */
  readonly columns: readonly string[];
  readonly rows: number;
}

/** The manifest of a backup. Times are ISO 8601 in UTC. */
export interface Manifest {
  readonly format: 1;
  readonly hub: string;
  readonly environment: string;
  readonly madeAt: string;
  readonly schema: readonly { readonly name: string; readonly sha256: string }[];
  /** The exchange log: numbered leaves, and the newest signed head. */
  readonly log: {
    readonly number: number;
    readonly base: string;
    readonly origin: string;
    readonly leaves: number;
    readonly checkpoint?: { readonly size: number; readonly note: string; readonly signedAt: string };
  };
  readonly tables: readonly TableEntry[];
  readonly partitions: readonly { readonly name: string; readonly parent: string; readonly bound: string }[];
  /** `value` is the last number given; `called` is false when none was. */
  readonly sequences: readonly { readonly name: string; readonly value: string; readonly called: boolean }[];
  /** `gone`: named when the backup began, and removed by the hub before their turn came. */
  readonly blobs: FileEntry & { readonly count: number; readonly fileBytes: number; readonly gone: number };
  /** What is not in it. */
  readonly without: readonly string[];
}

/** The folder of a backup and what its manifest says. */
export interface FoundBackup {
  /** Of this backup. */
  readonly folder: string;
  /** Of all backups, with the blobs that they share. */
  readonly root: string;
  readonly manifest: Manifest;
}

/** What a folder that is none is called, in one sentence. */
export class BrokenBackup extends Error {}

const manifestName = 'manifest.json';
/** Names of backups, in the order of their times. */
export const backupName = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/;

const toMac = (manifest: Manifest, key: Buffer): string =>
  createHmac('sha256', key)
    .update(`manifest of a backup\n${toCanonical(manifest)}`)
    .digest('base64');

/** Writes the manifest, which makes a backup of the folder; it is on the disk when this resolves. */
export async function writeManifest(folder: string, manifest: Manifest, key: Buffer): Promise<void> {
  const unfinished = join(folder, `${manifestName}.new`);
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ manifest, mac: toMac(manifest, key) }, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, join(folder, manifestName));
  await syncFolder(folder);
}

function isSigned(value: unknown): value is { readonly manifest: Manifest; readonly mac: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'manifest' in value &&
    typeof value.manifest === 'object' &&
    value.manifest !== null &&
    'mac' in value &&
    typeof value.mac === 'string'
  );
}

async function readManifest(folder: string, key: Buffer): Promise<Manifest> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(folder, manifestName), 'utf8'));
  } catch (error) {
    if (toSystemCode(error) === 'ENOENT')
      throw new BrokenBackup(`${folder} has no manifest: it is no backup, or one that was never finished`);
    throw new BrokenBackup(`the manifest of ${folder} cannot be read`, { cause: error });
  }
  if (!isSigned(value)) throw new BrokenBackup(`the manifest of ${folder} is not one`);
  const expected = Buffer.from(toMac(value.manifest, key));
  const given = Buffer.from(value.mac);
  // What follows trusts every member: the key that made the MAC wrote them.
  if (expected.length !== given.length || !timingSafeEqual(expected, given))
    throw new BrokenBackup(
      `the manifest of ${folder} is not as it was written, or was made with another backup key`,
    );
  if (value.manifest.format !== 1) throw new BrokenBackup(`${folder} was made by a newer program`);
  return value.manifest;
}

/**
 * The backup of a folder, or the newest one in a folder of backups.
 * @throws BrokenBackup when there is none, or its manifest is not as it was written
 */
export async function findBackup(folder: string, key: Buffer): Promise<FoundBackup> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new BrokenBackup(`${folder} cannot be read`, { cause });
  });
  const newest = names
    .filter((name) => backupName.test(name))
    .sort()
    .at(-1);
  if (newest !== undefined) {
    const place = join(folder, newest);
    return { folder: place, root: folder, manifest: await readManifest(place, key) };
  }
  const manifest = await readManifest(folder, key);
  const root = join(folder, '..');
  await stat(join(root, 'blobs')).catch((cause: unknown) => {
    throw new BrokenBackup(`${root} lacks the folder blobs that its backups share`, { cause });
  });
  return { folder, root, manifest };
}
