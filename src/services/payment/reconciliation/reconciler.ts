// Runs reconciliations by themselves: what is due by date, what was asked for, and what a dead process left.
// Source: payment-platform.md §8.11
import { randomUUID } from 'node:crypto';
import {
  type PaymentPlatform,
  type PaymentVariant,
  paymentPlatformName,
} from '../../../../adapters/payment-platform/payment.ts';
import { startLoop } from '../../../evidence/loop.ts';
import { toLocalDay } from '../../../local-day.ts';
import { Problem } from '../../../problem.ts';
import type { PaymentMovement, PaymentRooms, Reconciler } from '../dependencies.ts';
import { daysBefore, toLastDue } from './days.ts';
import { runReconciliation } from './run.ts';
import { beginDemand, beginDue, claimRun } from './runs.ts';

/** What reconciling stands on. */
export type ReconcilingRooms = Pick<
  PaymentRooms,
  'pool' | 'log' | 'platforms' | 'rules' | 'registry' | 'logger' | 'now'
>;

/** Times with their defaults. */
export interface ReconcilingOptions {
  /** How long a process may be silent before another takes up its work; default 30,000. */
  readonly leaseMs?: number;
  /** From one look for what is to be done to the next; default 30,000. */
  readonly lookMs?: number;
  /** Lines a transaction; default 200. */
  readonly batchRows?: number;
  /** After which a day that failed is tried again; default half an hour. */
  readonly retryMs?: number;
}

/** The reconciler of one process. */
export interface RunningReconciler extends Reconciler {
  /** Begins to look by itself. */
  begin(): void;
  /** Looks at once; after a commit that began one. */
  poke(): void;
  /** Leaves what is under way to another process. Never throws. */
  stop(): Promise<void>;
}

const pokeMs = 5;

/** Platforms that can be asked for days. */
const toAble = ({ platforms }: Pick<PaymentRooms, 'platforms'>): readonly PaymentPlatform[] =>
  Object.values(platforms).filter(({ can }) => can.reconcile);

/** The one that new payments are made at, where it can be asked; else the other. @throws Problem source-unavailable */
function findVariant(rooms: Pick<PaymentRooms, 'platforms' | 'rules'>): PaymentVariant {
  const able = toAble(rooms).map(({ variant }) => variant);
  const variant = able.includes(rooms.rules.variant) ? rooms.rules.variant : able[0];
  if (!variant) throw new Problem('source-unavailable', { source: paymentPlatformName });
  return variant;
}

/** Puts the reconciler together. */
export function createReconciler(
  rooms: ReconcilingRooms,
  movement: PaymentMovement,
  options: ReconcilingOptions = {},
): RunningReconciler {
  const { pool, rules, registry, logger, now } = rooms;
  const { leaseMs = 30_000, lookMs = 30_000, batchRows = 200, retryMs = 1_800_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let loop: ReturnType<typeof startLoop> | undefined;

  async function runNext(): Promise<boolean> {
    const able = toAble(rooms);
    const variants = able.map(({ variant }) => variant);
    const claim = await claimRun(pool, randomUUID(), leaseMs, variants);
    const platform = able.find(({ variant }) => variant === claim?.variant);
    if (!claim || !platform) return false;
    await runReconciliation({ rooms, movement, platform, claim, leaseMs, batchRows, signal });
    return true;
  }

  async function runDue(today: string): Promise<void> {
    if (signal.aborted || registry.current.isSourceOff(paymentPlatformName)) return;
    const lastDue = toLastDue(now(), rules.reconcileFromHour);
    const before = daysBefore(today, 1);
    const days = {
      from: daysBefore(today, rules.reconcileDaysBack),
      to: lastDue < before ? lastDue : before,
    };
    for (const { variant } of toAble(rooms)) await beginDue(pool, variant, days, retryMs);
    while (!signal.aborted && (await runNext()));
  }

  const look = (): Promise<void> =>
    runDue(toLocalDay(now().getTime())).catch((err: unknown) => {
      if (!signal.aborted) logger.warn({ err }, 'reconciliations were interrupted; taken up again');
    });

  return {
    runDue,
    async start(client, day, exchangeId) {
      if (day >= toLocalDay(now().getTime())) throw new Problem('reconciliation-day-early');
      const id = await beginDemand(client, findVariant(rooms), day, exchangeId);
      if (id === undefined) throw new Problem('reconciliation-running');
      return { id };
    },
    begin() {
      loop = startLoop(look, lookMs, pokeMs);
      loop.poke();
    },
    poke: () => loop?.poke(),
    async stop() {
      stopping.abort(new Error('the hub is stopping'));
      await loop?.stop();
    },
  };
}
