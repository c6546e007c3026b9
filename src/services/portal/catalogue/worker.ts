// Does the synchronisations: one process of the cluster at a time, under a lease. A run that a dead process left is taken up
// where it stood; one that failed is begun anew after a while.
import { setMaxListeners } from 'node:events';
import { SourceError, type SourceTrace } from '../../../../adapters/adapter.ts';
import { type Portal, portalName } from '../../../../adapters/portal/portal.ts';
import { createWorkLease } from '../../../delivery/work-lease.ts';
import { startLoop } from '../../../evidence/loop.ts';
import { recordOwnCall } from '../../../exchange/own-call.ts';
import type { PortalRooms } from '../dependencies.ts';
import { ListFailure, toFailureText } from './failure.ts';
import { type Run, readLists } from './read.ts';
import { failRun, findRunning, RunLost, type RunRow, retryFailed } from './runs.ts';
import { serveRun } from './serve.ts';

/** What the worker stands on. */
export type WorkerRooms = Pick<
  PortalRooms,
  'pool' | 'registry' | 'log' | 'rules' | 'processId' | 'logger'
> & { readonly portal: Portal };

/** Times of the worker, milliseconds. */
export interface WorkerTimes {
  /** From one look for work to the next; default 5,000. */
  readonly turnMs: number;
  /** From a failed run to the next; default half an hour. */
  readonly retryMs: number;
  /** First pause before the portal is asked the same again; default 1,000. */
  readonly pauseMs: number;
  /** How long a process that does not renew its lease keeps it; default 10,000. */
  readonly leaseMs: number;
}

/** What holds where nothing is said. */
export const defaultTimes: WorkerTimes = {
  turnMs: 5_000,
  retryMs: 30 * 60_000,
  pauseMs: 1_000,
  leaseMs: 10_000,
};

/** The worker of one process. */
export interface Worker {
  /** Looks for work at once. */
  poke(): void;
  /** Leaves a run under way where it stands. */
  stop(): Promise<void>;
}

/** Name of the lease. */
export const leaseName = 'portal-catalogue';
const pokeMs = 20;

/** @returns a word for the entry @throws what ended it, unless that was the lists' own fault */
async function work(rooms: WorkerRooms, run: Run): Promise<string> {
  try {
    await readLists(run);
    run.signal.throwIfAborted();
    await serveRun(rooms.pool, run.id, rooms.rules.mostWithdrawnPercent);
    return 'served';
  } catch (error) {
    if (run.signal.aborted || error instanceof RunLost) return 'left';
    const holder = { lease: leaseName, processId: rooms.processId };
    try {
      await failRun(rooms.pool, run.id, toFailureText(error), holder);
    } catch (lost) {
      if (lost instanceof RunLost) return 'left';
      throw lost;
    }
    rooms.logger.warn({ err: error }, 'the catalogue of the portal was not synchronised; begun anew later');
    if (error instanceof ListFailure) return 'refused';
    throw error;
  }
}

/** Begins to work. */
export function startWorker(rooms: WorkerRooms, times: WorkerTimes): Worker {
  const { pool, portal, registry, log, logger } = rooms;
  const lease = createWorkLease(pool, leaseName, rooms.processId, times.leaseMs);
  const stopping = new AbortController();

  async function take(row: RunRow, lost: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, lost]);
    // Many calls at once listen to it, each until it has ended.
    setMaxListeners(0, signal);
    const traces: SourceTrace[] = [];
    await recordOwnCall(
      { log },
      { service: 'portal.v1', operation: 'synchroniseCatalogue' },
      async (requestCode) => {
        const { id, progress } = row;
        const { pauseMs } = times;
        const result = await work(rooms, {
          ...{ pool, portal, id, progress, requestCode, signal, traces, pauseMs },
        });
        return { value: undefined, result, sources: traces };
      },
    );
  }

  async function turn(): Promise<void> {
    if (stopping.signal.aborted || registry.current.isSourceOff(portalName)) return;
    await retryFailed(pool, times.retryMs);
    if (!(await findRunning(pool))) return;
    const held = await lease.hold();
    if (!held) return;
    try {
      const row = await findRunning(pool);
      if (row) await take(row, held.signal);
    } finally {
      await held.release();
    }
  }

  const loop = startLoop(
    () =>
      turn().catch((err: unknown) => {
        // The portal's failures are in the run and told already.
        if (!stopping.signal.aborted && !(err instanceof SourceError))
          logger.warn({ err }, 'the synchronisation of the catalogue stands; tried again');
      }),
    times.turnMs,
    pokeMs,
  );
  loop.poke();
  return {
    poke: loop.poke,
    async stop() {
      stopping.abort(new Error('the hub is stopping'));
      await loop.stop();
    },
  };
}
