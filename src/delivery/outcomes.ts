// Outcomes that wait to be written down: one transaction takes all that wait, and is repeated until the database has it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { withTransaction } from '../database/pool.ts';
import type { Recorder } from './journal.ts';
import { type Attempt, type Settled, settle } from './settle.ts';

const batchAttempts = 100;
const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** The queue before the database. */
export interface Outcomes {
  /** Resolves once it is written, or once it is given up at the end: then others take the dispatch back. */
  write(attempt: Attempt): Promise<Settled | 'given-up'>;
  /** From now on nothing is repeated. */
  stop(): void;
}

interface Waiting {
  readonly attempt: Attempt;
  readonly done: (settled: Settled | 'given-up') => void;
}

/** What is written with. */
export interface OutcomesOptions {
  readonly pool: Pool;
  readonly processId: string;
  readonly recorder: Recorder;
  readonly logger: Logger;
}

/** Opens the queue. */
export function createOutcomes({ pool, processId, recorder, logger }: OutcomesOptions): Outcomes {
  const waiting: Waiting[] = [];
  let isWriting = false;
  const ending = new AbortController();

  async function flush(batch: readonly Waiting[]): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs))
      try {
        const attempts = batch.map(({ attempt }) => attempt);
        const settled = await withTransaction(pool, (client) =>
          settle(client, attempts, processId, recorder),
        );
        for (const [n, { done }] of batch.entries()) done(settled[n] ?? 'late');
        return;
      } catch (err) {
        logger.warn({ err }, 'outcomes of deliveries are not written; tried again');
        if (ending.signal.aborted) {
          for (const { done } of batch) done('given-up');
          return;
        }
        await pause(pauseMs, undefined, { signal: ending.signal }).catch(() => undefined);
      }
  }

  async function work(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) await flush(waiting.splice(0, batchAttempts));
    isWriting = false;
  }

  return {
    write: (attempt) =>
      new Promise((done) => {
        waiting.push({ attempt, done });
        if (!isWriting) void work();
      }),
    stop() {
      ending.abort();
    },
  };
}
