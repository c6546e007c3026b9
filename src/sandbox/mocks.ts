// The mocks of the sandbox: which are started, with what, and how the hub reaches them. Accounts and keys are made here.
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxFolders } from './folders.ts';
import { type RunningMock, startMock } from './mock.ts';
import type { SandboxProvince } from './province.ts';
import type { AxisSystem, MockPlaces, SourceAccount } from './sandbox-file.ts';
import { outsideCodes } from './seed-units.ts';

/** The running mocks. */
export interface SandboxMocks {
  /** What the hub's settings say of its sources. */
  readonly sources: Readonly<Record<string, unknown>>;
  /** What they say of those that call the hub. */
  readonly callers: Readonly<Record<string, unknown>>;
  /** What sandbox.json tells of them. */
  readonly file: MockPlaces;
  readonly stop: () => Promise<void>;
}

/** What starting them needs. */
export interface MocksOptions {
  readonly folders: SandboxFolders;
  readonly province: SandboxProvince;
  /** Where the hub will listen: some national systems call it. */
  readonly publicUrl: string;
  readonly say: (text: string) => void;
}

/** The province's connecting centre on the axis, and everybody else's. */
const axisSystems = { ours: '00.99.W00', others: '00.98.W00' } as const;

/** From where the mocks call the hub. */
const loopback = ['127.0.0.1', '::1'];

/** The same at every start, since the registry may hold one of them. */
const toSpareAccounts = (controlKey: string): readonly SourceAccount[] =>
  ['don-vi-a', 'don-vi-b'].map((user) => ({
    user,
    secret: createHmac('sha256', controlKey).update(`account ${user}`).digest('base64url'),
  }));

