// A database server for one test file alone, which may be made to stand still: the run's own one serves files at the same time.
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { prepareDatabase } from '../../src/database/migrate.ts';
import { type FreshDatabase, keepEntries } from './database.ts';

/** A migrated database on a server of its own; `drop` ends both. */
export interface OwnServer extends FreshDatabase {
  /** Of the server; another after it was started again. */
  readonly pid: number;
}

/** Starts one. @param name of what is kept for the scan at the end of a full run */
export async function startOwnServer(name: string): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-own-server-'));
  chmodSync(folder, 0o711);
  const place = join(folder, 'database');
  const database = await startEmbeddedDatabase({ folder: place, environment: 'sandbox' });
  const { hubUrl, ownerUrl, sequencerUrl, retentionUrl, registryUrl } = database;
  const urls = { hubUrl, ownerUrl, sequencerUrl, retentionUrl, registryUrl };
  await prepareDatabase({ ...urls, environment: 'sandbox' });
  return {
    ...urls,
    get pid() {
      return database.pid;
    },
    async drop() {
      await keepEntries(name, ownerUrl);
      await database.stop();
      const [written, log] = [process.env['TEST_WRITTEN'], join(place, 'cluster', 'server.log')];
      if (written && existsSync(log)) cpSync(log, join(written, `${name}-server.log`));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
