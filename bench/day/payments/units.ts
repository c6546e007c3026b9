// The one-stop system of the day takes payments: each is demanded, paid or not, and its outcome fetched, acknowledged and
// receipted. Outcomes come by the platform's confirmation, or because the unit asks.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { components } from '../../../openapi/types/payment.v1.ts';
import { createGate } from '../inboxes.ts';
import type { HubSession } from '../session.ts';
import { isPaid, needsPerson, type PlannedPayment, toAmount } from './plan.ts';
import { type PlatformPlace, pay } from './platform.ts';

type Schema = components['schemas'];

/** A payment that the hub took. */
export interface Demanded {
  readonly planned: PlannedPayment;
  readonly unitId: string;
  readonly paymentId: string;
  readonly reference: string;
  /** Outcomes of it by delivery: the state that each told, and the amount. */
  readonly outcomes: Map<string, { readonly state: string; readonly amount: number }>;
  hasReceipt: boolean;
  /** What the hub said of it last. */
  state: string;
}

/** What the units work with. */
export interface PayersOptions {
  readonly session: HubSession;
  readonly place: PlatformPlace;
  readonly unitIds: readonly string[];
  readonly plan: readonly PlannedPayment[];
  /** In the dossier codes of this day. */
  readonly run: string;
  /** Of the money, yyyy-MM-dd. */
  readonly day: string;
  readonly patienceMs: number;
  readonly fail: (error: unknown) => void;
}

const atOnce = 6;
const lookMs = 500;
const hourMs = 3_600_000;

function toDemand(planned: PlannedPayment, run: string): Schema['NewPayment'] {
  const { n, lines } = planned;
  return {
    dossier: `H99.16-${run}-${String(n).padStart(7, '0')}`,
    procedure: { code: '2.000488', name: 'Thủ tục thử nghiệm' },
    ...{ kind: 'fee', amount: toAmount(planned), beneficiary: 'kho-bac-tinh' },
    payer: { name: `Người Nộp Thử ${n}`, ip: '192.0.2.10', province: 'Lâm Đồng', address: 'Số 1 đường Thử' },
    lines: lines.map((amount, at) => ({
      ...{ kind: at === 0 ? ('phi' as const) : ('le-phi' as const), code: `P${at + 1}`, amount },
      name: `Khoản thử nghiệm ${at + 1}`,
    })),
    text: `Thanh toán lệ phí hồ sơ thử nghiệm ${n}`,
    expiresAt: new Date(Date.now() + hourMs).toISOString(),
  };
}

const post = (session: HubSession, unitId: string, path: string, body?: object, key: string = randomUUID()) =>
  session.call(unitId, {
    ...{ method: 'POST', path: `/payment/v1${path}` },
    ...(body && { body: Buffer.from(JSON.stringify(body)) }),
    headers: { ...(body && { 'content-type': 'application/json' }), 'idempotency-key': key },
  });

async function demandAndPay(options: PayersOptions, planned: PlannedPayment): Promise<Demanded> {
  const { session, place, unitIds, run, day } = options;
  const unitId = unitIds[planned.unit] ?? '';
  const [demand, key] = [toDemand(planned, run), randomUUID()];
  const create = async (): Promise<Schema['CreatedPayment']> =>
    JSON.parse((await post(session, unitId, '/payments', demand, key)).bytes.toString());
  const { paymentId, reference } = await create();
  if (planned.isRepeated && (await create()).paymentId !== paymentId)
    options.fail(`a repeated demand of ${demand.dossier} made another payment`);
  await pay(place, reference, planned.course, day);
  const made = { planned, unitId, paymentId, reference };
  return { ...made, outcomes: new Map(), hasReceipt: false, state: 'waiting' };
}

/** @param isDecided whether people have accepted what was theirs to accept */
const isSettled = ({ planned, state, outcomes }: Demanded, isDecided: boolean): boolean =>
  isPaid(planned) && (isDecided || !needsPerson(planned))
    ? state === 'paid' && outcomes.size > 0
    : state !== 'paid';

