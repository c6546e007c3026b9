// A witness of a test hub, and hubs that are started again on one ground or on another database.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, readConfig } from '../../src/config.ts';
import type { DatabaseUrls } from '../../src/database/roles.ts';
import { toVerifierKey } from '../../src/evidence/note.ts';
import { type Hub, startHub } from '../../src/hub.ts';
import { openKeys } from '../../src/keys.ts';
import type { Readiness } from '../../src/operation/health.ts';
import { type RunningWitness, startWitness } from '../../src/witness/server.ts';
import { addLog, createWitness } from '../../src/witness/witness-folder.ts';
import { createClient, freePort, type Ground, layGround } from './sandbox-hub.ts';

/** Name of the witness in settings, health and metrics. */
export const witnessName = 'nhan-chung';

/** A ground with a witness of its log and a place for the anchor. */
export interface WitnessedGround extends Ground {
  readonly witnessFolder: string;
  readonly witnessKey: string;
  readonly witnessUrl: string;
  readonly anchorFile: string;
  readonly logKey: string;
  readonly config: Config;
  startWitness(): Promise<RunningWitness>;
  /** Starts a hub on this database, at the same address each time. */
  start(database?: DatabaseUrls): Promise<Hub>;
  readonly client: ReturnType<typeof createClient>;
}

/** What health says; it is told by the hub's own type. */
export async function readReadiness(
  url: string,
): Promise<{ readonly status: number; readonly body: Readiness }> {
  const response = await fetch(`${url}/health/ready`);
  const body: unknown = await response.json();
  // The hub under test is of this very checkout.
  return { status: response.status, body: body as Readiness };
}

const never = (error: unknown): never => {
  throw error;
};

/** Lays the ground; the witness knows the log and does not listen yet. */
export async function layWitnessedGround(name: string): Promise<WitnessedGround> {
  const ground = await layGround(name);
  const [port, witnessPort] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-witnessed-'));
  const [witnessFolder, anchorFile] = [join(folder, 'witness'), join(folder, 'anchor')];
  const environment = { ...ground.environment(port), ANCHOR_FILE: anchorFile };
  const read = readConfig(environment);
  const logKey = toVerifierKey(read.logOrigin, openKeys(ground.keyFolder, 'sandbox').log);
  const witnessKey = createWitness(witnessFolder, {
    ...{ name: 'witness.test.example', host: '127.0.0.1', port: witnessPort },
  });
  addLog(witnessFolder, logKey);
  const witnessUrl = `http://127.0.0.1:${witnessPort}`;
  const witnesses = [{ name: witnessName, url: witnessUrl, key: witnessKey }];
  const config = { ...read, settings: { ...read.settings, witnesses } };
  return {
    ...ground,
    ...{ witnessFolder, witnessKey, witnessUrl, anchorFile, logKey, config },
    environment: () => environment,
    startWitness: () => startWitness(witnessFolder, never),
    start: (database = ground.database) => startHub(config, database),
    client: createClient(config.publicUrl, ground.province),
    async close() {
      await ground.close();
      rmSync(folder, { recursive: true });
    },
  };
}
