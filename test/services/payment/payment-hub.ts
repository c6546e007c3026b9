// A real hub with the operations of payments that the platform calls or that ask it, and the platform's mock beside it.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import {
  createPaymentPlatformAdapter,
  type PaymentPlatform,
  parsePaymentPlatformSettings,
} from '../../../adapters/payment-platform/index.ts';
import { startPaymentPlatformMock } from '../../../mocks/payment-platform/mock.ts';
import type { components, operations } from '../../../openapi/types/payment.v1.ts';
import { readConfig } from '../../../src/config.ts';
import { loadContract } from '../../../src/contracts/contract.ts';
import { createEntitlement } from '../../../src/delivery/webhook/entitlement.ts';
import { createWebhookNotices } from '../../../src/delivery/webhook/notices.ts';
import { startHub } from '../../../src/hub.ts';
import { Problem } from '../../../src/problem.ts';
import type { ServiceDependencies } from '../../../src/services/index.ts';
import { publish, type Services } from '../../../src/services/index.ts';
import { createAskingHandlers } from '../../../src/services/payment/asking/handlers.ts';
import { createAsking } from '../../../src/services/payment/asking/index.ts';
import { type PaymentPoller, startPaymentPoller } from '../../../src/services/payment/asking/poller.ts';
import { createConfirmations } from '../../../src/services/payment/confirmations/index.ts';
import type {
  PaymentForm,
  PaymentReading,
  PaymentRooms,
  PaymentRow,
} from '../../../src/services/payment/dependencies.ts';
import { createMovement } from '../../../src/services/payment/movement/index.ts';
import { openPart, sealPart } from '../../../src/services/payment/sealed.ts';
import type { Handlers } from '../../../src/services/service.ts';
import { createClient, freePort, layGround } from '../../support/sandbox-hub.ts';
import {
  addBeneficiary,
  amount,
  insertPayments,
  type NewPayment,
  nextReference,
  partner,
  rules,
} from './bench.ts';

const keyPay = { clientId: 'TEST-CLIENT', hashKey1: 'test-secret-1', hashKey2: 'test-secret-2' } as const;

/** What a demand says; the people in it are invented. */
const form: PaymentForm = {
  ...{ text: 'Thanh toan le phi', publicService: undefined, fine: undefined, returnUrl: undefined },
  procedure: { code: '2.000488', name: 'Cấp phiếu lý lịch tư pháp' },
  unit: { code: 'H99.01', name: 'Xã thử' },
  lines: [{ kind: 'le-phi', code: 'LP01', name: 'Lệ phí', amount }],
  payer: {
    ...{ name: 'Người Nộp Thử', identityNumber: '999000000001', address: 'Xã thử', province: 'Lâm Đồng' },
    ip: '192.0.2.10',
  },
  beneficiary: {
    ...{ account: '9990000001', bankCode: 'TESTBANK', accountName: 'Kho bạc thử' },
    ...{ treasury: undefined, budgetAccount: undefined },
  },
};

const refuse = async (): Promise<never> => {
  throw new Problem('not-found');
};

/** Operations of the other parts; those with an effect are repeatable. */
const toNotHere = ({ effect }: { readonly effect: boolean }) => ({
  handle: refuse,
  ...(effect && { repeat: refuse }),
});

/** Payments as far as these operations show them: the rest of the contract is another part's. */
function createReading({ pool, keys }: Pick<PaymentRooms, 'pool' | 'keys'>): PaymentReading {
  return {
    async read(id) {
      const { rows } = await pool.query('SELECT * FROM payment WHERE id = $1', [id]);
      const row = rows[0];
      const payment: components['schemas']['Payment'] = {
        ...{ paymentId: id, reference: row.reference, unit: row.unit_id, dossier: row.dossier },
        ...{ procedure: row.procedure_code, kind: row.kind, state: row.state, amount: Number(row.amount) },
        ...{ beneficiary: row.beneficiary_code, createdAt: row.created_at.toISOString() },
        ...{ changedAt: row.changed_at.toISOString(), expiresAt: row.expires_at.toISOString() },
        ...{ hasReceipt: false, openExceptions: 0 },
      };
      return { payment, lines: [], states: [], messages: [], exceptions: [] };
    },
    findPayable: async () => [],
    async openForm(payment: PaymentRow) {
      const { rows } = await pool.query<{ form: Buffer }>('SELECT form FROM payment WHERE id = $1', [
        payment.id,
      ]);
      return JSON.parse(openPart(keys.field, 'payment', payment.id, rows[0]?.form ?? Buffer.alloc(0)));
    },
  };
}

/** The parts of the service that stand in this hub. */
function putTogether(d: ServiceDependencies, platforms: readonly PaymentPlatform[], now: () => Date) {
  const rooms: PaymentRooms = {
    ...{ ...d, now, rules, onArrival: () => undefined },
    notices: createWebhookNotices(true, createEntitlement(d.registry)),
    platforms: Object.fromEntries(platforms.map((platform) => [platform.variant, platform])),
  };
  const movement = createMovement(rooms);
  const reading = createReading(rooms);
  const asking = createAsking(rooms, movement, reading);
  const contract = loadContract('payment.v1');
  const handlers = {
    ...Object.fromEntries(contract.operations.map((facts) => [facts.id, toNotHere(facts)])),
    ...createConfirmations(rooms, movement),
    ...createAskingHandlers(rooms, asking, reading, (one, other) => one === other),
  } as unknown as Handlers<operations>;
  let poller: PaymentPoller | undefined;
  const services: Services = {
    published: [
      publish<operations>(contract, 'payment-platform', handlers, ['refreshPayment', 'readReceipt']),
    ],
    ...{ routes: [], works: [], hush: () => undefined },
    start: () => {
      poller = startPaymentPoller(rooms, movement, asking, 50);
    },
    async close() {
      await poller?.stop();
      for (const platform of platforms) await platform.close();
    },
  };
  return { rooms, movement, asking, services };
}

