// What tests of the whole payment service stand on: a real hub, the real mock of the platform that calls it, and the calls of
// a one-stop system.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PaymentPlatformMock, startPaymentPlatformMock } from '../../../mocks/payment-platform/mock.ts';
import { until } from '../../support/embedded.ts';
import { startTestHub, type TestAnswer, type TestHub, type TestSettings } from '../../support/sandbox-hub.ts';

/** Whose demands they are: the first may use both accounts of the sandbox, the second one. */
export const [unit, otherUnit] = ['cq-03', 'cq-05'] as const;

const partner = { partner: 'TEST-PARTNER', secret: 'test-secret' } as const;
const gatewayAccount = { user: 'nen-tang', secret: 'test-gateway-secret' } as const;

// biome-ignore lint/suspicious/noExplicitAny: whatever the mock answers is what the tests are about
type Said = any;

/** The platform as a test plays it. */
export interface TestPlatform extends PaymentPlatformMock {
  /** Asks one of its addresses for tests. */
  control(url: string, body?: object, method?: string): Promise<Said>;
  /** Pays without a browser. */
  pay(reference: string, more?: object): Promise<Said>;
  /** Sends one CONFIRM now. */
  confirm(reference: string, more?: object): Promise<Said>;
  /** How often INIT came, and how many payments it made of it. */
  payments(reference?: string): Promise<readonly Said[]>;
}

/** A hub that is connected to the mock, and the calls that a one-stop system makes. */
export interface PaymentBench {
  readonly hub: TestHub;
  readonly platform: TestPlatform;
  create(body: object, key?: string, as?: string): Promise<TestAnswer>;
  read(paymentId: string, as?: string): Promise<TestAnswer>;
  get(path: string, as?: string): Promise<TestAnswer>;
  /** An act without an officer. */
  act(path: string, body: object, key?: string, as?: string): Promise<TestAnswer>;
  /** An act of an officer, by a system that is not the one-stop one. */
  officerAct(system: string, path: string, body: object, key?: string): Promise<TestAnswer>;
  /** Waits until a payment is in a state. */
  becomes(paymentId: string, state: string): Promise<void>;
  close(): Promise<void>;
}

async function control(url: string, body?: object, method = 'POST'): Promise<Said> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`mock: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function startPlatform(settings: object): Promise<TestPlatform & { end(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-pay-'));
  const mock = await startPaymentPlatformMock({
    ...partner,
    ...{ controlKey: 'test-control-key', journalFile: join(folder, 'journal.ndjson'), gatewayAccount },
    ...{ confirmRetryMs: 200, confirmAttempts: 6, receiptDelayMs: 0, slowMs: 20 },
    ...settings,
  });
  return {
    ...mock,
    control,
    pay: (reference, more = {}) => control(mock.payUrl, { reference, ...more }),
    confirm: (reference, more = {}) => control(mock.confirmUrl, { reference, ...more }),
    async payments(reference) {
      const only = reference === undefined ? '' : `&reference=${reference}`;
      const { entries } = await control(`${mock.journalUrl}?view=payments${only}`, undefined, 'GET');
      return entries;
    },
    async end() {
      await mock.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Lets the mock call the hub, whose address it did not know when it began. */
async function introduce(platform: TestPlatform, hubUrl: string): Promise<void> {
  const service = `${hubUrl}/payment/v1`;
  await control(
    platform.settingsUrl,
    {
      ...{ gatewayConfirmUrl: `${service}/confirmations`, gatewayBillUrl: `${service}/bill-look-ups` },
      gatewayKeyPayUrl: `${service}/keypay-callbacks`,
    },
    'PUT',
  );
}

/** Starts both; `settings` are those of the adapter besides the usual. */
export async function startPaymentBench(
  name: string,
  {
    mock = {},
    adapter = {},
    isConnected = true,
    toSources = () => ({}),
    ...more
  }: TestSettings & {
    readonly mock?: object;
    readonly adapter?: object;
    readonly isConnected?: boolean;
    /** Further sources, which the mock's addresses are told to. */
    readonly toSources?: (platform: TestPlatform) => object;
  } = {},
): Promise<PaymentBench> {
  const platform = await startPlatform(mock);
  const hub = await startTestHub(name, {
    ...more,
    sources: {
      ...(isConnected && {
        'payment-platform': {
          ...{ url: platform.url, ...partner, returnField: 'UrlTraVe', callMs: 2_000 },
          ...{ reconciliationUrl: platform.reconciliationFileUrl, ...adapter },
        },
      }),
      ...toSources(platform),
      ...more.sources,
    },
    callers: { 'payment-platform': { networks: ['127.0.0.1', '::1'], account: gatewayAccount } },
  });
  await introduce(platform, hub.url);
  const get = (path: string, as: string = unit) => hub.call({ path: `/payment/v1${path}`, unit: as });
  const send = (path: string, body: object, key: string, who: object, headers = {}) =>
    hub.call({
      ...{ method: 'POST', path: `/payment/v1${path}`, body, ...who },
      headers: { 'idempotency-key': key, ...headers },
    });
  const read = (paymentId: string, as?: string) => get(`/payments/${paymentId}`, as);
  return {
    ...{ hub, platform, get, read },
    create: (body, key = randomUUID(), as = unit) => send('/payments', body, key, { unit: as }),
    act: (path, body, key = randomUUID(), as = unit) => send(path, body, key, { unit: as }),
    async officerAct(system, path, body, key = randomUUID()) {
      const acting =
        system === 'mot-cua'
          ? unit
          : (hub.province.systems.find(({ clientId }) => clientId === system)?.actingUnits[0] ?? '');
      const officer = hub.province.officers.find((one) => one.unitId === acting)?.id;
      const purpose = system === 'mot-cua' ? 'giai-quyet-tthc' : 'quan-tri';
      return send(path, body, key, { system, unit: acting }, { officer, purpose });
    },
    becomes: (paymentId, state) => until(async () => (await read(paymentId)).body?.payment?.state === state),
    async close() {
      await hub.stop();
      await platform.end();
    },
  };
}

let lastDossier = 0;

/** A demand of 150,000 VND in two lines, of a dossier of its own, changed by `more`. */
export function toDemand(more: object = {}): Record<string, unknown> {
  lastDossier += 1;
  return {
    dossier: `H99.03-261126-${String(lastDossier).padStart(4, '0')}`,
    procedure: { code: '2.000488', name: 'Cấp phiếu lý lịch tư pháp' },
    kind: 'fee',
    payer: {
      ...{ name: 'Người Nộp Thử', identityNumber: '999090000123', address: 'Số 1 đường Thử' },
      ...{ province: 'Lâm Đồng', ip: '192.0.2.10' },
    },
    lines: [
      { kind: 'phi', code: 'P1', name: 'Phí thử nghiệm', amount: 100_000 },
      { kind: 'le-phi', code: 'L1', name: 'Lệ phí thử nghiệm', amount: 50_000 },
    ],
    amount: 150_000,
    beneficiary: 'kho-bac-tinh',
    text: 'Thanh toán lệ phí hồ sơ thử nghiệm',
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    ...more,
  };
}
