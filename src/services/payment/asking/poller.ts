// Asks the platform for what is due, in one process of the cluster: payments that wait, with growing pauses, and receipts that
// are not there yet. Each question is an exchange of its own. Source: payment-platform.md §8.7, §8.9
import { randomUUID } from 'node:crypto';
import { SourceError } from '../../../../adapters/adapter.ts';
import { paymentPlatformName } from '../../../../adapters/payment-platform/payment.ts';
import { createWorkLease } from '../../../delivery/work-lease.ts';
import { startLoop } from '../../../evidence/loop.ts';
import { type Called, recordOwnCall } from '../../../exchange/own-call.ts';
import { tellArrived } from '../arrived.ts';
import type { PaymentAsking, PaymentMovement, PaymentRooms } from '../dependencies.ts';
import { toNextQuery, toNextReceipt } from '../movement/times.ts';
import { isAccountInForce } from './account.ts';
import { claimDue, type DuePayment, releaseQuery, releaseReceipt } from './due.ts';

/** What polls. */
export interface PaymentPoller {
  /** Looks at once instead of at the next turn. */
  poke(): void;
  /** Ends calls under way. Never throws. */
  stop(): Promise<void>;
}

/** What the poller stands on. */
export type PollerRooms = Pick<
  PaymentRooms,
  | 'pool'
  | 'registry'
  | 'log'
  | 'platforms'
  | 'rules'
  | 'engine'
  | 'onArrival'
  | 'processId'
  | 'logger'
  | 'now'
>;

/** Payments at once. */
const atOnce = 4;
const pokeMs = 5;

interface Round {
  readonly rooms: PollerRooms;
  readonly movement: PaymentMovement;
  readonly asking: PaymentAsking;
  readonly signal: AbortSignal;
}

const isAway = (error: unknown): boolean =>
  error instanceof SourceError && ['unreachable', 'timeout', 'unavailable'].includes(error.kind);

/** INIT again while its outcome is not known, the payer has time and the account is in force; QUERY else. */
async function askFor({ rooms, asking, signal }: Round, payment: DuePayment): Promise<void> {
  const { id, state, dossier, variant, expiresAt } = payment;
  const isOpen = state === 'created' && rooms.now() < expiresAt;
  const isInit = isOpen && (await isAccountInForce(rooms.pool, id));
  if (!isInit && rooms.platforms[variant]?.can.query !== true) return;
  const call = {
    ...{ service: 'payment.v1', operation: isInit ? 'initPayment' : 'queryPayment' },
    about: { caseCode: dossier },
  };
  await recordOwnCall(rooms, call, async (exchangeId): Promise<Called<void>> => {
    const ask = isInit ? asking.init : asking.query;
    const { applied, traces } = await ask(id, exchangeId, signal);
    return { value: undefined, result: applied.payment.state, sources: traces };
  });
}

/** @returns whether the platform is away */
async function attempt(
  { rooms, signal }: Round,
  paymentId: string,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (err) {
    if (!signal.aborted)
      rooms.logger.warn({ err, paymentId }, 'the platform could not be asked for a payment; asked again');
    return isAway(err);
  }
}

async function workOnQuery(round: Round, payment: DuePayment, leaseId: string): Promise<boolean> {
  const { rooms, movement } = round;
  const away = await attempt(round, payment.id, () => askFor(round, payment));
  const next = toNextQuery(rooms.rules, payment, payment.queries, rooms.now());
  tellArrived(rooms, await releaseQuery(rooms.pool, movement, payment.id, leaseId, next));
  return away;
}

async function workOnReceipt(round: Round, payment: DuePayment, leaseId: string): Promise<boolean> {
  const { rooms, asking, signal } = round;
  const call = {
    ...{ service: 'payment.v1', operation: 'fetchReceipt' },
    about: { caseCode: payment.dossier },
  };
  const away = await attempt(round, payment.id, () =>
    recordOwnCall(rooms, call, async (exchangeId): Promise<Called<void>> => {
      const { isStored, traces } = await asking.fetchReceipt(payment.id, exchangeId, signal);
      return { value: undefined, result: isStored ? 'stored' : 'not-ready', sources: traces };
    }),
  );
  const next = toNextReceipt(rooms.rules, payment.attempts, rooms.now());
  await releaseReceipt(rooms.pool, payment.id, leaseId, next);
  return away;
}

/** Takes a few at a time until none is due, or the platform is away. */
async function workOnDue(round: Round, what: 'query' | 'receipt', work: typeof workOnQuery): Promise<void> {
  const { rooms, signal } = round;
  while (!signal.aborted) {
    const leaseId = randomUUID();
    const due = await claimDue(rooms.pool, what, { leaseId, now: rooms.now(), limit: atOnce });
    const away = await Promise.all(due.map((payment) => work(round, payment, leaseId)));
    if (due.length === 0 || away.includes(true)) return;
  }
}

/** Begins to poll. @param pollMs from one look for what is due to the next; default 1,000 */
export function startPaymentPoller(
  rooms: PollerRooms,
  movement: PaymentMovement,
  asking: PaymentAsking,
  pollMs = 1_000,
): PaymentPoller {
  const lease = createWorkLease(rooms.pool, 'payment-poll', rooms.processId);
  const stopping = new AbortController();

  async function turn(): Promise<void> {
    if (stopping.signal.aborted || rooms.registry.current.isSourceOff(paymentPlatformName)) return;
    const held = await lease.hold().catch(() => undefined);
    if (!held) return;
    try {
      const round = { rooms, movement, asking, signal: AbortSignal.any([stopping.signal, held.signal]) };
      await workOnDue(round, 'query', workOnQuery);
      await workOnDue(round, 'receipt', workOnReceipt);
    } catch (err) {
      rooms.logger.warn({ err }, 'what is due of payments was not worked on; tried again');
    } finally {
      await held.release();
    }
  }

  const loop = startLoop(turn, pollMs, pokeMs);
  loop.poke();
  return {
    poke: loop.poke,
    async stop() {
      stopping.abort(new Error('the hub is stopping'));
      await loop.stop();
    },
  };
}