/** Right and service, as an administrator would have made them. */
async function allow(owner: pg.Pool): Promise<void> {
  await owner.query(
    "INSERT INTO service (id, provider_source, state) VALUES ('payment.v1', 'payment-platform', 'active')",
  );
  await owner.query(
    "UPDATE mandate SET operations = operations || ARRAY['payment.v1/*'] WHERE system_id = 'mot-cua'",
  );
  await owner.query(`
    INSERT INTO access_grant SELECT (jsonb_populate_record(g, jsonb_build_object('id', 'q-test-payment', 'purpose', NULL,
      'case_rule', 'optional', 'sender_bound', false, 'fields', NULL, 'operations', jsonb_build_array('payment.v1/refreshPayment',
      'payment.v1/readReceipt', 'payment.v1/downloadReceipt')))).* FROM access_grant g WHERE id = 'q-mot-cua-tthc'`);
  await addBeneficiary(owner);
}

/** Starts both. */
export async function startPaymentHub(name: string) {
  const ground = await layGround(name);
  const owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 2 });
  owner.on('error', () => undefined);
  await allow(owner);
  const mock = await startPaymentPlatformMock({
    ...partner,
    ...{
      controlKey: randomBytes(12).toString('hex'),
      journalFile: join(ground.written, `${name}-payments.journal`),
    },
    ...{
      keyPay,
      skewMs: 86_400_000,
      confirmRetryMs: 50,
      confirmAttempts: 3,
      receiptDelayMs: 0,
      untriedState: '3',
    },
  });
  const port = await freePort();
  const config = readConfig(ground.environment(port));
  let offsetMs = 0;
  const now = (): Date => new Date(Date.now() + offsetMs);
  let parts: ReturnType<typeof putTogether> | undefined;
  const callers = {
    'payment-platform': { networks: ['127.0.0.1'], limits: { perSecond: 1_000, burst: 1_000 } },
  };
  const toPlatform = (settings: object) =>
    createPaymentPlatformAdapter(parsePaymentPlatformSettings({ callMs: 2_000, ...settings }));
  const hub = await startHub(
    { ...config, settings: { ...config.settings, callers } },
    ground.database,
    (d) => {
      const platforms = [
        toPlatform({ ...partner, url: mock.url }),
        toPlatform({
          variant: 'keypay',
          returnUrl: 'https://test.example/',
          ...keyPay,
          url: `${mock.url}/keypay`,
        }),
      ];
      parts = putTogether(d, platforms, now);
      return parts.services;
    },
  );
  const { rooms, movement, asking } =
    parts ??
    (() => {
      throw new Error('the hub published nothing');
    })();
  const control = async (url: string, method: string, body?: unknown) => {
    const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`mock: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  await control(mock.settingsUrl, 'PUT', {
    gatewayConfirmUrl: `${hub.url}/payment/v1/confirmations`,
    gatewayKeyPayUrl: `${hub.url}/payment/v1/keypay-callbacks`,
  });
  const row = async (sql: string, values: readonly unknown[] = []) =>
    (await owner.query(sql, [...values])).rows[0];
  return {
    ...{ owner, rooms, movement, asking, mock, row, url: hub.url },
    ...createClient(hub.url, ground.province),
    /** The unit that the one-stop system acts for unless it says otherwise. */
    unit: ground.province.systems.find(({ clientId }) => clientId === 'mot-cua')?.actingUnits[0] ?? '',
    /** Moves the hub's clock for payments. */
    advance: (ms: number) => {
      offsetMs += ms;
    },
    async make(payment: NewPayment = {}) {
      const id = payment.id ?? crypto.randomUUID();
      const sealed = sealPart(rooms.keys.field, 'payment', id, JSON.stringify(form));
      const unitId = ground.province.systems.find(({ clientId }) => clientId === 'mot-cua')?.actingUnits[0];
      await insertPayments(rooms.pool, [
        { ...(unitId !== undefined && { unitId }), reference: nextReference(), ...payment, id, form: sealed },
      ]);
      return {
        id,
        reference: String((await row('SELECT reference FROM payment WHERE id = $1', [id])).reference),
      };
    },
    stateOf: async (id: string): Promise<string> =>
      (await row('SELECT state FROM payment WHERE id = $1', [id])).state,
    async exceptionsOf(id: string): Promise<readonly string[]> {
      const { rows } = await owner.query(
        'SELECT kind FROM payment_exception WHERE payment_id = $1 ORDER BY id',
        [id],
      );
      return rows.map(({ kind }) => kind);
    },
    /** The mock's own addresses for tests; see mocks/payment-platform/README.md. */
    pay: (reference: string, more: object = {}) =>
      control(mock.payUrl, 'POST', { reference, outcome: 'success', order: 'confirmFirst', ...more }),
    sendConfirm: (reference: string, more: object = {}) =>
      control(mock.confirmUrl, 'POST', { reference, ...more }),
    fault: (rule?: object) => control(mock.faultUrl, rule ? 'PUT' : 'DELETE', rule),
    set: (settings: object) => control(mock.settingsUrl, 'PUT', settings),
    async stop() {
      await hub.stop();
      await mock.close();
      await owner.end();
      await ground.close();
    },
  };
}
