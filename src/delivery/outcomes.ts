// Outcomes that wait to be written down: one transaction takes all that wait, and is repeated until the database has it.
// One whose content the database refuses does not hold up the others: it is written without what the other side said.
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
  /**
   * Resolves once it is written, or once it is given up at the end or because the database refuses even its bare form: then
   * the dispatch is taken back when its lease has run out.
   */
  write(attempt: Attempt): Promise<Settled | 'given-up'>;
  /** From now on nothing is repeated. */
  stop(): void;
}

interface Waiting {
  readonly attempt: Attempt;
  /** What the other side said is left out already. */
  readonly isBare: boolean;
  readonly done: (settled: Settled | 'given-up') => void;
}

/** What is written with. */
export interface OutcomesOptions {
  readonly pool: Pool;
  readonly processId: string;
  readonly recorder: Recorder;
  readonly logger: Logger;
}

/** The SQLSTATE alone: words of the database may repeat what it was given. */
const toCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** SQLSTATE classes 22 and 23: one row's content is at fault, and will be next time. */
const isDataError = (error: unknown): boolean => /^2[23]/u.test(toCode(error));

/** The same attempt without answer, trace and cause. */
function toBare({ dispatch, outcome }: Attempt): Attempt {
  if (outcome.kind === 'sent' || outcome.kind === 'split')
    return { dispatch, outcome: { kind: outcome.kind } };
  if (outcome.kind === 'interrupted') return { dispatch, outcome };
  const { source: _source, cause: _cause, ...bare } = outcome;
  return { dispatch, outcome: bare };
}

/** Opens the queue. */
export function createOutcomes({ pool, processId, recorder, logger }: OutcomesOptions): Outcomes {
  const waiting: Waiting[] = [];
  let isWriting = false;
  const ending = new AbortController();

  const write = (attempts: readonly Attempt[]): Promise<readonly Settled[]> =>
    withTransaction(pool, (client) => settle(client, attempts, processId, recorder));

  async function flush(batch: readonly Waiting[]): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs))
      try {
        const settled = await write(batch.map(({ attempt }) => attempt));
        for (const [n, { done }] of batch.entries()) done(settled[n] ?? 'late');
        return;
      } catch (err) {
        if (isDataError(err)) return flushAlone(batch, err);
        logger.warn({ err }, 'outcomes of deliveries are not written; tried again');
        if (ending.signal.aborted) {
          for (const { done } of batch) done('given-up');
          return;
        }
        await pause(pauseMs, undefined, { signal: ending.signal }).catch(() => undefined);
      }
  }

  /** After the database refused the content of one of them. */
  async function flushAlone(batch: readonly Waiting[], err: unknown): Promise<void> {
    const [only, ...others] = batch;
    if (!only) return;
    if (others.length > 0) {
      for (const waiting of batch) await flush([waiting]);
      return;
    }
    const words = { sqlState: toCode(err), dispatch: only.attempt.dispatch.id };
    if (only.isBare) {
      logger.error(words, 'an outcome is refused by the database; its lease runs out');
      return only.done('given-up');
    }
    logger.error(words, 'an outcome is refused by the database; written without what the other side said');
    await flush([{ attempt: toBare(only.attempt), isBare: true, done: only.done }]);
  }

  async function work(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) await flush(waiting.splice(0, batchAttempts));
    isWriting = false;
  }

  return {
    write: (attempt) =>
      new Promise((done) => {
        waiting.push({ attempt, isBare: false, done });
        if (!isWriting) void work();
      }),
    stop() {
      ending.abort();
    },
  };
}
