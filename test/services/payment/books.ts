// What tests of beneficiaries, exceptions and reconciliation stand on: a hub that publishes these parts, the mock of the
// platform with an adapter to it, and payments moved as the other parts move them.
import { hash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import {
  createPaymentPlatformAdapter,
  type PaymentPlatform,
  parsePaymentPlatformSettings,
} from '../../../adapters/payment-platform/index.ts';
import { type PaymentPlatformMock, startPaymentPlatformMock } from '../../../mocks/payment-platform/mock.ts';
import { makeProof } from '../../../src/cli/proof.ts';
import { readConfig } from '../../../src/config.ts';
import { loadContract } from '../../../src/contracts/contract.ts';
import { withTransaction } from '../../../src/database/pool.ts';
import { createEntitlement } from '../../../src/delivery/webhook/entitlement.ts';
import { createWebhookNotices } from '../../../src/delivery/webhook/notices.ts';
import { startHub } from '../../../src/hub.ts';
import type { ServiceDependencies } from '../../../src/services/index.ts';
import type { PaymentRow } from '../../../src/services/payment/dependencies.ts';
import type { LedgerEvent } from '../../../src/services/payment/ledger.ts';
import { defaultPaymentRules } from '../../../src/services/payment/rules.ts';
import { makeSystem } from '../../support/made-system.ts';
import { createClient, type Ground, layGround, type TestAnswer } from '../../support/sandbox-hub.ts';
import { freePort } from '../../support/written.ts';
import { publishPayments, type TestPayments } from './service.ts';

const contract = loadContract('payment.v1');
const operations = contract.operations.filter(({ scheme }) => scheme !== 'source').map(({ name }) => name);

/** VND. */
export const amount = 150_000;

/** `yyyy-MM-dd` in Viet Nam, some days before today. */
export const dayAgo = (days: number): string =>
  new Date(Date.now() + 7 * 3_600_000 - days * 86_400_000).toISOString().slice(0, 10);

/** Noon of a day in Viet Nam. */
export const noonOf = (day: string): Date => new Date(`${day}T12:00:00+07:00`);

/** Who calls; each is a system of a unit of its own, with an officer of it. */
export type Role = 'ketoan-a' | 'ketoan-b' | 'donvi-c';

async function startPlatform(folder: string) {
  const mock = await startPaymentPlatformMock({
    ...{ partner: 'TEST-PARTNER', secret: 'test-secret', controlKey: 'test-control-key' },
    journalFile: join(folder, 'mock-payment.journal'),
  });
  const platform = createPaymentPlatformAdapter(
    parsePaymentPlatformSettings({
      ...{ url: mock.url, partner: 'TEST-PARTNER', secret: 'test-secret', callMs: 5_000 },
      ...{ reconciliationUrl: mock.reconciliationFileUrl, reconciliation: { callMs: 5_000 } },
    }),
  );
  return { mock, platform };
}

/** Days are reconciled only when a test asks, and the platform is asked for no payment. */
const toOwn = (d: ServiceDependencies, platform: PaymentPlatform): TestPayments => ({
  notices: createWebhookNotices(false, createEntitlement(d.registry)),
  platforms: { 'payment-platform': platform },
  rules: { ...defaultPaymentRules, reconcileFromHour: 0, reconcileDaysBack: 0 },
  times: { pollMs: 3_600_000, reconciling: { lookMs: 3_600_000 } },
  now: () => new Date(),
});

let count = 0;

/** A reference that no other payment of this process has. */
export function newReference(): string {
  count += 1;
  return `TCA${String(count).padStart(9, '0')}`;
}

/** A running hub of these parts. */
export type Books = Awaited<ReturnType<typeof startBooks>>;

const roles = ['ketoan-a', 'ketoan-b', 'donvi-c'] as const;

async function makeRoles({ province }: Ground, owner: pg.Pool) {
  const officers = province.officers.filter((one) => one.case === 'ordinary');
  const unitIds = [...new Set(officers.map((one) => one.unitId))];
  const units = Object.fromEntries(roles.map((id, index) => [id, unitIds[index] ?? '']));
  const made = [];
  for (const id of roles)
    made.push(
      await makeSystem(
        { owner, province },
        {
          ...{ id, unitId: units[id] ?? '', mandate: ['payment.v1/*'], grant: operations },
          reach: id === 'donvi-c' ? 'unit' : 'province',
        },
      ),
    );
  return { units, province: { ...province, systems: [...province.systems, ...made] } };
}

const insertPayment = `INSERT INTO payment (id, reference, variant, unit_id, owning_unit, system_id, dossier, procedure_code, kind,
    amount, beneficiary_code, beneficiary_revision, lines_sha256, form, expires_at, created_at)
  VALUES ($1, $2, 'payment-platform', $3, $3, 'donvi-c', $4, '2.000488', 'fee', $5, 'seeded', 1, $6, 'sealed', $7, $8)`;

/** Starts a hub, a mock and the calls of three systems. */
export async function startBooks(name: string) {
  const ground = await layGround(name);
  const owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 3 });
  owner.on('error', () => undefined);
  const { units, province } = await makeRoles(ground, owner);
  await owner.query(
    `INSERT INTO beneficiary (code, account, bank_code, account_name, state, revision, changed_at)
     VALUES ('seeded', '9990000001', 'TESTBANK', 'Kho bạc thử', 'active', 1, now())`,
  );
  const { mock, platform } = await startPlatform(ground.written);
  let parts: ReturnType<typeof publishPayments> | undefined;
  const hub = await startHub(readConfig(ground.environment(await freePort())), ground.database, (d) => {
    parts = publishPayments(d, toOwn(d, platform));
    return parts.services;
  });
  if (!parts) throw new Error('the hub published nothing');
  const { rooms, movement } = parts;
  const client = createClient(hub.url, province);
  const officerOf = (role: Role): string =>
    ground.province.officers.find((one) => one.unitId === units[role] && one.case === 'ordinary')?.id ?? '';

  const control = async (url: string, method: string, body?: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`the mock answers ${response.status}: ${text}`);
    return text.startsWith('{') ? JSON.parse(text) : {};
  };

  const apply = (payment: PaymentRow, event: LedgerEvent, messageId?: string) =>
    withTransaction(rooms.pool, async (client) => {
      const locked = await movement.lock(client, { id: payment.id });
      if (!locked) throw new Error('no such payment');
      return movement.apply(client, locked, event, {
        exchangeId: randomUUID(),
        ...(messageId !== undefined && { messageId }),
      });
    });

  return {
    ...{ mock, platform, rooms, movement, owner, ground, units, apply, officerOf },
    /** The bytes of an answer that is no JSON. */
    async download(path: string, role: Role = 'ketoan-a') {
      const { token: accessToken, key } = await client.token({ system: role });
      const url = `${hub.url}/payment/v1${path}`;
      const proof = await makeProof({ key, method: 'GET', url, accessToken });
      const response = await fetch(url, { headers: { authorization: `DPoP ${accessToken}`, dpop: proof } });
      const bytes = Buffer.from(await response.arrayBuffer());
      return { status: response.status, headers: response.headers, bytes };
    },
    read: (path: string, role: Role = 'ketoan-a'): Promise<TestAnswer> =>
      client.call({ system: role, path: `/payment/v1${path}` }),
    act: (
      path: string,
      body: unknown,
      role: Role = 'ketoan-a',
      more: { officer?: string; key?: string } = {},
    ) =>
      client.call({
        ...{ system: role, method: 'POST', path: `/payment/v1${path}`, body },
        headers: {
          officer: more.officer ?? officerOf(role),
          purpose: 'thu-phi',
          'idempotency-key': more.key ?? randomUUID(),
        },
      }),
    /** A payment that waits, as if created on `day`. */
    async open(day = dayAgo(0)): Promise<PaymentRow> {
      const [id, reference] = [randomUUID(), newReference()];
      const values = [
        `H99.10-${reference}`,
        amount,
        hash('sha256', reference),
        new Date(Date.now() + 3_600_000),
        noonOf(day),
      ];
      await owner.query(insertPayment, [id, reference, units['donvi-c'], ...values]);
      const payment = await withTransaction(rooms.pool, (client) => movement.lock(client, { id }));
      if (!payment) throw new Error('the payment was not written');
      return (await apply(payment, { kind: 'url-received' })).payment;
    },
    /** Keeps a payment from being moved until it is let go; what is asked for twice is let go once. */
    async hold({ id }: PaymentRow): Promise<() => Promise<void>> {
      const client = new pg.Client(ground.database.ownerUrl);
      await client.connect();
      await client.query('BEGIN');
      await client.query('SELECT FROM payment WHERE id = $1 FOR UPDATE', [id]);
      let ended: Promise<void> | undefined;
      return () => {
        ended ??= client.end();
        return ended;
      };
    },
    /** A verified confirmation of ours, and what it came to. */
    async confirm(payment: PaymentRow, saidAt: Date, more: { amount?: number; transaction?: string } = {}) {
      const said = { amount: payment.amount, transaction: `GD${payment.reference}`, ...more };
      const { id } = await withTransaction(rooms.pool, (client) =>
        movement.write(client, {
          ...{
            paymentId: payment.id,
            direction: 'in',
            kind: 'confirm',
            outcome: 'verified',
            says: 'paid',
            saidAt,
            ...said,
          },
          ...{ sha256: hash('sha256', randomUUID()), bytes: 10, body: '{}' },
        }),
      );
      return apply(payment, { kind: 'confirmed', ...said }, id);
    },
    /** A day of the platform: rows of whatever reference. */
    setDay: (day: string, rows: readonly Readonly<Record<string, unknown>>[]) =>
      control(mock.reconciliationUrl, 'PUT', {
        date: day.replaceAll('-', ''),
        differences: rows.map((row) => ({ kind: 'onlyTheirs', ...row })),
      }),
    fault: (rule: Readonly<Record<string, unknown>> | undefined) =>
      control(mock.faultUrl, rule ? 'PUT' : 'DELETE', rule),
    control,
    stateOf: async (id: string): Promise<string> =>
      (await owner.query<{ state: string }>('SELECT state FROM payment WHERE id = $1', [id])).rows[0]
        ?.state ?? '',
    async stop(): Promise<void> {
      await hub.stop();
      await mock.close();
      await owner.end();
      await ground.close();
    },
  };
}

/** Waits until what is asked for is there. @throws Error after 10 s */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let left = 500; left > 0; left -= 1) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come in 10 s');
}

/** Rows of the platform as `setDay` takes them. */
export const toRow = (
  { reference }: Pick<PaymentRow, 'reference'>,
  more: Readonly<Record<string, unknown>> = {},
) => ({ reference, amount, transaction: `GD${reference}`, ...more });

/** The mock's own type, for tests that steer it. */
export type { PaymentPlatformMock };