/** Kept between starts: what a mock wrote in its journal goes by it. */
function openControlKey(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

function start({ folders, say }: MocksOptions, source: string, settings: object): Promise<RunningMock> {
  const logFile = join(folders.log, `mock-${source}.log`);
  return startMock({ source, settings, folder: folders.root, logFile, say });
}

interface Started extends Pick<SandboxMocks, 'sources'>, Partial<Pick<SandboxMocks, 'callers'>> {
  readonly mock: RunningMock;
  readonly file: Partial<MockPlaces>;
}

async function startPopulation(options: MocksOptions): Promise<Started> {
  const { folders, province } = options;
  const account = { user: 'lamdong-sandbox', secret: randomBytes(24).toString('base64url') };
  const controlKey = openControlKey(join(folders.root, 'mock-population.key'));
  const spareCredentials = toSpareAccounts(controlKey);
  const mock = await start(options, 'population', {
    account,
    moreAccounts: spareCredentials,
    controlKey,
    journalFile: join(folders.root, 'mock-population.journal'),
    officers: province.mockOfficers,
    unitCodes: province.mockUnitCodes.map((code) => ({ code })),
  });
  const { addresses } = mock;
  return {
    mock,
    sources: {
      population: {
        ...{ url: addresses.url, furtherPrefixes: ['999'] },
        route: { kind: 'direct', ...account },
      },
    },
    file: {
      population: {
        ...addresses,
        credentials: account,
        spareCredentials,
        spareUnits: province.spare.units,
        spareOfficers: province.spare.officers,
      },
    },
  };
}

async function startDocumentAxis(options: MocksOptions): Promise<Started> {
  const { folders, province } = options;
  const folder = join(folders.root, 'mock-document-axis');
  const toSystem = (systemId: string, codes: readonly string[]): AxisSystem => ({
    ...{ systemId, codes },
    secret: randomBytes(24).toString('base64url'),
  });
  const ours = toSystem(axisSystems.ours, province.agencyCodes);
  const others = toSystem(axisSystems.others, outsideCodes);
  const mock = await start(options, 'document-axis', {
    controlKey: openControlKey(join(folders.root, 'mock-document-axis.key')),
    ...{ folder, journalFile: join(folder, 'journal.ndjson') },
    systems: [ours, others],
  });
  const { addresses } = mock;
  return {
    mock,
    sources: {
      'document-axis': {
        ...{ url: addresses.url, face: 'xrd', systemId: ours.systemId, secret: ours.secret },
        ...{ hopCode: axisSystems.ours, pollSeconds: 1, connections: 8 },
      },
    },
    file: {
      'document-axis': {
        ...addresses,
        // The axis serves others too: each is given its own list.
        callsUrl: `${addresses['callsUrl']}?caller=${ours.systemId}`,
        outside: others,
      },
    },
  };
}

async function startVirusScanner(options: MocksOptions): Promise<Started> {
  const { folders } = options;
  const mock = await start(options, 'virus-scanner', {
    controlKey: openControlKey(join(folders.root, 'mock-virus-scanner.key')),
    journalFile: join(folders.root, 'mock-virus-scanner.journal'),
  });
  const { addresses } = mock;
  const { hostname, port } = new URL(addresses.url);
  return {
    mock,
    sources: { 'virus-scanner': { host: hostname, port: Number(port), whenAway: 'hold' } },
    file: { 'virus-scanner': { ...addresses } },
  };
}

/** The payment contract's addresses are told before the hub listens: until then a CONFIRM is simply repeated. */
async function startPaymentPlatform(options: MocksOptions): Promise<Started> {
  const { folders, publicUrl } = options;
  const partner = { partner: 'LAMDONG-SANDBOX', secret: randomBytes(24).toString('base64url') };
  // No address to return to: the hub has no page for payers, so the bank's tells how it ended.
  const reply = { replyForm: 'plain' } as const;
  const service = `${publicUrl}/payment/v1`;
  const gatewayAccount = { user: 'nen-tang-thanh-toan', secret: randomBytes(24).toString('base64url') };
  const mock = await start(options, 'payment-platform', {
    ...{ ...partner, ...reply, confirmAttempts: 8, confirmRetryMs: 2_000, receiptDelayMs: 1_000 },
    controlKey: openControlKey(join(folders.root, 'mock-payment-platform.key')),
    journalFile: join(folders.root, 'mock-payment-platform.journal'),
    gatewayAccount,
    gatewayConfirmUrl: `${service}/confirmations`,
    gatewayBillUrl: `${service}/bill-look-ups`,
    gatewayKeyPayUrl: `${service}/keypay-callbacks`,
  });
  const { addresses } = mock;
  const { url, reconciliationFileUrl } = addresses;
  return {
    mock,
    sources: {
      'payment-platform': {
        ...{ variant: 'platform', url, version: '1.0.6', ...partner, ...reply },
        ...{ reconciliationUrl: reconciliationFileUrl, returnField: 'UrlTraVe' },
      },
    },
    callers: { 'payment-platform': { networks: loopback, account: gatewayAccount } },
    file: { 'payment-platform': { ...addresses } },
  };
}

/** A code for each kind of refusal, so that the hub can tell them apart. Source: public-service-portal.md §7, §9 */
const portalCodes = { unknown: -4, procedure: -5, unit: -6, fields: -7, transition: -8 } as const;

/** What the mock requires and how it refuses, as the adapter is told it. */
const portalRules = {
  requiredMembers: [
    ...['/code', '/dossier/procedure/code', '/dossier/status', '/dossier/owner/name', '/dossier/owner/kind'],
  ],
  requiredLineMembers: ['/officer', '/at', '/content', '/status'],
  unknownCodes: [String(portalCodes.unknown)],
  procedureCodes: [String(portalCodes.procedure)],
  unitCodes: [String(portalCodes.unit)],
  invalidCodes: [String(portalCodes.fields)],
  transitionCodes: [String(portalCodes.transition)],
} as const;

/** Its bodies hold papers, so few of them are taken at once. */
const portalCallerLimits = { calls: 4, waiting: 4 } as const;

async function startPortal(options: MocksOptions): Promise<Started> {
  const { folders, publicUrl } = options;
  const controlKey = openControlKey(join(folders.root, 'mock-portal.key'));
  const account = { user: 'lamdong-sandbox', secret: randomBytes(24).toString('base64url') };
  const caller = { user: 'cong-dvc-quoc-gia', secret: randomBytes(24).toString('base64url') };
  const dstcode = 'VN:GOV:000.00.00.G99:dvcqg-mock';
  const mock = await start(options, 'portal', {
    ...{ controlKey, dstcode, journalFile: join(folders.root, 'mock-portal.journal') },
    accounts: [{ username: account.user, password: account.secret }],
    ...{ inboundAccount: caller.user, inboundSecret: caller.secret, codes: portalCodes },
    gatewayUrl: `${publicUrl}/portal/v1/inbound-dossiers`,
  });
  const { addresses } = mock;
  const { authUrl, integrationUrl, shareUrl, createUrl, updateUrl, progressUrl } = addresses;
  return {
    mock,
    sources: {
      portal: {
        ...{ generation: 'A', authUrl, integrationUrl, shareUrl, createUrl, updateUrl, progressUrl },
        ...{ username: account.user, password: account.secret, dstcode, madonvi: 'H99' },
        ...portalRules,
      },
    },
    callers: { portal: { networks: ['127.0.0.1', '::1'], account: caller, limits: portalCallerLimits } },
    file: { portal: { ...addresses, credentials: account, caller } },
  };
}

const begins = [startPopulation, startDocumentAxis, startVirusScanner, startPortal, startPaymentPlatform];

/** Starts all of them together. @throws StartError when one does not come up; then none is left */
export async function startMocks(options: MocksOptions): Promise<SandboxMocks> {
  const starts = begins.map((begin) => begin(options));
  const results = await Promise.allSettled(starts);
  const running = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(({ mock }) => mock.stop()));
  };
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return {
    sources: Object.assign({}, ...running.map(({ sources }) => sources)),
    callers: Object.assign({}, ...running.map(({ callers }) => callers)),
    file: Object.assign({}, ...running.map(({ file }) => file)),
    stop,
  };
}
