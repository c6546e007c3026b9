// Blobs of a hub and of its backups: files that are sealed already, copied as they are. In the backup a name also holds the
// SHA-256 of the file, so that a copy can be checked without the key that seals it, and is made only once.
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../blobs/folder-sync.ts';
import { toSystemCode } from '../database/start-error.ts';
import { BrokenBackup } from './manifest.ts';

/** A blob in a backup: its content's SHA-256, and that of the sealed file. */
export interface BlobCopy {
  readonly sha256: string;
  readonly fileSha256: string;
  readonly fileBytes: number;
}

const pieceBytes = 262_144;
const copyName = /^([0-9a-f]{64})\.([0-9a-f]{64})$/;

const toPrefix = (sha256: string): string => sha256.slice(0, 2);

/** Copies a file, hashing it on the way; it is on the disk when this resolves. @returns undefined when it is not there */
async function copyHashed(
  from: string,
  to: string,
): Promise<{ readonly sha256: string; readonly bytes: number } | undefined> {
  const source = await open(from, 'r').catch((error: unknown) => {
    if (toSystemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!source) return undefined;
  try {
    const target = await open(to, 'wx', 0o600);
    try {
      const hash = createHash('sha256');
      const piece = Buffer.allocUnsafe(pieceBytes);
      let bytes = 0;
      for (;;) {
        const { bytesRead } = await source.read(piece, 0, pieceBytes);
        if (bytesRead === 0) break;
        hash.update(piece.subarray(0, bytesRead));
        await target.writeFile(piece.subarray(0, bytesRead));
        bytes += bytesRead;
      }
      await target.datasync();
      return { sha256: hash.digest('hex'), bytes };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function fileSize(path: string): Promise<number> {
  const handle = await open(path, 'r');
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/**
 * Puts blobs into the folder `blobs` of backups; asked for in the order of their names, it looks at each folder once.
 * @param blobFolder BLOB_DIR
 */
export function createBlobCopier(blobFolder: string, root: string) {
  const blobs = join(root, 'blobs');
  let prefix = '';
  let held = new Map<string, string>();

  async function enter(next: string): Promise<void> {
    if (prefix !== '') await syncFolder(join(blobs, prefix));
    prefix = next;
    await mkdir(join(blobs, next), { recursive: true, mode: 0o700 });
    held = new Map();
    for (const name of await readdir(join(blobs, next))) {
      const [, sha256, fileSha256] = copyName.exec(name) ?? [];
      if (sha256 !== undefined && fileSha256 !== undefined) held.set(sha256, fileSha256);
      else await rm(join(blobs, next, name), { force: true });
    }
  }

  return {
    /** @returns the copy, and whether it was made now; undefined when the hub has no such blob */
    async copy(sha256: string): Promise<(BlobCopy & { readonly isNew: boolean }) | undefined> {
      if (toPrefix(sha256) !== prefix) await enter(toPrefix(sha256));
      const folder = join(blobs, prefix);
      const known = held.get(sha256);
      if (known !== undefined) {
        const fileBytes = await fileSize(join(folder, `${sha256}.${known}`));
        return { sha256, fileSha256: known, fileBytes, isNew: false };
      }
      const unfinished = join(folder, `${sha256}.new`);
      await rm(unfinished, { force: true });
      const copied = await copyHashed(join(blobFolder, prefix, sha256), unfinished);
      if (!copied) return undefined;
      await rename(unfinished, join(folder, `${sha256}.${copied.sha256}`));
      return { sha256, fileSha256: copied.sha256, fileBytes: copied.bytes, isNew: true };
    },
    /** Makes durable what was copied last. */
    async end(): Promise<void> {
      if (prefix !== '') await syncFolder(join(blobs, prefix));
      await mkdir(blobs, { recursive: true, mode: 0o700 });
      await syncFolder(blobs);
    },
  };
}

/** A line of the list of blobs. */
export const toBlobLine = ({ sha256, fileSha256, fileBytes }: BlobCopy): string =>
  `${sha256} ${fileSha256} ${fileBytes}\n`;

/** @throws BrokenBackup */
export function parseBlobLine(line: string): BlobCopy {
  const [, sha256, fileSha256, fileBytes] = /^([0-9a-f]{64}) ([0-9a-f]{64}) (\d+)$/.exec(line) ?? [];
  if (sha256 === undefined || fileSha256 === undefined)
    throw new BrokenBackup('the list of blobs is not one');
  return { sha256, fileSha256, fileBytes: Number(fileBytes) };
}

const toCopyPath = (root: string, { sha256, fileSha256 }: BlobCopy): string =>
  join(root, 'blobs', toPrefix(sha256), `${sha256}.${fileSha256}`);

function checkCopy(found: { readonly sha256: string; readonly bytes: number } | undefined, copy: BlobCopy) {
  if (!found) throw new BrokenBackup(`the blob ${copy.sha256} is missing`);
  if (found.sha256 !== copy.fileSha256 || found.bytes !== copy.fileBytes)
    throw new BrokenBackup(`the blob ${copy.sha256} is not as it was written`);
}

/** Reads a copy and compares it. @throws BrokenBackup when it is missing or altered */
export async function checkBlob(root: string, copy: BlobCopy): Promise<void> {
  const path = toCopyPath(root, copy);
  const handle = await open(path, 'r').catch(() => undefined);
  if (!handle) throw new BrokenBackup(`the blob ${copy.sha256} is missing`);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of handle.createReadStream({ highWaterMark: pieceBytes })) {
    hash.update(piece);
    bytes += piece.length;
  }
  checkCopy({ sha256: hash.digest('hex'), bytes }, copy);
}

/** Puts a copy back into BLOB_DIR. @throws BrokenBackup when it is missing or altered */
export async function putBack(root: string, copy: BlobCopy, blobFolder: string): Promise<void> {
  const folder = join(blobFolder, toPrefix(copy.sha256));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, copy.sha256);
  checkCopy(await copyHashed(toCopyPath(root, copy), path), copy);
}
