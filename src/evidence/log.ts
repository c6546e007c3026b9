// The append side of the exchange log in one hub process: queue, lease, and the repair of what did not end as it should.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Logger } from 'pino';
import { createPool } from '../database/pool.ts';
import { type Entry, type MonthKeys, seal, toEntry } from './entry.ts';
import { createEntryClock, type EntryClock } from './entry-clock.ts';
import { createGroupCommit, type GroupCommit, type Write } from './group-commit.ts';
import type { KindPart } from './leaf.ts';
import { type Lease, startLease } from './lease.ts';
import type { Recorder } from './lost.ts';
import { type Repair, startRepair } from './repair.ts';
import type { Recorded } from './ticket.ts';
import { type CloseDraft, type EvidenceLog, type Opened, RecordError, type RefusalDraft } from './types.ts';

/** What the exchange log works with. */
export interface EvidenceLogOptions {
  /** Address of the database in the hub's own role. */
  readonly hubUrl: string;
  readonly keys: MonthKeys;
  readonly logger: Logger;
  /** The process's clock and the database's; default the system's, and the database's from the first heartbeat on. */
  readonly clock?: EntryClock;
  /** Longest wait for an entry to be durable; default 5,000. */
  readonly recordTimeoutMs?: number;
  /** Default 10,000. */
  readonly leaseMs?: number;
  /** How often the lease is renewed and expired ones are looked for; default 2,000. */
  readonly heartbeatMs?: number;
  /** Most entries that wait; beyond it nothing is opened or refused, while closing goes on. Default 5,000. */
  readonly queueLimit?: number;
  /** Told after entries were recorded together: how many, and how long it took. */
  readonly onRecorded?: (entries: number, ms: number) => void;
  /** Whether anything may be opened, refused or repaired: not while the hub is read-only. Default: always. */
  readonly mayRecord?: () => boolean;
  /** Of this process among the hub's; default a new one. */
  readonly processId?: string;
}

/** Two writers, each of which may be resolving, the heartbeat and the repair. */
const connections = 6;

/**
 * Starts the exchange log of this process; its lease holds when it resolves.
 * @throws Error when the database does not answer
 */
export async function startEvidenceLog(options: EvidenceLogOptions): Promise<EvidenceLog> {
  const { logger, recordTimeoutMs = 5_000, leaseMs = 10_000, heartbeatMs = 2_000 } = options;
  const { mayRecord = () => true } = options;
  const pool = createLogPool(options.hubUrl, recordTimeoutMs);
  const { clock = createEntryClock(() => new Date()), processId = randomUUID() } = options;
  const recorder: Recorder = { processId, now: clock.now };
  try {
    const lease = await startLease({ ...recorder, pool, leaseMs, heartbeatMs, clock, logger });
    const repair = startRepair(pool, recorder, heartbeatMs, logger, mayRecord);
    const commit = createGroupCommit({
      ...recorder,
      pool,
      logger,
      recordTimeoutMs,
      onRecorded: options.onRecorded ?? (() => {}),
      onGivenUp: repair.giveUp,
    });
    return createLog(options, { pool, recorder, lease, repair, commit });
  } catch (error) {
    await pool.end();
    throw error;
  }
}

function createLogPool(hubUrl: string, recordTimeoutMs: number): pg.Pool {
  // A statement that hangs is given up early enough for a second try.
  const statementMs = Math.ceil(recordTimeoutMs * 0.4);
  return createPool(hubUrl, {
    max: connections,
    applicationName: 'lgsp-evidence',
    connectMs: statementMs,
    statementMs,
    idleInTransactionMs: statementMs,
  });
}

interface LogParts {
  readonly pool: pg.Pool;
  readonly recorder: Recorder;
  readonly lease: Lease;
  readonly repair: Repair;
  readonly commit: GroupCommit;
}

function createLog(options: EvidenceLogOptions, parts: LogParts): EvidenceLog {
  const { keys, recordTimeoutMs = 5_000, queueLimit = 5_000, mayRecord = () => true } = options;
  const { recorder, commit, lease } = parts;
  let stopping: Promise<void> | undefined;

  function checkQueue(): void {
    if (stopping) throw new RecordError('unavailable', 'the exchange log is stopping');
    if (!mayRecord()) throw new RecordError('unavailable', 'the hub is read-only');
    if (commit.waiting >= queueLimit)
      throw new RecordError('unavailable', 'too many entries wait for the database');
  }

  return {
    async open({ facts, private: sealedFacts, proof, effect }) {
      checkQueue();
      const time = recorder.now();
      const entry = toEntry('opened', facts, time, {}, seal(sealedFacts, keys, time.at));
      await commit.write({ entry, proof, effect });
      return { facts, leafHash: entry.leaf.hash };
    },
    async close(opened, draft) {
      const entry = await commit.write(toCloseWrite(opened, draft, keys, recorder));
      return { kind: entry.kind === 'resolved' ? 'resolved' : 'closed', ...toRecorded(entry, recorder) };
    },
    async refuse(draft) {
      checkQueue();
      return toRecorded(await commit.write({ entry: toRefusal(draft, keys, recorder) }), recorder);
    },
    get healthy() {
      return !stopping && lease.isHeld && performance.now() - commit.failedAtMs > recordTimeoutMs;
    },
    get waiting() {
      return commit.waiting;
    },
    stop() {
      stopping ??= finish(parts);
      return stopping;
    },
  };
}

/** To be called once the commit is known: its time is at or after the commit's. */
const toRecorded = ({ facts, leaf }: Entry, { now }: Recorder): Recorded => ({
  exchangeId: facts.exchangeId,
  leafHash: leaf.hash,
  at: now().databaseAt,
});

async function finish({ pool, commit, repair, lease }: LogParts): Promise<void> {
  await commit.idle();
  await repair.stop();
  await lease.stop();
  await pool.end();
}

function toRefusal(draft: RefusalDraft, keys: MonthKeys, { now }: Recorder): Entry {
  const { kind, facts, status, problem, count, from, to } = draft;
  const time = now();
  const sealed = seal(draft.private, keys, time.at);
  const times = { from: from.toISOString(), to: to.toISOString() };
  const part: KindPart = { outcome: 'problem', status, problem, count, ...times };
  return toEntry(kind, facts, time, part, sealed);
}

function toCloseWrite(opened: Opened, draft: CloseDraft, keys: MonthKeys, { now }: Recorder): Write {
  const time = now();
  const sealed = seal(draft.private, keys, time.at);
  const toEnd = (kind: 'closed' | 'resolved', earlier: Buffer): Entry => {
    const part = { outcome: draft.outcome, status: draft.status, earlier: earlier.toString('base64') };
    return toEntry(
      kind,
      opened.facts,
      time,
      draft.problem === undefined ? part : { ...part, problem: draft.problem },
      sealed,
    );
  };
  return {
    entry: toEnd('closed', opened.leafHash),
    toResolved: (unknownHash) => toEnd('resolved', unknownHash),
  };
}