async function fetchOutcomes(
  { session }: PayersOptions,
  unitId: string,
  ours: ReadonlyMap<string, Demanded>,
): Promise<void> {
  const { bytes } = await session.call(unitId, {
    ...{ method: 'GET', path: '/payment/v1/outcomes', query: '?limit=200' },
  });
  const { items }: Schema['OutcomePage'] = JSON.parse(bytes.toString());
  const deliveryIds: string[] = [];
  for (const { paymentId, deliveryId, payment: state, amount } of items) {
    const demanded = ours.get(paymentId);
    if (!demanded) continue;
    demanded.outcomes.set(deliveryId, { state, amount });
    demanded.state = state;
    deliveryIds.push(deliveryId);
  }
  if (deliveryIds.length > 0) await post(session, unitId, '/outcomes/acknowledgements', { deliveryIds });
}

/** Asks the platform, through the hub, about a payment of which nothing was heard. */
async function refresh({ session }: PayersOptions, demanded: Demanded): Promise<void> {
  const { bytes } = await post(session, demanded.unitId, `/payments/${demanded.paymentId}/queries`);
  const { payment }: Schema['PaymentWithHistory'] = JSON.parse(bytes.toString());
  demanded.state = payment.state;
}

/** Fetches outcomes until each payment has come to what its payer did, or nobody waits any longer. */
async function settle(options: PayersOptions, all: readonly Demanded[], isDecided: boolean): Promise<void> {
  const ours = new Map(all.map((one) => [one.paymentId, one]));
  const units = [...new Set(all.map(({ unitId }) => unitId))];
  const gate = createGate(atOnce);
  const endMs = performance.now() + options.patienceMs;
  for (let round = 0; performance.now() < endMs; round += 1) {
    await Promise.all(
      units.map((unit) => gate(() => fetchOutcomes(options, unit, ours)).catch(options.fail)),
    );
    const open = all.filter((one) => !isSettled(one, isDecided));
    if (open.length === 0 && round > 0) return;
    await pause(lookMs);
    // A confirmation that is late has had its time; one that failed or never came is asked for.
    if (round % 4 === 3)
      await Promise.all(open.map((one) => gate(() => refresh(options, one)).catch(options.fail)));
  }
}

/** The platform may have none yet: it is asked again for a while. */
async function fetchReceipt({ session, patienceMs, fail }: PayersOptions, demanded: Demanded): Promise<void> {
  const path = `/payment/v1/payments/${demanded.paymentId}/receipt`;
  const endMs = performance.now() + patienceMs;
  for (;;)
    try {
      await session.call(demanded.unitId, { method: 'GET', path });
      demanded.hasReceipt = true;
      return;
    } catch (error) {
      if (performance.now() > endMs) return fail(error);
      await pause(lookMs);
    }
}

/** Has the day's payments made. @param onMade told how many were demanded so far */
export async function takePayments(
  options: PayersOptions,
  onMade: (count: number) => void,
): Promise<readonly Demanded[]> {
  const gate = createGate(atOnce);
  const all: Demanded[] = [];
  await Promise.all(
    options.plan.map((planned) =>
      gate(async () => {
        all.push(await demandAndPay(options, planned));
        onMade(all.length);
      }).catch(options.fail),
    ),
  );
  await close(options, all, false);
  return all;
}

/** Fetches outcomes and receipts of what is over. */
async function close(options: PayersOptions, all: readonly Demanded[], isDecided: boolean): Promise<void> {
  await settle(options, all, isDecided);
  const gate = createGate(atOnce);
  await Promise.all(
    all
      .filter(({ state, hasReceipt }) => state === 'paid' && !hasReceipt)
      .map((one) => gate(() => fetchReceipt(options, one))),
  );
}

/** The same for those that waited for a person, once people have decided. */
export const closeDecided = (options: PayersOptions, all: readonly Demanded[]): Promise<void> =>
  close(
    options,
    all.filter(({ planned }) => needsPerson(planned)),
    true,
  );

/** What the hub itself says of each payment, after all. */
export async function readPayments(
  session: HubSession,
  all: readonly Demanded[],
): Promise<ReadonlyMap<string, Schema['PaymentWithHistory']>> {
  const gate = createGate(atOnce);
  const read = async ({ unitId, paymentId, reference }: Demanded) => {
    const path = `/payment/v1/payments/${paymentId}`;
    const { bytes } = await session.call(unitId, { method: 'GET', path });
    const payment: Schema['PaymentWithHistory'] = JSON.parse(bytes.toString());
    return [reference, payment] as const;
  };
  return new Map(await Promise.all(all.map((one) => gate(() => read(one)))));
}
