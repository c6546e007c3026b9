// A whole hub for tests: a fresh database with the sandbox province, the real mock over loopback, the real hub on a
// free port. Everything that it writes lies under TEST_WRITTEN, where test/scan.ts looks for personal data.
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Account } from '../../mocks/population/config.ts';
import { startPopulationMock } from '../../mocks/population/mock.ts';
import { makeProof } from '../../src/cli/proof.ts';
import { parsePrivateKey, requestToken } from '../../src/cli/token.ts';
import { readConfig, type Settings } from '../../src/config.ts';
import { startHub } from '../../src/hub.ts';
import { createKeys, openKeys } from '../../src/keys.ts';
import { type SandboxProvince, seedProvince } from '../../src/sandbox/province.ts';
import type { ServiceDependencies, Services } from '../../src/services/index.ts';
import { type FreshDatabase, freshDatabase, toDatabaseVariables } from './database.ts';
import { type JournalLine, readJournal } from './journal.ts';
import { freePort, type WrittenEntry, writtenFolder } from './written.ts';

export { freePort, type WrittenEntry, writtenFolder };

/** Everything that stands before a hub is started: database, province, keys, mock. */
export interface Ground {
  readonly database: FreshDatabase;
  readonly province: SandboxProvince;
  readonly mock: Awaited<ReturnType<typeof startPopulationMock>>;
  readonly keyFolder: string;
  readonly written: string;
  /** Settings of the hub's sources. */
  readonly sources: Readonly<Record<string, unknown>>;
  /** Environment variables of a hub process on `port`. */
  environment(port: number): Record<string, string>;
  close(): Promise<void>;
}

const account = { user: 'lamdong-test', secret: 'test-secret' };

/** What the settings of hubs say besides the usual. */
export interface MoreSettings {
  /** Further sources. */
  readonly sources?: Readonly<Record<string, unknown>>;
  /** Limits by service. */
  readonly limits?: Readonly<Record<string, unknown>>;
  /** National systems that may call, by their sources. */
  readonly callers?: Readonly<Record<string, unknown>>;
  /** Dropped at the end; else a fresh one. */
  readonly database?: FreshDatabase;
}

