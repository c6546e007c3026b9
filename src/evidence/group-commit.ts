// Entries that wait are recorded together: a free writer takes all of them. A write whose outcome is not known is asked
// for and repeated, with the same texts, until its caller's time is over.
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from 'pino';
import { withTransaction } from '../database/pool.ts';
import type { Entry } from './entry.ts';
import { type Recorder, resolveLost } from './lost.ts';
import { type Recording, type RecordOutcome, recordBatch } from './record-batch.ts';
import { type EntryKind, RecordError } from './types.ts';

const writersAtOnce = 2;
const batchRows = 200;
/** So many waiting are worth a second writer beside one that is at work. */
const shareRows = 16;
/** A writer that has not come back from its batch for so long may hang: the others do not wait for it. */
const slowMs = 100;
const firstPauseMs = 20;
const longestPauseMs = 500;

/** What to record; `toResolved` only with "closed", for the case that the lease was lost. */
export interface Write extends Recording {
  readonly toResolved?: (unknownHash: Buffer) => Entry;
}

/** What a group commit works with. */
export interface GroupCommitOptions extends Recorder {
  readonly pool: pg.Pool;
  readonly logger: Logger;
  readonly recordTimeoutMs: number;
  /** Told after each batch how many entries it held and how long it took. */
  readonly onRecorded: (entries: number, ms: number) => void;
  /** Told of each write that failed for its caller and may have been, or may yet be, recorded; and of each failed close. */
  readonly onGivenUp: (entry: Entry) => void;
}

/** The queue before the database. */
export interface GroupCommit {
  /**
   * Resolves once the entry is durable, with the kind that was recorded.
   * @throws RecordError
   */
  write(write: Write): Promise<EntryKind>;
  /** Entries that wait, without those being written. */
  readonly waiting: number;
  /** When the last try failed, by `performance.now()`; -Infinity once one succeeded after it. */
  readonly failedAtMs: number;
  /** Resolves when nothing waits and no writer is at work. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly write: Write;
  /** True once a statement with it may have reached the database. */
  isSent: boolean;
  isSettled: boolean;
  readonly done: (kind: EntryKind) => void;
  /** `isCertain`: it is not recorded and will not be. */
  readonly fail: (error: RecordError, isCertain: boolean) => void;
}

interface Health {
  failedAtMs: number;
}

/** SQLSTATE classes 22 and 23: one row's content is at fault, and will be next time. */
const isDataError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^2[23]/u.test(error.code);

/** Opens the queue; nothing waits longer than `recordTimeoutMs`. */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  let queue: Waiting[] = [];
  let writers = 0;
  let onIdle: (() => void)[] = [];
  let takenAtMs = 0;
  let isHelpDue = false;
  const health: Health = { failedAtMs: Number.NEGATIVE_INFINITY };

  function take(): Waiting[] {
    takenAtMs = performance.now();
    queue = queue.filter((waiting) => !waiting.isSettled);
    return queue.splice(0, batchRows);
  }

  async function work(): Promise<void> {
    // Lets all that come in this turn of the event loop share the first batch.
    await turn();
    for (let batch = take(); batch.length > 0; batch = take()) await flush(batch, options, health);
    // At once after an empty queue was seen: whoever comes now must find a writer free.
    writers -= 1;
    if (writers > 0) return;
    for (const done of onIdle) done();
    onIdle = [];
  }

  function begin(): void {
    writers += 1;
    void work();
  }

  function helpIfSlow(): void {
    if (isHelpDue || writers >= writersAtOnce) return;
    isHelpDue = true;
    setTimeout(() => {
      isHelpDue = false;
      if (queue.length === 0) return;
      if (writers < writersAtOnce && performance.now() - takenAtMs >= slowMs) begin();
      else helpIfSlow();
    }, slowMs);
  }

  return {
    write: (write) =>
      new Promise((resolve, reject) => {
        queue.push(toWaiting(write, options, resolve, reject));
        // While one is at work the others gather; a second one helps where enough wait, or the first is slow.
        if (writers === 0 || (writers < writersAtOnce && queue.length >= shareRows)) begin();
        else helpIfSlow();
      }),
    get waiting() {
      return queue.length;
    },
    get failedAtMs() {
      return health.failedAtMs;
    },
    idle: () => new Promise((resolve) => (writers === 0 ? resolve() : onIdle.push(resolve))),
  };
}

/** Writes a batch, again and again, until each of its entries is settled. */
async function flush(batch: readonly Waiting[], options: GroupCommitOptions, health: Health): Promise<void> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const left = batch.filter((waiting) => !waiting.isSettled);
    if (left.length === 0) return;
    const begunMs = performance.now();
    try {
      await attempt(left, options);
      health.failedAtMs = Number.NEGATIVE_INFINITY;
      options.onRecorded(left.length, performance.now() - begunMs);
    } catch (error) {
      const [only, ...others] = left;
      if (!isDataError(error)) {
        if (health.failedAtMs < 0)
          options.logger.error({ err: error }, 'the exchange log cannot be written; tried again');
        health.failedAtMs = performance.now();
        await pause(pauseMs);
      } else if (only && others.length > 0) {
        for (const waiting of left) await flush([waiting], options, health);
      } else {
        only?.fail(
          new RecordError('unavailable', 'the entry is refused by the database', { cause: error }),
          true,
        );
      }
    }
  }
}

