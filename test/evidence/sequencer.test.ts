// Numbering and signing on a real database: every acknowledged entry once, one tree, whoever runs and whoever dies.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { pino } from 'pino';
import { createPool } from '../../src/database/pool.ts';
import { parseHash } from '../../src/evidence/bytes.ts';
import { parseCheckpointText } from '../../src/evidence/checkpoint.ts';
import { openNote, parseVerifierKey } from '../../src/evidence/note.ts';
import { createEvidenceReader, type EvidenceReader } from '../../src/evidence/read.ts';
import {
  numberPending,
  type Sequencer,
  sequencerLockKeys,
  startSequencer,
} from '../../src/evidence/sequencer.ts';
import { hashLeaf, isConsistent, rootOf } from '../../src/evidence/tree.ts';
import type { EvidenceLog } from '../../src/evidence/types.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import {
  answered,
  connect,
  dropWhenQuiet,
  logKey,
  logVerifierKey,
  origin,
  someFacts,
  someOpen,
  startLog,
  until,
} from './support.ts';

const signal = new AbortController().signal;

describe('the sequencer', () => {
  let database: FreshDatabase;
  let owner: pg.Client;
  let pool: pg.Pool;
  let reader: EvidenceReader;
  let log: EvidenceLog;
  let sequencers: Sequencer[];

  beforeEach(async () => {
    database = await freshDatabase();
    owner = await connect(database.ownerUrl);
    pool = createPool(database.hubUrl, { max: 2, applicationName: 'test' });
    reader = createEvidenceReader(pool);
    sequencers = [];
    log = await startLog(database.hubUrl, { onRecorded: () => sequencers.at(0)?.poke() });
  });
  afterEach(async () => {
    await log.stop();
    await Promise.all(sequencers.map((sequencer) => sequencer.stop()));
    await pool.end();
    await dropWhenQuiet(database, owner);
  });

  async function start(
    more: { readonly intervalMs?: number; readonly batchLeaves?: number } = {},
  ): Promise<Sequencer> {
    const options = {
      ...{ sequencerUrl: database.sequencerUrl, key: logKey, origin },
      logger: pino({ level: 'silent' }),
    };
    const sequencer = await startSequencer({ ...options, ...more });
    sequencers.push(sequencer);
    return sequencer;
  }
  async function count(sql: string): Promise<number> {
    const { rows } = await owner.query<{ count: string }>(`SELECT count(*) FROM ${sql}`);
    return Number(rows[0]?.count);
  }
  const isNumbered = async (): Promise<boolean> => (await count('entry_pending')) === 0;
  async function exchange(): Promise<string> {
    const opened = await log.open(someOpen());
    await log.close(opened, answered);
    return opened.facts.exchangeId;
  }

  /** Checks the whole tree from the entries' texts: every entry once, in its exchange's order, under every signed head. */
  async function checkTree(): Promise<number> {
    const { rows } = await owner.query<{ leaf_index: string; text: string; exchange_id: string; id: string }>(
      'SELECT l.leaf_index, e.id, e.text, e.exchange_id FROM leaf l JOIN entry e ON e.id = l.entry_id ORDER BY l.leaf_index',
    );
    rows.forEach((row, n) => {
      assert.equal(Number(row.leaf_index), n);
    });
    assert.equal(rows.length, await count('entry'));
    const last = new Map<string, number>();
    for (const row of rows) {
      assert.ok(Number(row.id) > (last.get(row.exchange_id) ?? 0));
      last.set(row.exchange_id, Number(row.id));
    }
    const hashes = rows.map(({ text }) => hashLeaf(Buffer.from(text)));
    const notes = await owner.query<{ note: string }>('SELECT note FROM checkpoint ORDER BY size');
    for (const { note } of notes.rows) {
      const checkpoint = parseCheckpointText(openNote(note, parseVerifierKey(logVerifierKey)));
      assert.ok(checkpoint.root.equals(rootOf(hashes.slice(0, checkpoint.size))));
    }
    return notes.rows.length;
  }

  it('gives a receipt that verifies offline, within a second', async () => {
    await start();
    const beganAt = performance.now();
    const exchangeId = await exchange();
    const found = await reader.receiptOf(exchangeId, { waitMs: 3_000, signal });
    assert.ok(typeof found === 'object');
    assert.ok(performance.now() - beganAt < 1_000);
    const verdict = verifyReceipt(JSON.parse(JSON.stringify(found.receipt)), logVerifierKey);
    assert.ok(verdict.ok);
    assert.equal(verdict.leaf.exchange, exchangeId);
    assert.equal(verdict.checked.length, 5);
  });

  it('gives a receipt without its private part once that was purged', async () => {
    await start();
    const exchangeId = await exchange();
    await owner.query('DELETE FROM entry_private');
    const found = await reader.receiptOf(exchangeId, { waitMs: 3_000, signal });
    assert.ok(typeof found === 'object' && !found.receipt.private);
    assert.ok(verifyReceipt(found.receipt, logVerifierKey).ok);
  });

  it('gives receipts for refusals and for large trees, and proofs between all of its checkpoints', async () => {
    await start({ batchLeaves: 300 });
    for (let n = 0; n < 3; n += 1) {
      await Promise.all(Array.from({ length: 300 }, exchange));
      await until(isNumbered);
    }
    const facts = someFacts();
    const at = new Date();
    await log.refuse({
      kind: 'refused',
      facts,
      problem: 'not-granted',
      status: 403,
      count: 1,
      from: at,
      to: at,
      private: {},
    });
    const found = await reader.receiptOf(facts.exchangeId, { waitMs: 3_000, signal });
    assert.ok(typeof found === 'object' && verifyReceipt(found.receipt, logVerifierKey).ok);
    assert.ok((await checkTree()) > 3);
    const { rows } = await owner.query<{ size: string; root: Buffer }>(
      'SELECT size, root FROM checkpoint WHERE size > 0',
    );
    const heads = rows.map(({ size, root }) => ({ size: Number(size), root }));
    for (const older of heads)
      for (const newer of heads.filter(({ size }) => size >= older.size)) {
        const proof = (await reader.consistency(older.size, newer.size)) ?? assert.fail();
        assert.ok(isConsistent(older, newer, proof.map(parseHash)));
      }
  });

  it('has no receipt for what is still open, unknown or strange, and no proof beyond what is signed', async () => {
    assert.equal(await reader.checkpoint(), undefined);
    await start();
    const { facts } = await log.open(someOpen());
    assert.equal(await reader.receiptOf(facts.exchangeId, { waitMs: 100, signal }), 'not-ready');
    assert.equal(await reader.receiptOf(someFacts().exchangeId, { waitMs: 100, signal }), 'no-such-exchange');
    for (const [from, to] of [
      [0, 1],
      [1, 9],
      [2, 1],
    ] as const)
      assert.equal(await reader.consistency(from, to), undefined);
    const aborted = reader.receiptOf(facts.exchangeId, { waitMs: 5_000, signal: AbortSignal.timeout(20) });
    await assert.rejects(aborted, { name: 'AbortError' });
  });

  it('numbers every entry once with four sequencers at once, and never forks', async () => {
    await Promise.all(Array.from({ length: 4 }, () => start({ intervalMs: 2, batchLeaves: 50 })));
    await Promise.all(Array.from({ length: 1_000 }, exchange));
    await until(isNumbered);
    await Promise.all(sequencers.map((sequencer) => sequencer.stop()));
    assert.equal(await count('leaf'), 2_000);
    await checkTree();
  });

  it('numbers nothing when the head changed under it, and loses no entry by that', async () => {
    await owner.query(`CREATE FUNCTION overtake() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE tree_head SET size = size + 1; RETURN NULL; END $$;
      CREATE TRIGGER overtake AFTER INSERT ON leaf EXECUTE FUNCTION overtake()`);
    await exchange();
    await start({ intervalMs: 20 });
    assert.deepEqual([await count('leaf'), await count('entry_pending')], [0, 2]);
    await owner.query('DROP TRIGGER overtake ON leaf');
    await until(isNumbered);
    await checkTree();
  });

  it('signs the head that a crashed sequencer left unsigned', async () => {
    await start();
    await exchange();
    await until(isNumbered);
    await Promise.all(sequencers.map((sequencer) => sequencer.stop()));
    await owner.query('DELETE FROM checkpoint WHERE size > 0');
    await start();
    assert.equal(await count('checkpoint WHERE size = 2'), 1);
  });

  it('signs no head in the middle of a backlog that another one numbers', async () => {
    await exchange();
    await numberPending(owner, 1);
    await owner.query('SELECT pg_advisory_lock($1, $2)', [...sequencerLockKeys]);
    const sequencer = await start({ intervalMs: 20 });
    assert.equal(await count('checkpoint'), 0);
    await owner.query('SELECT pg_advisory_unlock($1, $2)', [...sequencerLockKeys]);
    sequencer.poke();
    await until(async () => (await count('checkpoint')) > 0);
    assert.equal(await count('checkpoint WHERE size = 2'), 1);
  });

  it('signs nothing once the tree does not extend what it signed, and says so', async () => {
    const sequencer = await start();
    await exchange();
    await until(async () => isNumbered());
    await until(async () => (await count('checkpoint WHERE size = 2')) === 1);
    assert.ok(sequencer.confirmedMsAgo() < 1_000);
    await owner.query("UPDATE tree_head SET root = sha256('other')");
    await exchange();
    await pause(600);
    assert.ok(sequencer.confirmedMsAgo() > 300);
    assert.equal(await count('checkpoint WHERE size > 2'), 0);
    assert.equal(await count('entry_pending'), 2);
  });

  it('keeps every acknowledged entry when processes are killed, and their open exchanges become unknown', async function () {
    this.timeout(60_000);
    const acknowledged: string[] = [];
    const run = async (killAfterLines: number): Promise<void> => {
      const child = startProcess(database);
      let lines = 0;
      for await (const line of createInterface({ input: child.stdout ?? assert.fail() })) {
        if (line !== 'ready') acknowledged.push(line);
        lines += 1;
        if (lines === killAfterLines) child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      assert.equal(child.signalCode, 'SIGKILL');
    };
    await Promise.all([run(400), run(700)]);
    await run(150);
    await start();
    await until(async () => (await count('open_exchange')) === 0);
    await until(isNumbered);
    const { rows } = await owner.query<{ entry: string }>(
      "SELECT kind || ' ' || exchange_id AS entry FROM entry",
    );
    const stored = new Set(rows.map(({ entry }) => entry));
    assert.deepEqual(
      acknowledged.filter((entry) => !stored.has(entry)),
      [],
    );
    assert.ok(acknowledged.length >= 1_200);
    const ends = await count("entry WHERE kind IN ('closed', 'unknown')");
    assert.equal(await count("entry WHERE kind = 'opened'"), ends);
    assert.ok((await count("entry WHERE kind = 'unknown'")) >= 3, 'one of each process');
    await checkTree();
  });
});

function startProcess({ hubUrl, sequencerUrl }: FreshDatabase): ChildProcess {
  const script = fileURLToPath(new URL('./process.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', script, hubUrl, sequencerUrl, '100000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
