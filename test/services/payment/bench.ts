// A database with payments to be moved, and the words of the platform, signed here and nowhere else than in tests.
import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import {
  createPaymentPlatformAdapter,
  type PaymentPlatform,
  type PaymentVariant,
  parsePaymentPlatformSettings,
} from '../../../adapters/payment-platform/index.ts';
import { createPool, withTransaction } from '../../../src/database/pool.ts';
import { createDeliveryEngine } from '../../../src/delivery/engine.ts';
import { createWebhookNotices } from '../../../src/delivery/webhook/notices.ts';
import { takeConfirmation } from '../../../src/services/payment/confirmations/take.ts';
import type { Applied, Cause, PaymentRules } from '../../../src/services/payment/dependencies.ts';
import type { LedgerEvent } from '../../../src/services/payment/ledger.ts';
import { createMovement } from '../../../src/services/payment/movement/index.ts';
import { keys as monthKeys } from '../../evidence/support.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';

/** What both sides know. */
export const partner = { partner: 'TEST-PARTNER', secret: 'test-secret' } as const;

/** The amount of a payment unless said otherwise, VND. */
export const amount = 150_000;

/** Units whose payments they are. */
export const units = ['cq-01', 'cq-02', 'cq-03'] as const;

/** Rules with short lists. */
export const rules: PaymentRules = {
  ...{ variant: 'payment-platform', queryMinutes: [5, 10, 30], receiptMinutes: [1, 5], expiryHours: 72 },
  ...{ receiptBytes: 1_000_000, refusedPerMinute: 5, reconcileFromHour: 6, reconcileDaysBack: 7 },
};

/** SHA-256, lower-case hex. */
export const toSha256 = (text: string | Uint8Array): string =>
  createHash('sha256').update(text).digest('hex');

/** A CONFIRM as the platform signs it; `more` are members written over it before. Source: payment-platform.md §1.3 */
export function toConfirm(
  reference: string,
  more: Readonly<Record<string, string | number>> = {},
  secret: string = partner.secret,
): Record<string, string | number> {
  const signed = {
    ...{ LoaiBanTin: 'CONFIRM', MaLoi: '00', MaDoiTac: partner.partner, MaThamChieu: reference },
    ...{ SoTien: amount, MaTienTe: 'VND', MaGiaoDich: `GD${reference}`, MaNganHang: 'TESTBANK' },
    ...{ ThoiGianGD: '20251123142005', ThongTinGiaoDich: 'Thanh toan le phi', ...more },
  };
  return { ...signed, MaXacThuc: toSha256([...Object.values(signed), secret].join('|')) };
}

/** The adapter of the platform at `url`. */
export const openPlatform = (url = 'http://127.0.0.1:9/'): PaymentPlatform =>
  createPaymentPlatformAdapter(parsePaymentPlatformSettings({ ...partner, url }));

let lastReference = 0;

/** A reference as the hub makes them, new at each call. */
export const nextReference = (): string => {
  lastReference += 1;
  return `TCA${String(lastReference).padStart(9, '0')}`;
};

/** A payment to be made. */
export interface NewPayment {
  readonly id?: string;
  readonly reference?: string;
  readonly unitId?: string;
  readonly amount?: number;
  readonly variant?: PaymentVariant;
  readonly expiresAt?: Date;
  readonly nextQueryAt?: Date;
  readonly form?: Buffer;
}

/** Makes payments as the hub's role may. @returns their ids and references */
export async function insertPayments(
  pool: pg.Pool,
  payments: readonly NewPayment[],
): Promise<readonly { readonly id: string; readonly reference: string }[]> {
  const made = payments.map((payment) => ({ id: uuidv7(), reference: nextReference(), ...payment }));
  await pool.query(
    `INSERT INTO payment (id, reference, variant, unit_id, owning_unit, system_id, dossier, procedure_code, kind, amount,
       beneficiary_code, beneficiary_revision, lines_sha256, form, expires_at, next_query_at)
     SELECT id, reference, variant, unit, unit, 'mot-cua', 'H99.' || reference, '2.000488', 'fee', amount, 'invented', 1,
       repeat('0', 64), decode(form, 'base64'), expires, next
     FROM jsonb_to_recordset($1) AS r (id uuid, reference text, variant text, unit text, amount bigint, form text,
       expires timestamptz, next timestamptz)`,
    [
      JSON.stringify(
        made.map((one) => ({
          ...{ id: one.id, reference: one.reference, variant: one.variant ?? 'payment-platform' },
          ...{ unit: one.unitId ?? units[0], amount: one.amount ?? amount },
          form: (one.form ?? Buffer.alloc(0)).toString('base64'),
          ...{ expires: one.expiresAt ?? new Date(Date.now() + 3_600_000), next: one.nextQueryAt },
        })),
      ),
    ],
  );
  return made;
}

