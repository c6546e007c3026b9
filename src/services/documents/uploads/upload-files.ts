// The bytes of uploads: one sealed file for each request that brought some, synced before its row is written. Files are
// named by upload, place and chance, so that a request that lost its lock overwrites nothing.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { syncFolder } from '../../../blobs/folder-sync.ts';
import { openSealedFile } from '../../../blobs/sealed-reader.ts';
import { createSealedWriter } from '../../../blobs/sealed-writer.ts';
import type { PartRow } from './upload-table.ts';

const leftOverMs = 24 * 3_600_000;

/** Where parts lie and what seals them. */
export interface UploadPlace {
  /** `BLOB_DIR`; parts lie in `uploads` in it. */
  readonly blobFolder: string;
  /** `Keys.blob`. */
  readonly key: Buffer;
  /** `Keys.earlierBlobs`. */
  readonly earlierKeys: readonly Buffer[];
}

/** A part being written. */
export interface PartWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** Syncs file and folder. `sha256` of the part, 64 lower-case hex digits. */
  end(): Promise<PartRow & { readonly sha256: string }>;
  discard(): Promise<void>;
}

/** The files of uploads. */
export interface UploadFiles {
  begin(id: string, fromByte: number): Promise<PartWriter>;
  /** The bytes of all parts in their order. */
  read(parts: readonly PartRow[]): Readable;
  remove(fileNames: readonly string[]): Promise<void>;
  /** Files that nobody has written to for a day. */
  listOld(): Promise<readonly string[]>;
}

/** Opens the folder, which is made when it is missing. */
export function createUploadFiles({ blobFolder, key, earlierKeys }: UploadPlace): UploadFiles {
  const folder = join(blobFolder, 'uploads');
  const keys = [key, ...earlierKeys];
  mkdirSync(folder, { recursive: true, mode: 0o700 });

  async function* readAll(parts: readonly PartRow[]): AsyncGenerator<Buffer> {
    for (const { fileName } of parts) {
      const file = await openSealedFile(join(folder, fileName), keys);
      yield* file.read({}).stream;
    }
  }

  return {
    async begin(id, fromByte) {
      const fileName = `${id}-${fromByte}-${randomBytes(8).toString('hex')}`;
      const writer = await createSealedWriter(join(folder, fileName), key);
      return {
        write: writer.write,
        async end() {
          const { bytes, sha256 } = await writer.end();
          await syncFolder(folder);
          return { fromByte, bytes, fileName, sha256 };
        },
        discard: writer.discard,
      };
    },
    read: (parts) => Readable.from(readAll(parts), { objectMode: false }),
    async remove(fileNames) {
      for (const name of fileNames) await unlink(join(folder, name)).catch(() => undefined);
    },
    async listOld() {
      const old: string[] = [];
      for (const name of await readdir(folder)) {
        const found = await stat(join(folder, name)).catch(() => undefined);
        if (found && Date.now() - found.mtimeMs >= leftOverMs) old.push(name);
      }
      return old;
    },
  };
}
