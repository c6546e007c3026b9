// The sandbox: the embedded database (or the given one), the mocks, the province, the hub; started in this order,
// stopped in the other.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import type { Config } from '../config.ts';
import { startEmbeddedDatabase } from '../database/embedded.ts';
import { lockFolder } from '../database/folder-lock.ts';
import { prepareDatabase } from '../database/migrate.ts';
import { StartError } from '../database/start-error.ts';
import { type DatabaseUrls, type Hub, startHub } from '../hub.ts';
import { createKeys, openKeys } from '../keys.ts';
import { makeFolders, type SandboxFolders } from './folders.ts';
import { type RunningMock, startMock } from './mock.ts';
import { type SandboxProvince, seedProvince } from './province.ts';
import { type SandboxFile, writeSandboxFile } from './sandbox-file.ts';

/** A running sandbox. */
export interface Sandbox {
  readonly file: SandboxFile;
  /** What is printed when it is ready. */
  readonly welcome: readonly string[];
  stop(): Promise<void>;
}

type Say = (text: string) => void;

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
  config: Config,
  folders: SandboxFolders,
  say: Say,
  closers: (() => Promise<void>)[],
): Promise<DatabaseUrls> {
  if (config.databaseUrl !== undefined && config.databaseOwnerUrl !== undefined)
    return { hubUrl: config.databaseUrl, ownerUrl: config.databaseOwnerUrl };
  const database = await startEmbeddedDatabase({
    folder: folders.database,
    environment: config.environment,
    onProgress: say,
  });
  closers.push(() => database.stop());
  return database;
}

interface Population {
  readonly mock: RunningMock;
  readonly account: { readonly user: string; readonly secret: string };
  readonly controlKey: string;
}

async function startPopulation(folders: SandboxFolders, province: SandboxProvince): Promise<Population> {
  const account = { user: 'lamdong-sandbox', secret: randomBytes(24).toString('base64url') };
  const controlKey = randomBytes(24).toString('base64url');
  const settings = {
    account,
    controlKey,
    journalFile: join(folders.root, 'mock-population.journal'),
    officers: province.mockOfficers,
    unitCodes: province.mockUnitCodes.map((code) => ({ code })),
  };
  const mock = await startMock(
    'population',
    settings,
    folders.root,
    join(folders.log, 'mock-population.log'),
  );
  return { mock, account, controlKey };
}

function toSandboxFile(hub: Hub, province: SandboxProvince, population: Population): SandboxFile {
  const credential = (clientId: string) => {
    const system = province.systems.find((candidate) => candidate.clientId === clientId);
    if (!system) throw new Error(`the sandbox has no system ${clientId}`);
    return { clientId, privateKeyFile: system.privateKeyFile };
  };
  return {
    environment: 'sandbox',
    baseUrl: hub.url,
    tokenUrl: `${hub.url}/oauth/token`,
    logKey: hub.logKey,
    systems: province.systems,
    mocks: {
      population: {
        url: population.mock.url,
        faultUrl: population.mock.faultUrl,
        journalUrl: population.mock.journalUrl,
        peopleUrl: population.mock.peopleUrl,
        credentials: { ...population.account, controlKey: population.controlKey },
      },
    },
    admin: credential('quan-tri'),
    auditor: credential('kiem-toan'),
  };
}

/**
 * Starts everything. @param say told of each long step
 * @throws StartError in one sentence; what was started is stopped again
 */
export async function startSandbox(config: Config, folders: SandboxFolders, say: Say): Promise<Sandbox> {
  makeFolders(folders);
  const lock = await lockFolder(folders.root);
  const closers: (() => Promise<void>)[] = [async () => lock.release()];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    await checkPort(config.host, config.port);
    createKeys(folders.keys, config.environment);
    const urls = await startDatabase(config, folders, say, closers);
    await prepareDatabase({ ...urls, environment: config.environment });
    const province = await seedProvince({
      ownerUrl: urls.ownerUrl,
      keys: openKeys(folders.keys, config.environment),
      folder: folders.systems,
      environment: config.environment,
      at: new Date(),
    });
    const population = await startPopulation(folders, province);
    closers.push(() => population.mock.stop());
    const { url } = population.mock;
    const sources = {
      population: { url, route: { kind: 'direct', ...population.account }, furtherPrefixes: ['999'] },
    };
    const hub = await startHub(
      { ...config, keyFolder: folders.keys, settings: { ...config.settings, sources } },
      urls,
    );
    closers.push(() => hub.stop());
    const file = toSandboxFile(hub, province, population);
    writeSandboxFile(folders.file, file);
    return { file, welcome: toWelcome(file, folders, province), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What is printed when the sandbox is ready, at most 30 lines; the last begins with `ready`. */
function toWelcome(file: SandboxFile, folders: SandboxFolders, province: SandboxProvince): readonly string[] {
  const here = (path: string): string => relative(process.cwd(), path) || '.';
  const system = file.systems.find((candidate) => candidate.clientId === 'mot-cua');
  const officer = province.officers.find(
    (one) => one.case === 'ordinary' && system?.actingUnits.includes(one.unitId),
  );
  const unit = officer?.unitId ?? '';
  const url = `${file.baseUrl}/population/v1/citizen-lookups`;
  const answer = here(join(folders.root, 'answer.txt'));
  const body = JSON.stringify({
    personalNumber: '999190000002',
    fullName: 'Nguyễn Thị Thử Nghiệm',
    birthDate: '1990-02-15',
  });
  return [
    '',
    `Hub            ${file.baseUrl}`,
    `Health         ${file.baseUrl}/health/ready`,
    `Problems       ${file.baseUrl}/problems`,
    `Log            ${file.baseUrl}/log/checkpoint   key ${file.logKey}`,
    `Population     ${file.mocks['population']?.url} (a mock; invented people only)`,
    '',
    'Look a citizen up:',
    `curl -sS -i -D ${answer} -H @$(npx lgsp headers POST ${url} --unit ${unit} --file) -H 'Content-Type: application/json' -H 'Officer: ${officer?.id}' -H 'Purpose: giai-quyet-tthc' -H 'Case-Code: H99.10-251123-0001' -d '${body}' ${url}`,
    '',
    'Fetch that exchange’s receipt and verify it:',
    `npx lgsp receipt ${answer} --unit ${unit} --out ${here(join(folders.root, 'receipt.json'))}`,
    '',
    `Credentials    ${here(folders.file)}`,
    `Logs           ${here(folders.log)}`,
    'Stop           Ctrl+C, or SIGTERM to this process',
    `ready ${file.baseUrl}`,
  ];
}