/** The account that all of them name. */
export const addBeneficiary = (owner: pg.Pool) =>
  owner.query(
    `INSERT INTO beneficiary (code, account, bank_code, account_name, state, revision, changed_at)
     VALUES ('invented', '9990000001', 'TESTBANK', 'Kho bạc thử', 'active', 1, now())`,
  );

/** Movement on a database: everything but HTTP. */
export function createLedgerRooms(pool: pg.Pool, at: () => Date = () => new Date()) {
  const engine = createDeliveryEngine({
    ...{ pool, keys: monthKeys, processId: randomUUID() },
    now: () => ({ at: new Date(), databaseAt: new Date() }),
    logger: pino({ level: 'silent' }),
    isSourceOff: () => false,
  });
  const keys = { field: Buffer.alloc(32, 7), blob: Buffer.alloc(32, 8) };
  const platform = openPlatform();
  const arrived: string[] = [];
  const rooms = {
    ...{ pool, keys, engine, notices: createWebhookNotices(true, () => true), rules },
    platforms: { 'payment-platform': platform },
    onArrival: (unitIds: readonly string[]) => {
      arrived.push(...unitIds);
    },
    now: at,
  };
  const movement = createMovement(rooms);
  return {
    ...{ rooms, movement, platform, arrived },
    /** Takes a message of the platform in. @returns MaLoi of the answer, and what came of it */
    async confirm(body: unknown): Promise<readonly [string, string]> {
      const incoming = { kind: 'confirm', body, exchangeId: uuidv7() } as const;
      const { wire, result } = await takeConfirmation(rooms, movement, platform, incoming);
      return [String(wire['MaLoi']), result];
    },
  };
}

/** A bench of one file. */
export interface LedgerBench extends ReturnType<typeof createLedgerRooms> {
  readonly database: FreshDatabase;
  readonly pool: pg.Pool;
  readonly owner: pg.Pool;
  make(payment?: NewPayment): Promise<{ readonly id: string; readonly reference: string }>;
  /** Applies an event in a transaction of its own. */
  apply(id: string, event: LedgerEvent, cause?: Cause): Promise<Applied>;
  /** State and number of its changes. */
  stateOf(id: string): Promise<string>;
  exceptionsOf(id: string): Promise<readonly string[]>;
  /** One row, read as the hub. */
  // biome-ignore lint/suspicious/noExplicitAny: rows are what the tests are about
  row(sql: string, values?: readonly unknown[]): Promise<any>;
  stop(): Promise<void>;
}

/** Opens a bench. */
export async function startLedgerBench(at?: () => Date): Promise<LedgerBench> {
  const database = await freshDatabase();
  const pool = createPool(database.hubUrl, { max: 8, applicationName: 'test-payments' });
  const owner = createPool(database.ownerUrl, { max: 2, applicationName: 'test-payments-owner' });
  await addBeneficiary(owner);
  const ledger = createLedgerRooms(pool, at);
  const row: LedgerBench['row'] = async (sql, values = []) => (await pool.query(sql, [...values])).rows[0];
  return {
    ...{ ...ledger, database, pool, owner, row },
    async make(payment = {}) {
      const [made] = await insertPayments(pool, [payment]);
      if (!made) throw new Error('no payment was made');
      return made;
    },
    apply: (id, event, cause = { exchangeId: uuidv7() }) =>
      withTransaction(pool, async (client) => {
        const payment = await ledger.movement.lock(client, { id });
        if (!payment) throw new Error(`no payment ${id}`);
        return ledger.movement.apply(client, payment, event, cause);
      }),
    stateOf: async (id) => (await row('SELECT state FROM payment WHERE id = $1', [id]))?.state,
    async exceptionsOf(id) {
      const { rows } = await pool.query<{ kind: string }>(
        'SELECT kind FROM payment_exception WHERE payment_id = $1 ORDER BY id',
        [id],
      );
      return rows.map(({ kind }) => kind);
    },
    async stop() {
      await pool.end();
      await owner.end();
      await database.drop();
    },
  };
}
