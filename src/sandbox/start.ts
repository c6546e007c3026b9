// The sandbox: the embedded database (or the given one), the province, the mocks, the witness, the hub; started in this order,
// stopped in the other.
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { startEmbeddedDatabase } from '../database/embedded.ts';
import { lockFolder } from '../database/folder-lock.ts';
import { prepareDatabase } from '../database/migrate.ts';
import { createPool } from '../database/pool.ts';
import type { DatabaseUrls } from '../database/roles.ts';
import { StartError } from '../database/start-error.ts';
import { openLogName } from '../evidence/origin.ts';
import { type Hub, startHub } from '../hub.ts';
import { createKeys, openKeys } from '../keys.ts';
import { makeFolders, type SandboxFolders } from './folders.ts';
import { type SandboxMocks, startMocks } from './mocks.ts';
import { type SandboxProvince, seedProvince } from './province.ts';
import { type SandboxFile, writeSandboxFile } from './sandbox-file.ts';
import { type SandboxWitness, startSandboxWitness } from './witness.ts';

/** What the sandbox is started with. */
export interface SandboxOptions {
  readonly config: Config;
  readonly folders: SandboxFolders;
  /** Told of each long step, and of what died and was started again. */
  readonly say: (text: string) => void;
  /** Once aborted, the start ends after the step under way. */
  readonly signal: AbortSignal;
}

/** A running sandbox. */
export interface Sandbox {
  readonly file: SandboxFile;
  readonly folders: SandboxFolders;
  readonly officers: SandboxProvince['officers'];
  /**
   * Drains the hub, then stops the mocks and the database; further calls wait for the first.
   * @throws Error of the first that could not be stopped
   */
  stop(): Promise<void>;
  /** Ends the mocks and the database without waiting for the hub. */
  abandon(): Promise<void>;
}

/** What was started and can be stopped, in this order. */
interface Started {
  readonly stop: () => Promise<void>;
  /** True for a process of its own, which would outlive this one. */
  readonly isProcess: boolean;
}

const hubStopMs = 30_000;

/** Said before anything is started: the port is the commonest thing to be in the way. */
function checkPort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(new StartError(`port ${port} is in use; stop the other program or set PORT`));
      else if (error.code === 'EACCES')
        reject(new StartError(`this account may not listen on port ${port}; set PORT to 1024 or more`));
      else reject(error);
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

async function startDatabase(
  { config, folders, say }: SandboxOptions,
  started: Started[],
): Promise<DatabaseUrls & { readonly ownerUrl: string }> {
  const { database: given } = config;
  if (given?.ownerUrl !== undefined) return { ...given, ownerUrl: given.ownerUrl };
  if (given)
    throw new StartError('DATABASE_OWNER_URL is missing: the sandbox makes its province as the owner');
  const database = await startEmbeddedDatabase({
    folder: folders.database,
    environment: config.environment,
    onProgress: say,
  });
  started.push({ stop: () => database.stop(), isProcess: true });
  return database;
}

function toSandboxFile(
  hub: Hub,
  province: SandboxProvince,
  mocks: SandboxMocks,
  witness: SandboxWitness,
): SandboxFile {
  const credential = (clientId: string) => {
    const system = province.systems.find((candidate) => candidate.clientId === clientId);
    if (!system) throw new Error(`the sandbox has no system ${clientId}`);
    return { clientId, privateKeyFile: system.privateKeyFile };
  };
  return {
    environment: 'sandbox',
    baseUrl: hub.url,
    tokenUrl: `${hub.url}/oauth/token`,
    ...(hub.metricsUrl !== undefined && { metricsUrl: hub.metricsUrl }),
    logKey: hub.logKey,
    witnesses: [witness.settings.key],
    systems: province.systems.map((system) => ({
      ...system,
      officerId: province.officers.find(({ unitId }) => unitId === system.actingUnits[0])?.id,
    })),
    mocks: mocks.file,
    admin: credential('quan-tri'),
    approver: credential('phe-duyet'),
    auditor: credential('kiem-toan'),
  };
}

