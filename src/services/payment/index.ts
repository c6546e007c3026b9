// The service of online payment: its parts put together, its handlers and what it does by itself.
import type { Pool } from 'pg';
import type { operations } from '../../../openapi/types/payment.v1.ts';
import { createArrivals } from '../../delivery/arrivals.ts';
import type { Route } from '../../delivery/types.ts';
import type { DailyWork } from '../../schedule/daily-work.ts';
import type { Handlers } from '../service.ts';
import { createAskingHandlers } from './asking/handlers.ts';
import { createAsking } from './asking/index.ts';
import { type PaymentPoller, startPaymentPoller } from './asking/poller.ts';
import { createBeneficiaries, createBeneficiaryBook } from './beneficiaries/index.ts';
import { createConfirmations } from './confirmations/index.ts';
import { createDemands } from './demands/index.ts';
import { createOwnership } from './demands/own.ts';
import { createPaymentReading } from './demands/reading.ts';
import type { PaymentRooms } from './dependencies.ts';
import { createExceptions } from './exceptions/index.ts';
import { createFigures } from './figures.ts';
import { createMovement } from './movement/index.ts';
import { createOutcomes } from './outcomes/index.ts';
import { createReconciling } from './reconciliation/index.ts';
import type { ReconcilingOptions } from './reconciliation/reconciler.ts';
import { createPaymentRetention } from './retention.ts';
import type { PaymentLimits } from './rules.ts';

/** What the service stands on. */
export interface PaymentOptions extends Omit<PaymentRooms, 'onArrival' | 'rules'> {
  readonly rules: PaymentLimits;
  /** The role that alone may delete what is kept no longer. */
  readonly retentionPool: Pool;
  /** How often it looks for what is due; default every second, and every half minute for reconciliations. */
  readonly times?: { readonly pollMs?: number; readonly reconciling?: ReconcilingOptions };
}

/** The service as the list of services sees it. */
export interface Payment {
  readonly handlers: Handlers<operations>;
  readonly routes: readonly Route[];
  readonly works: readonly DailyWork[];
  /** Begins what it does by itself. */
  start(): void;
  /** Lets go those who wait for something to come: the hub stops. */
  hush(): void;
  close(): Promise<void>;
}

/**
 * Operations that ask the platform while their caller waits; the others are answered while it is away or switched off. A receipt
 * that is stored needs no platform, so `readReceipt` sees for itself whether it may ask.
 */
export const askingThePlatform = [
  'createPayment',
  'cancelPayment',
  'refreshPayment',
] as const satisfies readonly (keyof operations)[];

/** Puts the service together. */
export function createPayment(options: PaymentOptions): Payment {
  const { pool, retentionPool, keys, registry, engine, platforms, rules, now, times } = options;
  const arrivals = createArrivals(pool);
  const rooms: PaymentRooms = { ...options, onArrival: arrivals.ring };
  const isOwn = createOwnership(registry, now);
  const movement = createMovement(rooms);
  const reading = createPaymentReading({ pool, fieldKey: keys.field, isOwn, now });
  const asking = createAsking(rooms, movement, reading);
  const parts = { movement, asking, reading, beneficiaries: createBeneficiaryBook(), isOwn };
  const reconciling = createReconciling(rooms, movement, times?.reconciling);
  const connected = Object.values(platforms);
  let poller: PaymentPoller | undefined;
  return {
    handlers: {
      ...createDemands(rooms, parts),
      ...createAskingHandlers(rooms, asking, reading, isOwn),
      ...createConfirmations(rooms, movement),
      ...createBeneficiaries(rooms),
      ...createExceptions(rooms, movement),
      ...reconciling.handlers,
      ...createOutcomes({ pool, engine, arrivals, isOwn }),
      ...createFigures(pool),
    },
    routes: [],
    works: [...reconciling.works, createPaymentRetention(retentionPool, rules.keepDays, now)],
    start() {
      if (connected.length === 0) return;
      poller = startPaymentPoller(rooms, movement, asking, times?.pollMs);
      reconciling.start();
    },
    hush: arrivals.end,
    async close() {
      await poller?.stop();
      await reconciling.close();
      await Promise.all(connected.map((platform) => platform.close()));
    },
  };
}
