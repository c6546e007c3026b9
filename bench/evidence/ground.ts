// A log of its own for a bench: the embedded PostgreSQL and keys in a folder that is removed at the end, whatever happens.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { prepareDatabase } from '../../src/database/migrate.ts';
import { createPool } from '../../src/database/pool.ts';
import { createKeys, type Keys, openKeys } from '../../src/keys.ts';

/** Where the log is, and who may write it. */
export interface LogGround {
  readonly ownerUrl: string;
  readonly hubUrl: string;
  readonly keyFolder: string;
  readonly keys: Keys;
  readonly origin: string;
  /** In the owner's role. */
  readonly owner: pg.Pool;
  /** In the hub's own role. */
  readonly hub: pg.Pool;
}

/** Longest statement of a bench. */
export const statementMs = 600_000;

/** Rejects at a signal, so that the database is taken away whatever happens. */
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => reject(new Error('interrupted')));
});

/**
 * Works with an empty log.
 * @param where the folder in which its own folder lies; the temporary folder unless said
 * @throws Error of the work, or when a signal interrupts it
 */
export async function withLog<T>(
  where: string | undefined,
  onProgress: (text: string) => void,
  work: (ground: LogGround, folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(where ?? tmpdir(), 'lgsp-bench-evidence-'));
  const keyFolder = join(folder, 'keys');
  mkdirSync(keyFolder, { mode: 0o700 });
  createKeys(keyFolder, 'sandbox');
  const database = await startEmbeddedDatabase({
    ...{ folder: join(folder, 'database'), environment: 'sandbox', onProgress },
  });
  const toPool = (url: string) => createPool(url, { max: 2, applicationName: 'lgsp-bench', statementMs });
  const [owner, hub] = [toPool(database.ownerUrl), toPool(database.hubUrl)];
  try {
    await prepareDatabase({ ...database, environment: 'sandbox' });
    const { ownerUrl, hubUrl } = database;
    const keys = openKeys(keyFolder, 'sandbox');
    const ground = { ownerUrl, hubUrl, keyFolder, keys, origin: 'lgsp.bench.invalid/sandbox', owner, hub };
    return await Promise.race([work(ground, folder), interrupted]);
  } finally {
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
