// Exports the whole log as the hub does, and verifies the export as `lgsp verify` does.
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pino } from 'pino';
import { createBlobStore } from '../../src/blobs/blob-store.ts';
import type { BlobStore } from '../../src/blobs/types.ts';
import { verifyFolder } from '../../src/cli/verify-folder.ts';
import { toVerifierKey } from '../../src/evidence/note.ts';
import { openPartFile, toDownloads } from '../../src/services/evidence/exports/files.ts';
import {
  type ExportDemand,
  insertExport,
  type LogExport,
  listParts,
  readExport,
} from '../../src/services/evidence/exports/rows.ts';
import { makeExport } from '../../src/services/evidence/exports/worker.ts';
import type { LogGround } from './ground.ts';

/** What it took. Rates are leaves a second. */
export interface Exported {
  readonly leaves: number;
  /** Of its files. */
  readonly bytes: number;
  readonly exportRate: number;
  readonly verifyRate: number;
}

const auditor: Omit<ExportDemand, 'id'> = {
  ...{ systemId: 'bench', actingUnit: 'bench', officerId: 'bench', filters: {} },
  ...{ reach: 'province', format: 'ndjson', reason: 'bench', fileNumber: 'bench' },
};

/** Writes its files as they are downloaded. @returns their bytes */
async function download(
  ground: LogGround,
  blobs: BlobStore,
  job: LogExport,
  folder: string,
): Promise<number> {
  const parts = await listParts(ground.hub, job.id);
  const files = toDownloads(job);
  for (const [place, { name, bytes, text }] of files.entries()) {
    if (text !== undefined) writeFileSync(join(folder, name), text);
    else
      await pipeline(
        openPartFile(blobs, parts, place === 0 ? 'content' : 'proof', 0, bytes),
        createWriteStream(join(folder, name)),
      );
  }
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Exports all that is signed, then verifies the files.
 * @throws Error when they do not verify
 */
export async function timeExport(ground: LogGround, folder: string): Promise<Exported> {
  const { hub, keys, origin } = ground;
  const blobFolder = join(folder, 'blobs');
  const blobs = createBlobStore(blobFolder, keys.blob);
  const registry = { current: { units: () => [] } };
  const logger = pino({ level: 'silent' });
  const rooms = { pool: hub, blobs, keys, registry, processId: randomUUID(), logger };
  const id = randomUUID();
  await insertExport(hub, { ...auditor, id }, 1);
  const beganMs = performance.now();
  await makeExport(rooms, id, new AbortController().signal);
  const exportMs = performance.now() - beganMs;
  const job = await readExport(hub, id);
  if (job?.state !== 'done') throw new Error('the export is not done');
  const place = join(folder, 'export');
  mkdirSync(place);
  const bytes = await download(ground, blobs, job, place);
  rmSync(blobFolder, { recursive: true });
  const readMs = performance.now();
  await verifyFolder(place, { logKey: toVerifierKey(origin, keys.log), deep: false });
  const verifyMs = performance.now() - readMs;
  const toRate = (ms: number): number => (job.size * 1_000) / ms;
  return { leaves: job.size, bytes, exportRate: toRate(exportMs), verifyRate: toRate(verifyMs) };
}
