// What stands behind the rows, all on core 1: the embedded PostgreSQL with the sandbox province, the mocks of the
// population database and the portal, the JSON source; and the calling systems' tokens.
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { parsePrivateKey, requestToken } from '../src/cli/token.ts';
import { startEmbeddedDatabase } from '../src/database/embedded.ts';
import { prepareDatabase } from '../src/database/migrate.ts';
import { createKeys, openKeys } from '../src/keys.ts';
import { rootFolder } from '../src/root.ts';
import { startMock } from '../src/sandbox/mock.ts';
import { type SandboxProvince, seedProvince } from '../src/sandbox/province.ts';
import { awaitReady, endChild, startChild } from './processes.ts';

/** A person of the mock, as a caller names one. */
export interface Claim {
  readonly personalNumber: string;
  readonly fullName: string;
  readonly birthDate: string;
}

/** The ground of one run. */
export interface Ground {
  readonly folder: string;
  readonly keyFolder: string;
  readonly database: { readonly hubUrl: string; readonly ownerUrl: string; readonly pid: number };
  readonly owner: pg.Pool;
  readonly province: SandboxProvince;
  readonly sourceUrl: string;
  /** Settings of the hub's source `population`. */
  readonly population: object;
  readonly claims: readonly Claim[];
  /** Settings of the hub's source `portal`. */
  readonly portal: object;
  /** Of the first procedures of the portal's catalogue. */
  readonly procedureNames: readonly string[];
  close(): Promise<void>;
}

/** Of an ordinary record. */
const plainCases = [
  ...['split-name', 'both-numbers', 'new-number-only'],
  ...['with-relatives', 'with-household', 'address-without-district'],
];

/** The caller of every hub row; it acts for every unit. */
const systemId = 'mot-cua';
const account = { user: 'lamdong-bench', secret: randomBytes(24).toString('base64url') };

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** A right to call the bench's service, and limits that nothing here meets. */
async function grantAll(owner: pg.Pool): Promise<void> {
  await owner.query(`
    insert into service (id, state) values ('bench.v1', 'active');
    update mandate set operations = operations || '{bench.v1/*}'::operation_pattern[] where system_id = '${systemId}';
    insert into access_grant (id, system_id, operations, legal_basis, grantor, case_rule, least_assurance, environment,
        per_minute, per_day, reach, valid_from, valid_to)
      values ('q-bench', '${systemId}', '{bench.v1/getItem,bench.v1/exchangeItem}', 'bench', 'bench', 'optional', 1,
        'sandbox', 1, 1, 'unit', now() - interval '1 day', now() + interval '1 day');
    update access_grant set per_minute = 100000000, per_day = 2000000000`);
}

async function startPopulation(folder: string, province: SandboxProvince) {
  const settings = {
    account,
    controlKey: randomBytes(12).toString('hex'),
    journalFile: join(folder, 'mock-population.journal'),
    officers: province.mockOfficers,
    unitCodes: province.mockUnitCodes.map((code) => ({ code })),
  };
  const logFile = join(folder, 'mock-population.log');
  return startMock({ source: 'population', settings, folder, logFile, say: () => undefined });
}

async function startPortal(folder: string) {
  const portal = { username: account.user, password: account.secret };
  const dstcode = 'VN:GOV:000.00.00.G99:dvcqg-mock';
  const settings = {
    ...{ dstcode, accounts: [portal], controlKey: randomBytes(12).toString('hex') },
    journalFile: join(folder, 'mock-portal.journal'),
  };
  const logFile = join(folder, 'mock-portal.log');
  const mock = await startMock({ source: 'portal', settings, folder, logFile, say: () => undefined });
  const { authUrl, integrationUrl, shareUrl, catalogueUrl } = mock.addresses;
  const response = await fetch(`${catalogueUrl}?from=1&limit=500`);
  const { entries }: { entries: { name: string }[] } = JSON.parse(await response.text());
  return {
    mock,
    settings: { generation: 'A', authUrl, integrationUrl, shareUrl, ...portal, dstcode, madonvi: 'H99' },
    names: entries.map(({ name }) => name),
  };
}

async function readClaims(peopleUrl: string): Promise<readonly Claim[]> {
  const response = await fetch(`${peopleUrl}?limit=1000`);
  const {
    people,
  }: { people: { number: string | null; fullName: string; birthDate: string; cases: string[] }[] } =
    JSON.parse(await response.text());
  return people
    .filter(({ number, birthDate }) => number !== null && /^\d{8}$/.test(birthDate))
    .filter(({ cases }) => cases.every((name) => plainCases.includes(name)))
    .map(({ number, fullName, birthDate }) => ({
      personalNumber: number ?? '',
      fullName,
      birthDate: birthDate.replace(/^(....)(..)(..)$/, '$1-$2-$3'),
    }));
}

async function startSource(): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const command = [process.execPath, join(rootFolder, 'dist', 'bench', 'source.js')];
  const child = startChild({ core: 1, command, environment: { PORT: String(port) } });
  await awaitReady(child, 'the source');
  return { url: `http://127.0.0.1:${port}`, child };
}

/** Lays the ground. @param say told of each long step */
export async function layGround(say: (text: string) => void): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-bench-'));
  const keyFolder = join(folder, 'keys');
  mkdirSync(join(folder, 'log'));
  const database = await startEmbeddedDatabase({
    folder: join(folder, 'database'),
    environment: 'sandbox',
    onProgress: say,
  });
  await prepareDatabase({ ...database, environment: 'sandbox' });
  createKeys(keyFolder, 'sandbox');
  const province = await seedProvince({
    ownerUrl: database.ownerUrl,
    keys: openKeys(keyFolder, 'sandbox'),
    folder: join(folder, 'systems'),
    environment: 'sandbox',
    at: new Date(),
  });
  const owner = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
  owner.on('error', () => undefined);
  await grantAll(owner);
  const mock = await startPopulation(folder, province);
  const portal = await startPortal(folder);
  const source = await startSource();
  return {
    ...{ folder, keyFolder, database, owner, province },
    sourceUrl: source.url,
    population: { url: mock.addresses.url, route: { kind: 'direct', ...account }, furtherPrefixes: ['999'] },
    claims: await readClaims(mock.addresses['peopleUrl'] ?? ''),
    ...{ portal: portal.settings, procedureNames: portal.names },
    async close() {
      await endChild(source.child);
      await mock.stop();
      await portal.mock.stop();
      await owner.end();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A token and the key that it is bound to, if it is bound. */
export interface Bearer {
  readonly token: string;
  readonly key: KeyObject;
}

/** A fresh token for one acting unit. */
export async function obtainToken(
  hubUrl: string,
  { province }: Pick<Ground, 'province'>,
  unitId: string,
  isBound: boolean,
): Promise<Bearer> {
  const system = province.systems.find(({ clientId }) => clientId === systemId);
  if (!system) throw new Error(`no system ${systemId}`);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { accessToken } = await requestToken({
    tokenUrl: `${hubUrl}/oauth/token`,
    issuer: hubUrl,
    clientId: systemId,
    key: parsePrivateKey(readFileSync(system.privateKeyFile, 'utf8')),
    unitId,
    dpopKey: isBound ? privateKey : undefined,
  });
  return { token: accessToken, key: privateKey };
}
