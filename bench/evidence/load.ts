// Fills the log in rounds, so that it is seen whether anything slows down as it grows: made entries go in, the sequencer
// numbers them, the indexer indexes them, and the product's own recording is timed on top.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { seal, toEntry } from '../../src/evidence/entry.ts';
import { recordBatch } from '../../src/evidence/record-batch.ts';
import { indexLeaves } from '../../src/evidence/search/indexer.ts';
import { startSequencer } from '../../src/evidence/sequencer.ts';
import type { LogGround } from './ground.ts';
import { createDice, makeEntries } from './made-entries.ts';
import type { MakerTask } from './maker.ts';

/** What one round took. Rates are entries a second. */
export interface Round {
  /** In the log when it was over. */
  readonly entries: number;
  readonly insertRate: number;
  readonly numberRate: number;
  readonly indexRate: number;
  /** The product's own statement, batches of 32 of today, one writer. */
  readonly recordRate: number;
  readonly recordP50Ms: number;
  readonly recordP99Ms: number;
}

const stretchEntries = 4_000;
const roundEntries = 1_000_000;
const batchLeaves = 16_384;
const recordRows = 32;
const recordBatches = 150;

/** At most so many rounds of a million; a small log is filled in five. */
const toRoundStretches = (entries: number): number =>
  Math.max(1, Math.min(Math.ceil(roundEntries / stretchEntries), Math.ceil(entries / 5 / stretchEntries)));

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const beganMs = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - beganMs) / 1_000 };
}

/** The threads that fill the log. */
interface Makers {
  /** Fills up to this stretch. @returns entries inserted */
  fill(end: number): Promise<number>;
  stop(): Promise<unknown>;
}

async function startMakers(task: MakerTask, count: number): Promise<Makers> {
  const name = import.meta.url.endsWith('.ts') ? './maker.ts' : './maker.js';
  const makers = Array.from(
    { length: count },
    () => new Worker(new URL(name, import.meta.url), { workerData: task }),
  );
  await Promise.all(makers.map((maker) => once(maker, 'message')));
  return {
    async fill(end) {
      const counts = makers.map(async (maker) => {
        const said = once(maker, 'message');
        maker.postMessage(end);
        const [inserted]: unknown[] = await said;
        return Number(inserted);
      });
      return (await Promise.all(counts)).reduce((sum, inserted) => sum + inserted, 0);
    },
    stop: () => Promise.all(makers.map((maker) => maker.terminate())),
  };
}

/** Numbers all that waits with the product's sequencer and signs the head. */
export async function numberAll({ ownerUrl, keys, origin }: LogGround): Promise<void> {
  const logger = pino({ level: 'error' }, pino.destination(2));
  const sequencer = await startSequencer({
    sequencerUrl: ownerUrl,
    key: keys.log,
    origin,
    logger,
    batchLeaves,
  });
  await sequencer.stop();
}

/** Makes the tables of search from all that is numbered, with the product's indexer. */
export async function indexAll({ owner }: LogGround): Promise<void> {
  while ((await indexLeaves(owner, batchLeaves)) > 0);
}

/** Refusals of now, as the hub records them. */
async function timeRecording({ hub, keys }: LogGround, seed: number) {
  const now = Date.now();
  const stretch = { fromMs: now, toMs: now + 1_000, count: recordRows * recordBatches };
  const facts = makeEntries(createDice(seed), stretch, keys).entries.map(({ entry }) => entry.facts);
  const at = new Date(now);
  const entries = facts.map((one) =>
    toEntry(
      'refused',
      { ...one, exchangeId: toOwnId(one.exchangeId) },
      { at, databaseAt: at },
      { problem: 'grant-missing', status: 403 },
      seal({}, keys, at),
    ),
  );
  const client = await hub.connect();
  const times: number[] = [];
  const processId = randomUUID();
  for (let from = 0; from + recordRows <= recordRows * recordBatches; from += recordRows) {
    const batch = entries.slice(from, from + recordRows).map((entry) => ({ entry }));
    const { seconds } = await timed(() => recordBatch(client, batch, processId));
    times.push(seconds * 1_000);
  }
  client.release();
  // The first ones find cold caches, of the program and of the database.
  const warm = times.slice(recordBatches / 5).sort((one, other) => one - other);
  const totalMs = warm.reduce((sum, ms) => sum + ms, 0);
  return {
    recordRate: (warm.length * recordRows * 1_000) / totalMs,
    recordP50Ms: warm[Math.floor(warm.length / 2)] ?? 0,
    recordP99Ms: warm[Math.floor(warm.length * 0.99)] ?? 0,
  };
}

/** Entries of one made exchange become exchanges of their own: the same month, another random part. */
const toOwnId = (exchangeId: string): string => `${exchangeId.slice(0, 19)}${randomUUID().slice(19)}`;

async function fillRound(ground: LogGround, makers: Makers, end: number): Promise<Round> {
  const { value: inserted, seconds } = await timed(() => makers.fill(end));
  const numbering = await timed(() => numberAll(ground));
  const indexing = await timed(() => indexAll(ground));
  const recording = await timeRecording(ground, end);
  await numberAll(ground);
  await indexAll(ground);
  const { rows } = await ground.owner.query<{ size: bigint }>('SELECT size FROM tree_head');
  return {
    entries: Number(rows[0]?.size),
    insertRate: inserted / seconds,
    numberRate: inserted / numbering.seconds,
    indexRate: inserted / indexing.seconds,
    ...recording,
  };
}

/**
 * Fills the log.
 * @param onRound told of each round
 */
export async function fillLog(
  ground: LogGround,
  options: {
    readonly entries: number;
    readonly makers: number;
    readonly seed: number;
    readonly fromMs: number;
  },
  onRound: (round: Round) => void,
): Promise<readonly Round[]> {
  const stretches = Math.ceil(options.entries / stretchEntries);
  const place = { ownerUrl: ground.ownerUrl, keyFolder: ground.keyFolder, fromMs: options.fromMs };
  const next = new SharedArrayBuffer(4);
  const task = { ...place, seed: options.seed, stretches, stretchEntries, toMs: Date.now(), next };
  const makers = await startMakers(task, options.makers);
  const rounds: Round[] = [];
  for (let end = 0; end < stretches; ) {
    end = Math.min(stretches, end + toRoundStretches(options.entries));
    const round = await fillRound(ground, makers, end);
    rounds.push(round);
    onRound(round);
  }
  await makers.stop();
  return rounds;
}
