// The maker of exports with small parts and a short lease, over a folder of blobs.
import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { createBlobStore } from '../../../src/blobs/blob-store.ts';
import { createPool } from '../../../src/database/pool.ts';
import { createExportWorker } from '../../../src/services/evidence/exports/worker.ts';
import { logKey } from '../../evidence/support.ts';

/** Sizes that make many parts of few leaves. */
export const smallParts = { partLeaves: 64, sliceLeaves: 32 } as const;

/** A worker of one process. */
export function someExportWorker(hubUrl: string, folder: string, processId: string) {
  const pool = createPool(hubUrl, { max: 4, applicationName: 'lgsp-export-test' });
  const blobs = createBlobStore(folder, createHash('sha256').update('test-secret blob').digest());
  const registry = { current: { units: () => [] } };
  const rooms = {
    ...{ pool, blobs, registry, processId },
    keys: { logKeys: () => [logKey] },
    logger: pino({ level: 'silent' }),
  };
  const worker = createExportWorker(rooms, { ...smallParts, leaseMs: 600, lookMs: 50 });
  return { pool, blobs, rooms, worker };
}