/** Lays the ground for hubs of one test file; the mock knows `moreAccounts` besides the hub's own. */
export async function layGround(
  name: string,
  moreAccounts: readonly Account[] = [],
  more: MoreSettings = {},
): Promise<Ground> {
  const database = more.database ?? (await freshDatabase());
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-ground-'));
  const keyFolder = join(folder, 'keys');
  createKeys(keyFolder, 'sandbox');
  const province = await seedProvince({
    ownerUrl: database.ownerUrl,
    keys: openKeys(keyFolder, 'sandbox'),
    folder: join(folder, 'systems'),
    environment: 'sandbox',
    at: new Date(),
  });
  const written = writtenFolder(name);
  const mock = await startPopulationMock({
    account,
    moreAccounts,
    controlKey: randomBytes(12).toString('hex'),
    journalFile: join(written, 'mock-population.journal'),
    officers: province.mockOfficers,
    unitCodes: province.mockUnitCodes.map((code) => ({ code })),
  });
  const sources = {
    population: { url: mock.url, route: { kind: 'direct', ...account }, furtherPrefixes: ['999'] },
    ...more.sources,
  };
  const settingsFile = join(folder, 'settings.json');
  const limits = { officerPersons: 1e6, unitPersons: 1e6, officerMisses: 1e6, unitMisses: 1e6 };
  writeFileSync(
    settingsFile,
    JSON.stringify({ sources, limits: { 'population.v1': limits, ...more.limits } }),
  );
  return {
    database,
    province,
    sources,
    mock,
    keyFolder,
    written,
    environment: (port) => ({
      LGSP_ENVIRONMENT: 'sandbox',
      PORT: String(port),
      ...toDatabaseVariables(database),
      KEY_DIR: keyFolder,
      BLOB_DIR: join(folder, 'blobs'),
      LOG_DIR: written,
      SETTINGS_FILE: settingsFile,
    }),
    async close() {
      await mock.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Who calls in a test; what is left out is the one-stop system for its first unit. */
export interface Who {
  readonly system?: string;
  readonly unit?: string;
  /** False: a bearer token. */
  readonly bound?: boolean;
}

/** A call of a test; headers given as undefined are left out. */
export interface TestCall extends Who {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** An answer of the hub. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly exchangeId: string;
  // Tests read whatever came back.
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what the tests are about
  readonly body: any;
}

/** A running hub with a client. */
export interface TestHub extends Ground {
  readonly url: string;
  /** Empty when the metrics are switched off. */
  readonly metricsUrl: string;
  readonly logKey: string;
  /** The database as its owner. */
  readonly owner: pg.Pool;
  call(call: TestCall): Promise<TestAnswer>;
  token(who: Who): Promise<{ token: string; key: KeyObject }>;
  /** Sets the mock's fault switch; an empty object clears it. */
  fault(setting: Record<string, unknown>): Promise<void>;
  /** Entries of one exchange as the database holds them, oldest first. */
  entries(exchangeId: string): Promise<readonly WrittenEntry[]>;
  /** Every entry of a kind. */
  entriesOfKind(kind: string): Promise<readonly WrittenEntry[]>;
  /** What the mock received: one line a request. */
  journal(): Promise<readonly JournalLine[]>;
  /** Stops the hub and leaves the ground. */
  stopHub(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A client of the hub at `url` with the sandbox's keys: tokens are kept, proofs are new for each call.
 * @param at where calls go, if to another process of the same hub; tokens are always of the one at `url`
 */
export function createClient(url: string, province: SandboxProvince, at = url) {
  const tokens = new Map<string, Promise<{ token: string; key: KeyObject }>>();
  const obtain = async ({ system = 'mot-cua', unit, bound = true }: Who) => {
    const credential = province.systems.find((candidate) => candidate.clientId === system);
    if (!credential) throw new Error(`no system ${system}`);
    const dpopKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const { accessToken } = await requestToken({
      tokenUrl: `${url}/oauth/token`,
      issuer: url,
      clientId: system,
      key: parsePrivateKey(readFileSync(credential.privateKeyFile, 'utf8')),
      unitId: unit ?? credential.actingUnits[0],
      dpopKey: bound ? dpopKey : undefined,
    });
    return { token: accessToken, key: dpopKey };
  };
  const token = (who: Who) => {
    const name = JSON.stringify([who.system, who.unit, who.bound]);
    const known = tokens.get(name) ?? obtain(who);
    tokens.set(name, known);
    known.catch(() => tokens.delete(name));
    return known;
  };
  const call = async ({
    method = 'GET',
    path,
    headers = {},
    body,
    ...who
  }: TestCall): Promise<TestAnswer> => {
    const { token: accessToken, key } = await token(who);
    const proof = await makeProof({ key, method, url: `${url}${path}`, accessToken });
    const all: Record<string, string | undefined> = {
      authorization: `${who.bound === false ? 'Bearer' : 'DPoP'} ${accessToken}`,
      ...(who.bound !== false && { dpop: proof }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    };
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const response = await fetch(`${at}${path}`, {
      method,
      headers: sent,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      exchangeId: response.headers.get('exchange-id') ?? '',
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
  return { call, token };
}

/** Settings of one test file, over those of the ground. */
export interface TestSettings extends MoreSettings, Pick<Settings, 'timeStamps'> {
  /** Members of the population adapter's settings. */
  readonly population?: Readonly<Record<string, unknown>>;
  /** Further environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Makes the services; default the hub's own list. */
  readonly publish?: (d: ServiceDependencies) => Services;
  /** The clock of the hub's process; default the system's. */
  readonly processClock?: () => Date;
  /** Accounts that the mock knows besides the hub's own. */
  readonly accounts?: readonly Account[];
}

/** Starts a hub in this process on the ground of its own. */
export async function startTestHub(
  name: string,
  {
    population,
    limits = {},
    environment = {},
    publish,
    processClock,
    accounts,
    sources: further = {},
    callers = {},
    timeStamps,
  }: TestSettings = {},
): Promise<TestHub> {
  const ground = await layGround(name, accounts, { sources: further, limits });
  const port = await freePort();
  const config = readConfig({ ...ground.environment(port), ...environment });
  const owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 2 });
  owner.on('error', () => undefined);
  const readEntries = async (where: string, value: string): Promise<readonly WrittenEntry[]> => {
    const { rows } = await owner.query<{ kind: string; text: string; sealed: string | null }>(
      `select kind, e.text, p.text as sealed from entry e left join entry_private p on p.exchange_id = e.exchange_id and p.entry_id = e.id
        where e.${where} = $1 order by e.id`,
      [value],
    );
    return rows.map(({ kind, text, sealed }) => ({
      kind,
      leaf: JSON.parse(text),
      sealed: JSON.parse(sealed ?? '{}'),
    }));
  };
  const control = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url, init);
    if (!response.ok) throw new Error(`mock: ${response.status} ${await response.text()}`);
    return response;
  };
  const own = Object.assign({}, ground.sources['population'], population);
  const sources = { ...ground.sources, population: own };
  const settings = { sources, limits, callers, timeStamps };
  const hub = await startHub({ ...config, settings }, ground.database, publish, processClock);
  return {
    ...ground,
    ...createClient(hub.url, ground.province),
    url: hub.url,
    metricsUrl: hub.metricsUrl ?? '',
    logKey: hub.logKey,
    owner,
    entries: (exchangeId) => readEntries('exchange_id', exchangeId),
    entriesOfKind: (kind) => readEntries('kind', kind),
    async fault(setting) {
      const isClear = Object.keys(setting).length === 0;
      await control(
        ground.mock.faultUrl,
        isClear ? { method: 'DELETE' } : { method: 'PUT', body: JSON.stringify(setting) },
      );
    },
    journal: () => readJournal(control, ground.mock.journalUrl),
    stopHub: () => hub.stop(),
    async stop() {
      await hub.stop();
      await owner.end();
      await ground.close();
    },
  };
}
