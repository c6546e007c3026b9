// Has the log's heads cosigned: one process of the cluster submits each new head to every witness, at most one submission
// under way at each; all processes read how it stands. A witness that is away costs nothing but its word.
import type pg from 'pg';
import type { Logger } from 'pino';
import type { WitnessSettings } from '../../config-witnesses.ts';
import { toMessage } from '../../database/start-error.ts';
import { createWorkLease, type HeldLease } from '../../delivery/work-lease.ts';
import { readSignedHead } from '../heads.ts';
import { type Loop, startLoop } from '../loop.ts';
import { createWitnessClient, type WitnessClient } from './client.ts';
import { feed } from './feed.ts';
import { noteTrouble, readStates, storeCosignature, type WitnessState } from './store.ts';

/** What having heads cosigned needs. */
export interface WitnessesOptions {
  readonly settings: readonly WitnessSettings[];
  /** The database in the hub's own role, and in the owner's. */
  readonly pool: pg.Pool;
  readonly owner: pg.Pool;
  /** Of this process among the hub's. */
  readonly processId: string;
  readonly logger: Logger;
  /** Whether heads may be submitted now. Default: always. */
  readonly maySubmit?: () => boolean;
  /** How often a new head is looked for; default 500. */
  readonly intervalMs?: number;
  /** For one submission; default 5,000. */
  readonly callMs?: number;
}

/** The witnesses of a hub. */
export interface Witnesses {
  /** As last read, at most some intervals old. */
  readonly states: readonly WitnessState[];
  /** Whether a cosignature of a new head can be expected within a few seconds. */
  readonly isExpected: boolean;
  /** Says that a head was signed. */
  poke(): void;
  /** Lets submissions under way finish. Never throws. */
  stop(): Promise<void>;
}

const firstBackOffMs = 500;
const longestBackOffMs = 60_000;
const leaseMs = 5_000;
const pokeMs = 20;

const isWell = ({ failure, conflict }: WitnessState): boolean =>
  failure === undefined && conflict === undefined;

/** Full jitter: between half and all of what doubles each time. */
const toBackOff = (failures: number): number =>
  Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.min(failures, 16)) * (0.5 + Math.random() / 2);

/** The work on one witness while this process has the lease. */
function createFeeding(client: WitnessClient, { pool, owner, logger }: WitnessesOptions) {
  const { name, key } = client;
  let known = 0;
  let isKnown = false;
  let failures = 0;
  let dueMs = 0;
  let told = '';

  async function trouble(what: 'failure' | 'conflict', said: string): Promise<void> {
    dueMs = performance.now() + toBackOff(failures);
    failures += 1;
    if (told !== said) {
      if (what === 'conflict')
        logger.error({ witness: name, said }, 'a witness says that the log does not extend what it cosigned');
      else logger.warn({ witness: name, said }, 'a witness does not cosign; tried again');
    }
    told = said;
    await noteTrouble(owner, key, what, said);
  }

  async function submit(): Promise<void> {
    const head = await readSignedHead(pool);
    if (!head || head.size === 0 || (isKnown && failures === 0 && head.size === known)) return;
    const fed = await feed(client, pool, known).catch((error: unknown) => ({
      kind: 'refused' as const,
      said: toMessage(error),
    }));
    if (fed.kind === 'cosigned') {
      await storeCosignature(owner, key, fed.head.size, fed);
      if (told !== '') logger.info({ witness: name }, 'the witness cosigns again');
      [known, isKnown, failures, told] = [fed.head.size, true, 0, ''];
    } else if (fed.kind !== 'nothing') {
      await trouble(fed.kind === 'refused' ? 'failure' : 'conflict', fed.said);
    }
  }

  return {
    /** What the table says that it cosigned. */
    begin(size: number): void {
      if (!isKnown) known = size;
    },
    async run(): Promise<void> {
      if (performance.now() < dueMs) return;
      await submit().catch((err: unknown) => {
        dueMs = performance.now() + toBackOff(failures);
        logger.warn({ err, witness: name }, 'a head was not submitted; tried again');
      });
    },
  };
}

/** Starts it; without witnesses there is nothing to do. */
export function startWitnesses(options: WitnessesOptions): Witnesses {
  const { settings, pool, processId, logger, maySubmit = () => true } = options;
  const { intervalMs = 500, callMs = 5_000 } = options;
  const clients = settings.map((one) => createWitnessClient(one, callMs));
  const lease = createWorkLease(pool, 'witnesses', processId, leaseMs);
  const feedings = clients.map((client) => createFeeding(client, options));
  let states: readonly WitnessState[] = [];
  let held: HeldLease | undefined;
  let isTold = false;

  async function look(): Promise<void> {
    try {
      states = await readStates(pool, clients);
      feedings.forEach((one, n) => {
        one.begin(states[n]?.size ?? 0);
      });
      if (held?.signal.aborted) {
        await held.release();
        held = undefined;
      }
      held ??= await lease.hold();
      isTold = false;
    } catch (err) {
      if (!isTold) logger.warn({ err }, 'the state of the witnesses cannot be read; tried again');
      isTold = true;
    }
  }

  const isOurs = (): boolean => held !== undefined && !held.signal.aborted && maySubmit();
  const loops: readonly Loop[] =
    clients.length === 0
      ? []
      : [
          startLoop(look, intervalMs),
          ...feedings.map(({ run }) =>
            startLoop(async () => (isOurs() ? run() : undefined), intervalMs, pokeMs),
          ),
        ];
  return {
    get states() {
      return states;
    },
    get isExpected() {
      return states.some(isWell);
    },
    poke() {
      for (const loop of loops.slice(1)) loop.poke();
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await held?.release();
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
