// Two PostgreSQL servers, one the synchronous standby of the other, behind one address; the primary is killed at will.
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCredentials } from '../../src/database/cluster.ts';
import { startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { prepareDatabase } from '../../src/database/migrate.ts';
import { databaseName, embeddedRoles } from '../../src/database/roles.ts';
import type { FreshDatabase } from '../support/database.ts';
import { startForwarder } from './forwarder.ts';
import { Replica } from './replica.ts';

/** A database on two servers. */
export interface Pair extends FreshDatabase {
  /** Kills the primary with -9 and promotes the standby. @returns milliseconds until the address leads to it */
  failOver(): Promise<number>;
  /** Makes the killed server the synchronous standby of the other. */
  heal(): Promise<void>;
}

/** Starts both, with this program's schema. */
export async function startPair(): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-failover-'));
  const made = await startEmbeddedDatabase({ folder: join(folder, 'made'), environment: 'test' });
  await made.stop();
  const cluster = join(folder, 'made', 'cluster');
  const credentials = readCredentials(join(cluster, 'credentials.json'));
  let primary = new Replica(join(folder, 'servers'), 'one', credentials);
  let standby = new Replica(join(folder, 'servers'), 'two', credentials);
  renameSync(join(cluster, 'data'), primary.data);
  await primary.start();
  const forwarder = await startForwarder();
  forwarder.use(primary.socket);
  const toAddress = (kind: keyof typeof embeddedRoles): string =>
    `postgresql://${embeddedRoles[kind]}:${credentials[kind]}@127.0.0.1:${forwarder.port}/${databaseName}`;
  const urls = {
    ...{ hubUrl: toAddress('hub'), ownerUrl: toAddress('owner'), sequencerUrl: toAddress('sequencer') },
    ...{ retentionUrl: toAddress('retention'), registryUrl: toAddress('registry') },
  };
  // Before the standby: a hundred commits need not wait for it.
  await prepareDatabase({ ...urls, environment: 'sandbox' });
  await standby.follow(primary);
  return {
    ...urls,
    async failOver() {
      const beganAt = performance.now();
      await primary.kill();
      await standby.promote();
      [primary, standby] = [standby, primary];
      forwarder.use(primary.socket);
      return performance.now() - beganAt;
    },
    heal: () => standby.follow(primary),
    async drop() {
      await forwarder.close();
      await Promise.all([primary.close(), standby.close()]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}
