// Blobs in a folder, by the SHA-256 of their plain bytes, encrypted. Several processes may use one folder: a name appears
// whole or not at all, and the same content leads to the same name.
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toFolderError, toSystemCode } from '../database/start-error.ts';
import { createFolderMaker, syncFolder } from './folder-sync.ts';
import { openSealedFile, type SealedFile } from './sealed-reader.ts';
import { createSealedWriter } from './sealed-writer.ts';
import type { BlobName, BlobStore, BlobWriter } from './types.ts';

const leftOverMs = 24 * 3_600_000;
const unfinished = 'tmp';

const isMissing = (error: unknown): boolean => toSystemCode(error) === 'ENOENT';

/** @throws RangeError for what is no SHA-256 in lower-case hex */
function toPath(folder: string, sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError('a blob is named by 64 lower-case hex digits');
  return join(folder, sha256.slice(0, 2), sha256);
}

/** Removes the files of a folder that nobody has written to for a day. @returns how many */
async function removeOld(folder: string): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile() || Date.now() - found.mtimeMs < leftOverMs) continue;
    await unlink(path).catch(() => undefined);
    removed += 1;
  }
  return removed;
}

/**
 * Opens the store of a folder, which is made, 0700, when it is missing.
 * @param key 32 bytes, `Keys.blob`: seals new blobs
 * @param earlierKeys sealed blobs before; they still open
 * @throws StartError in one sentence when the folder cannot be made
 */
export function createBlobStore(folder: string, key: Buffer, earlierKeys: readonly Buffer[] = []): BlobStore {
  const keys = [key, ...earlierKeys];
  try {
    mkdirSync(join(folder, unfinished), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw toFolderError(error, folder);
  }
  const makeFolder = createFolderMaker(folder);

  async function openNamed(sha256: string): Promise<SealedFile> {
    const path = toPath(folder, sha256);
    const file = await openSealedFile(path, keys);
    if (file.sha256 === sha256) return file;
    await file.close();
    throw new Error(`the sealed file ${path} holds another content`);
  }

  /** Moves a synced file to its place; the same content that may lie there, whole or damaged, gives way to it. */
  async function place(temporary: string, { sha256 }: BlobName): Promise<void> {
    const path = toPath(folder, sha256);
    const parent = dirname(path);
    await makeFolder(parent);
    await rename(temporary, path);
    await syncFolder(parent);
  }

  async function begin(): Promise<BlobWriter> {
    const temporary = join(folder, unfinished, randomUUID());
    const file = await createSealedWriter(temporary, key);
    let placed: BlobName | undefined;
    return {
      write: file.write,
      async commit() {
        if (placed) return placed;
        const name = await file.end();
        await place(temporary, name);
        placed = name;
        return name;
      },
      abort: async () => (placed ? undefined : file.discard()),
    };
  }

  return {
    begin,
    async open(sha256, range = {}) {
      const file = await openNamed(sha256);
      try {
        return file.read(range);
      } catch (error) {
        await file.close();
        throw error;
      }
    },
    async has(sha256) {
      try {
        return (await stat(toPath(folder, sha256))).isFile();
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    async remove(sha256) {
      const path = toPath(folder, sha256);
      try {
        await unlink(path);
      } catch (error) {
        if (!isMissing(error)) throw error;
        return;
      }
      await syncFolder(dirname(path));
    },
    async *names() {
      for (const entry of await readdir(folder, { withFileTypes: true }))
        if (entry.isDirectory() && /^[0-9a-f]{2}$/.test(entry.name))
          yield (await readdir(join(folder, entry.name))).filter((name) => /^[0-9a-f]{64}$/.test(name));
    },
    async removeOld(sha256, before) {
      const path = toPath(folder, sha256);
      const aside = join(folder, unfinished, randomUUID());
      try {
        await rename(path, aside);
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
      if ((await stat(aside)).mtime >= before) {
        await rename(aside, path);
        return false;
      }
      await unlink(aside);
      await syncFolder(dirname(path));
      return true;
    },
    removeLeftOvers: () => removeOld(join(folder, unfinished)),
  };
}
