// Resumable uploads of files, before the documents that they belong to. Independent of HTTP servers: the request path hands
// calls over.
import type { Pool } from 'pg';
import type { BlobStore } from '../../../blobs/types.ts';
import { Problem } from '../../../problem.ts';
import type { DailyWork } from '../../../schedule/daily-work.ts';
import { parseChecksum } from './checksum.ts';
import { purgeUploads } from './purge.ts';
import { createRunningHashes } from './running-hashes.ts';
import { serveTus } from './tus.ts';
import type { UploadedFile, UploadLimits, Uploads } from './types.ts';
import { createUploadFiles, type UploadPlace } from './upload-files.ts';
import { createUploadLocks, type LockTimes } from './upload-lock.ts';
import { UploadStore } from './upload-store.ts';
import { createUploadTable, type PartRow, type UploadRow } from './upload-table.ts';

const defaults: UploadLimits & LockTimes = {
  uploadBytes: 1_073_741_824,
  openUploads: 200,
  openBytes: 20 * 1_073_741_824,
  parts: 10_000,
  leaseMs: 10_000,
  waitMs: 3_000,
};
const keptHashes = 500;

/** What uploads are made of. */
export interface UploadDependencies extends UploadPlace {
  /** The database as the hub's role. */
  readonly pool: Pool;
  /** `Keys.field`: seals what callers say of their files. */
  readonly fieldKey: Buffer;
  /** Over the defaults. */
  readonly limits?: Partial<UploadLimits & LockTimes>;
}

/** Opens the uploads of this process; it holds nothing that must be closed. */
export function createUploads({ pool, fieldKey, limits: given, ...place }: UploadDependencies): Uploads {
  const limits = { ...defaults, ...given };
  const table = createUploadTable(pool, fieldKey, limits);
  const files = createUploadFiles(place);
  const locks = createUploadLocks(pool, limits);
  const hashes = createRunningHashes(keptHashes);

  function toFile(
    { id, name, type, totalBytes, sha256 }: UploadRow,
    parts: readonly PartRow[],
  ): UploadedFile {
    if (sha256 === undefined) throw new Problem('upload-incomplete');
    return { id, name, type, bytes: totalBytes, sha256, open: () => files.read(parts) };
  }

  return {
    async handleTus(call) {
      if (call.method !== 'POST')
        await table.find(call.path.slice(call.path.lastIndexOf('/') + 1), call.owner.unit);
      const checksum = parseChecksum(call.headers['upload-checksum']);
      const store = new UploadStore({ table, files, hashes, limits }, call.owner, checksum);
      const locker = locks.createLocker(store.settled);
      return serveTus(call, { store, locker, maxBytes: limits.uploadBytes });
    },
    async find(id, { unit }) {
      const row = await table.find(id, unit);
      return toFile(row, await table.listParts(id));
    },
    async take(client, id, { unit }) {
      const row = await table.take(client, id, unit);
      return toFile(row, await table.listParts(id));
    },
    async release(ids) {
      await files.remove(await table.release(ids));
    },
    purge: () => purgeUploads(pool, files),
  };
}

/** The daily work over `BLOB_DIR`: uploads that ended, and blobs that were never finished. */
export const createBlobWork = (uploads: Pick<Uploads, 'purge'>, blobs: BlobStore): DailyWork => ({
  name: 'blobs',
  async run() {
    await uploads.purge();
    await blobs.removeLeftOvers();
  },
});
