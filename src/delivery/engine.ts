// The store-and-forward engine of one hub process: what services call, and the work on the routes. Processes share the work
// through the database alone.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { MonthKeys } from '../evidence/entry.ts';
import type { EntryTime } from '../evidence/leaf.ts';
import { startLoop } from '../evidence/loop.ts';
import type { SourceOutcome } from '../exchange/observe.ts';
import { accept } from './accept.ts';
import { createDeadLetters, type DeadLetters } from './dead.ts';
import { explainHeld } from './explain-held.ts';
import { createFullCheck } from './full.ts';
import { takeBackInterrupted } from './interrupted.ts';
import type { Recorder } from './journal.ts';
import type { RouteMeter } from './meter.ts';
import { abandonHeld, move, release } from './move.ts';
import { createOutcomes } from './outcomes.ts';
import { type QueueFigures, readQueues } from './queues.ts';
import { type RouteWork, startRouteWork } from './route-work.ts';
import { abandon } from './take-over.ts';
import type { DeliveryEngine, Route } from './types.ts';

/** What the engine works with. */
export interface DeliveryEngineOptions {
  /** The database in the hub's own role. */
  readonly pool: Pool;
  readonly keys: MonthKeys;
  /** Both clocks, as entries tell them. */
  readonly now: () => EntryTime;
  /** Of this process among the hub's. */
  readonly processId: string;
  readonly logger: Logger;
  /** Whether an administrator has a source switched off; its routes wait. */
  readonly isSourceOff: (source: string) => boolean;
  /** Whether anything may be sent now: not while the hub is read-only. Default: always. */
  readonly maySend?: () => boolean;
  /** Told after entries were written in a transaction: how many, and how long it took. They are durable a moment later. */
  readonly onRecorded?: (entries: number, ms: number) => void;
  /** Told of each attempt over a route that has a source. */
  readonly observeSource?: (source: string, outcome: SourceOutcome, ms: number) => void;
  /** Most dispatches of one share that wait on one route; default 10,000. */
  readonly queueLimit?: number;
  /** How often a route looks for work when nothing pokes it; default 200. */
  readonly idleMs?: number;
  /** How often what dead processes were sending is looked for; default 2,000. */
  readonly sweepMs?: number;
  /** How long attempts under way may go on once the engine stops; default 5,000. */
  readonly drainMs?: number;
}

/** The engine as the composition root sees it. */
export interface RunningEngine extends DeliveryEngine {
  readonly deadLetters: DeadLetters;
  /** Figures of the routes over all processes. */
  queues(): Promise<readonly QueueFigures[]>;
  /** The same as last read by this process, at most a few sweeps old. */
  readonly lastQueues: readonly QueueFigures[];
  /** Counts of the routes that this process works on. */
  readonly meters: readonly RouteMeter[];
  /** Begins to work on routes; once. Until then deliveries are accepted, and wait. */
  start(routes: readonly Route[]): void;
  /** Takes nothing any more, lets attempts under way finish, writes down what came of them. Never throws. */
  stop(): Promise<void>;
}

/** Sweeps from one reading of the figures to the next. */
const figuresEvery = 5;

/** Makes the engine; it sends nothing before `start`. */
export function createDeliveryEngine(options: DeliveryEngineOptions): RunningEngine {
  const { pool, keys, now, logger, processId } = options;
  const { idleMs = 200, sweepMs = 2_000, drainMs = 5_000, queueLimit = 10_000 } = options;
  const recorder: Recorder = { keys, now, onRecorded: options.onRecorded ?? (() => undefined) };
  const observeSource = options.observeSource ?? (() => undefined);
  const outcomes = createOutcomes({ pool, processId, recorder, logger });
  let works: readonly RouteWork[] = [];
  let known: readonly Route[] = [];
  let lastQueues: readonly QueueFigures[] = [];
  let sweeps = 0;

  const poke = (): void => {
    for (const work of works) work.poke();
  };

  async function sweep(): Promise<void> {
    try {
      if ((await takeBackInterrupted(pool, processId, recorder)) > 0) poke();
      if (sweeps % figuresEvery === 0) lastQueues = await readQueues(pool);
      sweeps += 1;
    } catch (err) {
      logger.warn({ err }, 'interrupted deliveries were not looked for; tried again');
    }
  }

  let sweeping: ReturnType<typeof startLoop> | undefined;
  return {
    accept: (client, acceptance) => accept(client, acceptance, recorder),
    release: (client, subject, by) => release(client, subject, by, recorder),
    explainHeld: (client, subject, problem, by) => explainHeld(client, subject, problem, by, recorder),
    abandonHeld: (client, subject, by) => abandonHeld(client, subject, by, recorder),
    abandon: (client, id, by) => abandon(client, id, by, recorder),
    move: (client, ids, to, by) => move(client, ids, to, by, recorder),
    isFull: createFullCheck(pool, queueLimit),
    poke,
    deadLetters: createDeadLetters(pool, recorder, {
      poke,
      routeOf: (name) => known.find((route) => route.name === name),
    }),
    queues: () => readQueues(pool),
    get lastQueues() {
      return lastQueues;
    },
    get meters() {
      return works.map(({ meter }) => meter);
    },
    start(routes) {
      if (sweeping) throw new Error('the delivery engine works already');
      sweeping = startLoop(sweep, sweepMs);
      known = routes;
      works = routes.map((route) =>
        startRouteWork({
          ...{ route, pool, processId, recorder, outcomes, logger, idleMs, drainMs },
          isSourceOff: options.isSourceOff,
          maySend: options.maySend ?? (() => true),
          observeSource,
        }),
      );
      poke();
    },
    async stop() {
      await sweeping?.stop();
      const ending = setTimeout(() => outcomes.stop(), drainMs * 2);
      await Promise.all(works.map((work) => work.stop()));
      clearTimeout(ending);
    },
  };
}