/** The name of the log that the database is writing. */
async function readOrigin(ownerUrl: string, base: string): Promise<string> {
  const pool = createPool(ownerUrl, { max: 1, applicationName: 'lgsp-sandbox' });
  try {
    return (await openLogName(pool, base)).origin;
  } finally {
    await pool.end();
  }
}

/** The mocks and the witness, together. */
async function startBeside(
  options: SandboxOptions,
  province: SandboxProvince,
  origin: string,
  started: Started[],
): Promise<readonly [SandboxMocks, SandboxWitness]> {
  const { config, folders, say } = options;
  const keep = async <T extends Pick<Started, 'stop'>>(starting: Promise<T>): Promise<T> => {
    const { stop } = await starting;
    started.push({ stop, isProcess: true });
    return starting;
  };
  // After a restore the log has another name, after a rotation another key; the witness is told as people would tell it.
  const keys = openKeys(folders.keys, config.environment).logKeys();
  const both = [
    keep(startMocks({ ...options, province, publicUrl: config.publicUrl })),
    keep(startSandboxWitness({ folders, keys, origin, say })),
  ] as const;
  // Whichever fails, the other is known before it is stopped.
  await Promise.allSettled(both);
  return Promise.all(both);
}

async function startHubOn(
  urls: DatabaseUrls,
  { sources, callers }: SandboxMocks,
  witness: SandboxWitness,
  { config, folders }: SandboxOptions,
  started: Started[],
): Promise<Hub> {
  const settings = { ...config.settings, sources, callers, witnesses: [witness.settings] };
  const anchorFile = config.anchorFile ?? folders.anchor;
  const hub = await startHub({ ...config, keyFolder: folders.keys, anchorFile, settings }, urls);
  started.push({ stop: () => within(hubStopMs, hub.stop()), isProcess: false });
  return hub;
}

/** A hub that does not end keeps nobody from ending the rest. */
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const limit = new AbortController();
  const timeout = sleep(limitMs, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`the hub did not stop within ${limitMs} ms`);
  });
  await Promise.race([work, timeout]).finally(() => limit.abort());
}

/** Stops all in the reverse order, each whatever became of the others. */
async function stopAll(started: Started[]): Promise<void> {
  const failures: unknown[] = [];
  for (const { stop } of started.splice(0).reverse())
    await stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/**
 * Starts everything.
 * @throws StartError in one sentence, or the signal's reason; what was started is stopped again
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { config, folders, signal } = options;
  makeFolders(folders);
  const lock = await lockFolder(folders.root);
  const started: Started[] = [{ stop: async () => lock.release(), isProcess: false }];
  try {
    await checkPort(config.host, config.port);
    createKeys(folders.keys, config.environment);
    signal.throwIfAborted();
    const urls = await startDatabase(options, started);
    signal.throwIfAborted();
    await prepareDatabase({ ...urls, environment: config.environment });
    const province = await seedProvince({
      ownerUrl: urls.ownerUrl,
      keys: openKeys(folders.keys, config.environment),
      folder: folders.systems,
      environment: config.environment,
      at: new Date(),
    });
    signal.throwIfAborted();
    const [mocks, witness] = await startBeside(
      options,
      province,
      await readOrigin(urls.ownerUrl, config.logOrigin),
      started,
    );
    signal.throwIfAborted();
    const hub = await startHubOn(urls, mocks, witness, options, started);
    const file = toSandboxFile(hub, province, mocks, witness);
    writeSandboxFile(folders.file, file);
    const processes = started.filter(({ isProcess }) => isProcess);
    let stopped: Promise<void> | undefined;
    return {
      file,
      folders,
      officers: province.officers,
      stop() {
        stopped ??= stopAll(started);
        return stopped;
      },
      abandon: () => stopAll([...processes]),
    };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}
