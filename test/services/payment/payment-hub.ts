// A hub with the service of payments under a clock that a test moves, and the platform's mock beside it.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import {
  createPaymentPlatformAdapter,
  parsePaymentPlatformSettings,
} from '../../../adapters/payment-platform/index.ts';
import { startPaymentPlatformMock } from '../../../mocks/payment-platform/mock.ts';
import { readConfig } from '../../../src/config.ts';
import { createEntitlement } from '../../../src/delivery/webhook/entitlement.ts';
import { createWebhookNotices } from '../../../src/delivery/webhook/notices.ts';
import { startHub } from '../../../src/hub.ts';
import type { PaymentForm } from '../../../src/services/payment/dependencies.ts';
import { defaultPaymentRules } from '../../../src/services/payment/rules.ts';
import { sealPart } from '../../../src/services/payment/sealed.ts';
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
import { publishPayments } from './service.ts';

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

/** Starts both. */
export async function startPaymentHub(name: string) {
  const ground = await layGround(name);
  const owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 2 });
  owner.on('error', () => undefined);
  await addBeneficiary(owner);
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
  let parts: ReturnType<typeof publishPayments> | undefined;
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
      parts = publishPayments(d, {
        ...{ now, rules: { ...defaultPaymentRules, ...rules }, times: { pollMs: 50 } },
        notices: createWebhookNotices(true, createEntitlement(d.registry)),
        platforms: Object.fromEntries(platforms.map((platform) => [platform.variant, platform])),
      });
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