function toWaiting(
  write: Write,
  options: GroupCommitOptions,
  resolve: (kind: EntryKind) => void,
  reject: (error: RecordError) => void,
): Waiting {
  const { recordTimeoutMs, onGivenUp } = options;
  const timer = setTimeout(() => {
    waiting.fail(new RecordError('unavailable', `not recorded in ${recordTimeoutMs} ms`), !waiting.isSent);
  }, recordTimeoutMs);
  const waiting: Waiting = {
    write,
    isSent: false,
    isSettled: false,
    done(kind) {
      if (waiting.isSettled) return;
      waiting.isSettled = true;
      clearTimeout(timer);
      resolve(kind);
    },
    fail(error, isCertain) {
      if (waiting.isSettled) return;
      waiting.isSettled = true;
      clearTimeout(timer);
      if (!isCertain || write.entry.kind === 'closed') onGivenUp(write.entry);
      reject(error);
    },
  };
  return waiting;
}

/** One try with a batch. What it leaves unsettled is to be tried again. @throws when the try failed */
async function attempt(batch: readonly Waiting[], options: GroupCommitOptions): Promise<void> {
  const { pool } = options;
  const outcomes = new Map<Waiting, RecordOutcome>();
  const isRepeated = batch.some((waiting) => waiting.isSent);
  const client = await pool.connect();
  try {
    if (isRepeated) await settleRecorded(client, batch);
    const left = batch.filter((waiting) => !waiting.isSettled);
    for (const waiting of left) waiting.isSent = true;
    const writes = left.map(({ write }) => write);
    const given = left.length > 0 ? await recordBatch(client, writes, options.processId) : [];
    left.forEach((waiting, n) => {
      const outcome = given[n];
      if (outcome === 'written') waiting.done(waiting.write.entry.kind);
      else if (outcome) outcomes.set(waiting, outcome);
    });
    // An earlier try may have been committed while this one waited for it.
    if (outcomes.size > 0) await settleRecorded(client, [...outcomes.keys()]);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
  for (const [waiting, outcome] of outcomes)
    if (!waiting.isSettled) await settleRefused(pool, waiting, outcome, options);
}

/** Settles the entries that an earlier try recorded. */
async function settleRecorded(client: pg.ClientBase, batch: readonly Waiting[]): Promise<void> {
  const { rows } = await client.query<{ hash: Buffer }>(
    `SELECT e.leaf_hash AS hash FROM unnest($1::uuid[], $2::text[]) AS wanted (exchange_id, kind)
     CROSS JOIN LATERAL (
       SELECT x.leaf_hash FROM entry x WHERE x.exchange_id = wanted.exchange_id AND x.kind = wanted.kind LIMIT 1) e`,
    [batch.map(({ write }) => write.entry.facts.exchangeId), batch.map(({ write }) => write.entry.kind)],
  );
  const recorded = new Set(rows.map(({ hash }) => hash.toString('hex')));
  for (const { write, done } of batch)
    if (recorded.has(write.entry.leaf.hash.toString('hex'))) done(write.entry.kind);
}

interface EarlierRow {
  readonly exchange_id: string;
  readonly sha256: string;
  readonly is_open: boolean;
}

/** Tells the caller which exchange holds its idempotency key. */
async function settleRepeated(pool: pg.Pool, waiting: Waiting): Promise<void> {
  const { entry, effect } = waiting.write;
  const { systemId, actingUnit, service, operation } = entry.facts;
  const { rows } = await pool.query<EarlierRow>(
    `SELECT k.exchange_id, k.sha256, o.exchange_id IS NOT NULL AS is_open
     FROM effect_key k LEFT JOIN open_exchange o ON o.exchange_id = k.exchange_id
     WHERE k.system_id = $1 AND k.acting_unit = $2 AND k.operation = $3 AND k.key = $4`,
    [systemId, actingUnit, `${service}/${operation}`, effect?.key],
  );
  if (!rows[0]) throw new Error('an idempotency key is taken by nobody');
  const { exchange_id: exchangeId, sha256, is_open: isOpen } = rows[0];
  const earlier = { exchangeId, sha256, isOpen };
  waiting.fail(new RecordError('effect-repeated', 'the idempotency key was used before', { earlier }), true);
}

/** Settles an entry that the database did not take. */
async function settleRefused(
  pool: pg.Pool,
  waiting: Waiting,
  outcome: RecordOutcome,
  options: GroupCommitOptions,
): Promise<void> {
  const { entry, toResolved } = waiting.write;
  if (outcome === 'replayed')
    return waiting.fail(new RecordError('proof-replayed', 'the proof was used before'), true);
  if (outcome === 'repeated') return settleRepeated(pool, waiting);
  if (outcome === 'lost' && toResolved) {
    const kind = await withTransaction(pool, (client) => resolveLost(client, entry, toResolved, options));
    if (kind) return waiting.done(kind);
  }
  waiting.fail(
    new RecordError('unavailable', `the exchange has another entry "${entry.kind}" already`),
    true,
  );
}
