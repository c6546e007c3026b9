// What a chaos run stands on, all its own: a folder, a database, the mock of the axis, hub processes. Each can be killed, and
// comes back.
import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { prepareDatabase } from '../../src/database/migrate.ts';
import { createKeys, openKeys } from '../../src/keys.ts';
import { rootFolder } from '../../src/root.ts';
import { type SandboxProvince, seedProvince } from '../../src/sandbox/province.ts';
import type { AxisSystem } from '../../src/sandbox/sandbox-file.ts';
import { outsideCodes } from '../../src/sandbox/seed-units.ts';
import type { DaySandbox } from '../day/day.ts';
import { type FaultRule, setFaults } from '../day/faults.ts';
import { type Child, startChild } from './child.ts';

/** Something that is killed with -9 and comes back. */
export interface Victim {
  readonly name: string;
  /** Resolves when it is back. */
  kill(): Promise<void>;
}

/** The ground. */
export interface Ground {
  /** As the day's program needs it. */
  readonly sandbox: DaySandbox;
  /** Addresses of two hubs; the second listens only while it is there. */
  readonly targets: readonly string[];
  readonly database: Victim;
  readonly axis: Victim;
  /** The hubs that run now. */
  readonly hubs: readonly Victim[];
  addHub(): Promise<void>;
  /** Sets the axis' faults, once the hub has learned from it who is outside. */
  rouse(): Promise<void>;
  /** Clears the axis' faults. */
  calm(): Promise<void>;
  close(): Promise<void>;
}

const environment = 'sandbox';
const backLimitMs = 60_000;

const isTaken = (error: Error): boolean => 'code' in error && error.code === 'EADDRINUSE';

/** Below those that the system gives to connections: it stays free while who had it is started again. */
function freePort(): Promise<number> {
  const port = 20_000 + randomInt(12_000);
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (isTaken(error) ? resolve(freePort()) : reject(error)));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}

interface AxisPlace {
  readonly url: string;
  readonly faultUrl: string;
  readonly journalUrl: string;
}

interface Systems {
  readonly ours: AxisSystem;
  readonly others: AxisSystem;
}

function toSystems({ agencyCodes }: SandboxProvince): Systems {
  const toSystem = (systemId: string, codes: readonly string[]): AxisSystem => ({
    ...{ systemId, codes },
    secret: randomBytes(24).toString('base64url'),
  });
  return { ours: toSystem('00.99.W00', agencyCodes), others: toSystem('00.98.W00', outsideCodes) };
}

async function startAxis(folder: string, { ours, others }: Systems): Promise<Child> {
  const configFile = join(folder, 'mock.json');
  const config = {
    ...{ folder: join(folder, 'mock'), controlKey: randomBytes(12).toString('hex'), port: await freePort() },
    systems: [ours, others],
  };
  writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
  return startChild({
    name: 'axis',
    args: [join(rootFolder, 'dist', 'mocks', 'document-axis', 'main.js'), '--config', configFile],
    ...{ environment: {}, folder, logFile: join(folder, 'mock.log') },
    isReady: (line) => line.includes('"ready"'),
  });
}

function writeSettings(folder: string, url: string, { ours }: Systems): string {
  const settingsFile = join(folder, 'settings.json');
  const sources = {
    // Never called in a day of documents.
    population: {
      url: 'http://127.0.0.1:9/mock/population',
      route: { kind: 'direct', user: 'chaos', secret: randomBytes(12).toString('hex') },
    },
    'document-axis': {
      ...{ url, face: 'xrd', systemId: ours.systemId, secret: ours.secret, hopCode: ours.systemId },
      ...{ pollSeconds: 1, connections: 8 },
    },
  };
  writeFileSync(settingsFile, JSON.stringify({ sources }), { mode: 0o600 });
  return settingsFile;
}

function toDatabaseVictim(database: EmbeddedDatabase): Victim {
  return {
    name: 'database',
    async kill() {
      const { pid } = database;
      process.kill(pid, 'SIGKILL');
      const endMs = performance.now() + backLimitMs;
      while (database.pid === pid) {
        if (performance.now() > endMs) throw new Error('the database did not come back');
        await pause(50);
      }
    },
  };
}

async function seed(folder: string, { hubUrl, ownerUrl }: EmbeddedDatabase): Promise<SandboxProvince> {
  createKeys(join(folder, 'keys'), environment);
  await prepareDatabase({ hubUrl, ownerUrl, environment });
  return seedProvince({
    ...{ ownerUrl, environment, folder: join(folder, 'systems'), at: new Date() },
    keys: openKeys(join(folder, 'keys'), environment),
  });
}

/** Starts everything with one hub. @param faults of the axis from `rouse` on, set again whenever it comes back */
export async function layGround(faults: readonly FaultRule[], say: (text: string) => void): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-chaos-'));
  mkdirSync(join(folder, 'mock'));
  const database = await startEmbeddedDatabase({
    ...{ folder: join(folder, 'database'), environment },
    onProgress: say,
  });
  const started: Child[] = [];
  async function close(): Promise<void> {
    await Promise.all(started.map((child) => child.stop()));
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  try {
    const province = await seed(folder, database);
    const systems = toSystems(province);
    const axis = await startAxis(folder, systems);
    started.push(axis);
    const place: AxisPlace = JSON.parse(axis.said);
    const settingsFile = writeSettings(folder, place.url, systems);
    const ports = [await freePort(), await freePort()];
    const targets = ports.map((port) => `http://127.0.0.1:${port}`);
    const [baseUrl = ''] = targets;
    const hubs: Child[] = [];
    let isCalm = true;
    const ground: Ground = {
      sandbox: {
        ...{ baseUrl, systems: province.systems },
        mocks: { 'document-axis': { ...place, outside: systems.others } },
      },
      ...{ targets, hubs, database: toDatabaseVictim(database), close },
      axis: {
        name: 'axis',
        async kill() {
          await axis.kill();
          if (!isCalm) await setFaults(place.faultUrl, faults);
        },
      },
      async addHub() {
        const hub = await startChild({
          name: `hub ${hubs.length + 1}`,
          args: [join(rootFolder, 'dist', 'src', 'main.js')],
          environment: {
            ...{ LGSP_ENVIRONMENT: environment, PORT: String(ports[hubs.length]), PUBLIC_URL: baseUrl },
            ...{ DATABASE_URL: database.hubUrl, DATABASE_OWNER_URL: database.ownerUrl, METRICS_PORT: '0' },
            ...{ KEY_DIR: join(folder, 'keys'), BLOB_DIR: join(folder, 'blobs'), LOG_DIR: folder },
            SETTINGS_FILE: settingsFile,
          },
          ...{ folder, logFile: join(folder, `hub-${hubs.length + 1}.log`) },
          isReady: (line) => line.startsWith('ready '),
        });
        hubs.push(hub);
        started.unshift(hub);
      },
      async rouse() {
        isCalm = false;
        await setFaults(place.faultUrl, faults);
      },
      async calm() {
        isCalm = true;
        await setFaults(place.faultUrl, []);
      },
    };
    await ground.addHub();
    return ground;
  } catch (error) {
    await close();
    throw error;
  }
}
