// The work of one route in one process: takes what is due while it has places, sends, and hands outcomes on.
import type { Logger } from 'pino';
import { startLoop } from '../evidence/loop.ts';
import type { SourceOutcome } from '../exchange/observe.ts';
import { type Claimed, type ClaimOptions, claimDue, hasWaiting } from './claim.ts';
import { type RouteMeter, toNoOutcomes } from './meter.ts';
import { toSourceOutcome } from './observed.ts';
import type { Outcomes } from './outcomes.ts';
import { createRouteRest } from './rest.ts';
import type { DispatchOutcome, Route } from './types.ts';

/** What a route's work is made of. */
export interface RouteWorkOptions extends ClaimOptions {
  readonly route: Route;
  readonly outcomes: Outcomes;
  readonly logger: Logger;
  /** Whether an administrator has the source switched off. */
  readonly isSourceOff: (source: string) => boolean;
  /** Whether anything may be sent now. */
  readonly maySend: () => boolean;
  /** Told of each attempt over a route that has a source. */
  readonly observeSource: (source: string, outcome: SourceOutcome, ms: number) => void;
  /** How often it looks for work when nothing pokes it. */
  readonly idleMs: number;
  /** How long attempts under way may go on once it stops. */
  readonly drainMs: number;
}

/** The work of a route. */
export interface RouteWork {
  poke(): void;
  readonly meter: RouteMeter;
  /** Takes nothing any more, lets what is under way finish, and writes it down. Never throws. */
  stop(): Promise<void>;
}

const pokeMs = 2;
/** A route that does not heed its signal is left alone after this. */
const deafMs = 2_000;
const mostShares = 1_000;
/** So many times the length of a look that found nothing pass before the next, unless something of ours ended. */
const quietTimes = 4;

const late = { kind: 'retry', problem: 'deadline-exceeded', responsible: 'hub', isRouteAway: false } as const;
const broken = { kind: 'retry', problem: 'internal-error', responsible: 'hub', isRouteAway: false } as const;

/** One attempt, in its time. Never rejects. */
async function attempt(route: Route, { dispatch }: Claimed, stopping: AbortSignal): Promise<DispatchOutcome> {
  const timeUp = AbortSignal.timeout(route.attemptMs);
  let timer: NodeJS.Timeout | undefined;
  const deaf = new Promise<DispatchOutcome>((resolve) => {
    timer = setTimeout(() => resolve(late), route.attemptMs + deafMs);
  });
  try {
    return await Promise.race([route.send(dispatch, AbortSignal.any([timeUp, stopping])), deaf]);
  } catch (cause) {
    return { ...broken, cause };
  } finally {
    clearTimeout(timer);
  }
}

/** Starts the work of a route. */
export function startRouteWork(options: RouteWorkOptions): RouteWork {
  const { route, outcomes, logger } = options;
  const rest = createRouteRest(() => performance.now());
  const served = new Map<string, number>();
  const counts = toNoOutcomes();
  const underWay = new Set<Promise<void>>();
  const ending = new AbortController();
  let turn = 0;
  let quietUntilMs = 0;
  let isStopped = false;

  function noteServed(share: string): void {
    turn += 1;
    served.delete(share);
    served.set(share, turn);
    const [oldest] = served.keys();
    if (served.size > mostShares && oldest !== undefined) served.delete(oldest);
  }

  function tell({ dispatch }: Claimed, outcome: DispatchOutcome): void {
    if (outcome.kind === 'sent' || outcome.kind === 'split') return;
    const { problem, cause } = outcome;
    const words = {
      route: route.name,
      dispatch: dispatch.id,
      attempt: dispatch.attempt,
      problem,
      err: cause,
    };
    if (outcome.kind === 'dead') logger.warn(words, 'a dispatch is sent no more');
    else if (outcome.kind === 'abandoned') logger.info(words, 'a dispatch is ended: nobody waits for it');
    else logger.info(words, 'a dispatch was not sent; tried again');
  }

  async function send(claimed: Claimed): Promise<void> {
    const { round } = rest;
    const beganAt = performance.now();
    const outcome = await attempt(route, claimed, ending.signal);
    if (route.source !== undefined)
      options.observeSource(route.source, toSourceOutcome(outcome), performance.now() - beganAt);
    tell(claimed, outcome);
    rest.found(round, outcome.kind === 'retry' && outcome.isRouteAway);
    const isCut = ending.signal.aborted && outcome.kind === 'retry';
    const settled = await outcomes.write({
      dispatch: claimed.dispatch,
      outcome: isCut ? { kind: 'interrupted' } : outcome,
    });
    if (settled !== 'given-up') counts[settled] += 1;
    if (settled === 'late')
      logger.warn({ route: route.name, dispatch: claimed.dispatch.id }, 'an outcome came after the lease');
  }

  function begin(claimed: Claimed): void {
    noteServed(claimed.share);
    const sending = send(claimed).finally(() => {
      underWay.delete(sending);
      quietUntilMs = 0;
      loop.poke();
    });
    underWay.add(sending);
  }

  async function look(): Promise<void> {
    if (isStopped || !options.maySend() || (route.source !== undefined && options.isSourceOff(route.source)))
      return;
    const places = rest.places(route.concurrency - underWay.size, underWay.size);
    if (performance.now() < quietUntilMs || places <= 0 || !(await hasWaiting(options.pool, route.name)))
      return;
    const beganAt = performance.now();
    const taken = await claimDue(options, route, places, served);
    for (const claimed of taken) begin(claimed);
    // Much that waits behind others is dear to look through: then it is looked through less often.
    if (taken.length === 0) quietUntilMs = performance.now() + (performance.now() - beganAt) * quietTimes;
  }

  const loop = startLoop(
    () =>
      look().catch((err) => logger.warn({ err, route: route.name }, 'nothing could be claimed; tried again')),
    options.idleMs,
    pokeMs,
  );

  return {
    poke: loop.poke,
    get meter() {
      return { route: route.name, outcomes: counts, underWay: underWay.size, restMs: rest.restMs };
    },
    async stop() {
      isStopped = true;
      await loop.stop();
      const timer = setTimeout(() => ending.abort(new Error('the hub is stopping')), options.drainMs);
      await Promise.all(underWay);
      clearTimeout(timer);
    },
  };
}
