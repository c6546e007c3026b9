// Several processes share the work: leases, processes that are killed while they send, and the proof of every step.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { withTransaction } from '../../src/database/pool.ts';
import { takeBackInterrupted } from '../../src/delivery/interrupted.ts';
import { createWorkLease } from '../../src/delivery/work-lease.ts';
import { createEvidenceReader } from '../../src/evidence/read.ts';
import { startSequencer } from '../../src/evidence/sequencer.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { keys, logKey, logVerifierKey, origin, until } from '../evidence/support.ts';
import type { FreshDatabase } from '../support/database.ts';
import { type Bench, sendOne, sent, someDelivery, startBench, toRoute } from './support.ts';

describe('Processes that share deliveries', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
    await bench.owner.query(
      'CREATE TABLE arrived (n bigint GENERATED ALWAYS AS IDENTITY, id uuid PRIMARY KEY, attempt integer)',
    );
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    await bench.stopEngines();
  });
  after(() => bench.stop());

  const hang = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const ids = (accepted: readonly ReturnType<typeof sendOne>[]): string[] =>
    accepted.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));

  it('send each dispatch once, and never two of one key at once', async () => {
    const calls = new Map<string, number>();
    const underWay = new Set<string>();
    const route = toRoute(async ({ id, orderKey }) => {
      assert.ok(!underWay.has(orderKey), 'two of one key at once');
      underWay.add(orderKey);
      await pause(2);
      underWay.delete(orderKey);
      calls.set(id, (calls.get(id) ?? 0) + 1);
      return sent;
    });
    const engines = [bench.engine(), bench.engine(), bench.engine()];
    for (const engine of engines) engine.start([route]);
    const accepted = Array.from({ length: 120 }, (_, n) => sendOne({ orderKey: `key-${n % 30}` }));
    for (const [n, each] of accepted.entries()) await bench.accept(engines[n % 3] ?? assert.fail(), each);
    await until(async () => calls.size === 120);
    await bench.stopEngines();
    assert.deepEqual([...new Set(calls.values())], [1]);
    const worked = engines.map(({ meters }) => meters[0]?.outcomes.sent ?? 0);
    assert.ok(
      worked.every((count) => count > 0),
      `${worked}`,
    );
  });

  it('take over what a process was sending that was killed: it arrives once, in order, and the entries say what happened', async function () {
    this.timeout(60_000);
    const engine = bench.engine();
    const accepted = Array.from({ length: 150 }, (_, n) => sendOne({ orderKey: `killed-${n % 20}` }));
    for (const each of accepted) await bench.accept(engine, each);
    await Promise.all([killAfter(bench.database, 10), killAfter(bench.database, 25)]);
    await killAfter(bench.database, 15);
    startProcess(bench.database);
    for (let left = 1; left > 0; await pause(100)) {
      const { rows } = await bench.pool.query<{ left: number }>(
        "SELECT count(*)::int AS left FROM delivery WHERE id = ANY ($1) AND state <> 'sent'",
        [ids(accepted)],
      );
      left = rows[0]?.left ?? 1;
    }
    const { rows } = await bench.owner.query<{ id: string }>('SELECT id FROM arrived ORDER BY n');
    const arrived = rows.map(({ id }) => id);
    assert.equal(arrived.length, 150);
    for (let key = 0; key < 20; key += 1) {
      const expected = ids(accepted.filter((_, n) => n % 20 === key));
      assert.deepEqual(
        arrived.filter((id) => expected.includes(id)),
        expected,
      );
    }
    const lives = await Promise.all(ids(accepted).map((id) => bench.stepNames(id)));
    assert.ok(lives.flat().includes('interrupted'));
    for (const life of lives)
      assert.match(life.join(' '), /^accepted( sending interrupted)* sending( interrupted)? sent$/u);
  });

  it('lose no outcome to a lease that ran out: what was sent is not sent again when nobody took it over', async () => {
    const engine = bench.engine({ sweepMs: 60_000 });
    const [one] = [sendOne({ route: 'slow' })];
    const id = ids([one])[0] ?? '';
    await bench.accept(engine, one);
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    engine.start([
      toRoute(
        async () => {
          await finished;
          return sent;
        },
        { name: 'slow', concurrency: 1 },
      ),
    ]);
    await until(async () => (await bench.stateOf(id)) === 'sending');
    await bench.owner.query(
      "UPDATE dispatch SET lease_until = now() - interval '1 s' WHERE state = 'sending'",
    );
    const other = bench.engine({ isSourceOff: () => true });
    other.start([]);
    await until(async () => (await bench.stepNames(id)).includes('interrupted'));
    finish();
    await until(async () => (await bench.stateOf(id)) === 'sent');
    assert.deepEqual(await bench.stepNames(id), ['accepted', 'sending', 'interrupted', 'sent']);
  });

  it('never take back their own calls when their lease lapsed; others do', async () => {
    const processId = randomUUID();
    const engine = bench.engine({ processId });
    const one = sendOne({ route: 'stalled' });
    const id = ids([one])[0] ?? '';
    await bench.accept(engine, one);
    engine.start([toRoute((_, signal) => hang(signal), { name: 'stalled' })]);
    await until(async () => (await bench.stateOf(id)) === 'sending');
    await bench.owner.query(
      "INSERT INTO hub_process (id, host, pid, lease_until) VALUES ($1, 'test', 1, now() - interval '1 s')",
      [processId],
    );
    const recorder = {
      keys,
      now: () => ({ at: new Date(), databaseAt: new Date() }),
      onRecorded: () => undefined,
    };
    assert.equal(await takeBackInterrupted(bench.pool, processId, recorder), 0);
    assert.equal(await bench.stateOf(id), 'sending');
    assert.equal(await takeBackInterrupted(bench.pool, randomUUID(), recorder), 1);
    assert.deepEqual((await bench.stepNames(id)).slice(0, 3), ['accepted', 'sending', 'interrupted']);
  });

  it('put back what is under way when they stop, for others to send at once', async () => {
    const engine = bench.engine({ drainMs: 20 });
    const one = sendOne({ route: 'stopping' });
    const id = ids([one])[0] ?? '';
    await bench.accept(engine, one);
    engine.start([toRoute((_, signal) => hang(signal), { name: 'stopping' })]);
    await until(async () => (await bench.stateOf(id)) === 'sending');
    await bench.stopEngines();
    assert.deepEqual(await bench.stepNames(id), ['accepted', 'sending', 'interrupted']);
    assert.equal(await bench.stateOf(id), 'waiting');
  });

  it('prove every step of a delivery by a receipt', async () => {
    const engine = bench.engine();
    const sequencer = await startSequencer({
      ...{ sequencerUrl: bench.database.sequencerUrl, key: logKey, origin, intervalMs: 20 },
      logger: pino({ level: 'silent' }),
    });
    const delivery = someDelivery();
    await bench.accept(engine, { deliveries: [delivery], dispatches: [] });
    const reader = createEvidenceReader(bench.pool);
    const receipt = async (place?: number) => {
      const found = await reader.receiptOf(delivery.id, {
        waitMs: 5_000,
        signal: new AbortController().signal,
        place,
      });
      assert.ok(typeof found === 'object');
      const verdict = verifyReceipt(found.receipt, logVerifierKey);
      assert.ok(verdict.ok);
      return [verdict.leaf.step, verdict.checked[0]];
    };
    assert.deepEqual(await receipt(1), [
      'delivered',
      `the entry is canonical JSON of a leaf: step delivered, exchange ${delivery.id}`,
    ]);
    await withTransaction(bench.pool, (client) => engine.move(client, [delivery.id], 'taken', {}));
    assert.equal((await receipt())[0], 'taken');
    await sequencer.stop();
  });

  it('hold the lease of a work one at a time, and learn when they have lost it', async () => {
    const [mine, other] = ['01', '02'].map((end) =>
      createWorkLease(bench.pool, 'poll', `00000000-0000-4000-8000-0000000000${end}`, 300),
    );
    const held = (await mine?.hold()) ?? assert.fail();
    assert.equal(await other?.hold(), undefined);
    await pause(500);
    assert.equal(held.signal.aborted, false);
    assert.equal(await other?.hold(), undefined);
    await bench.owner.query("UPDATE work_lease SET lease_until = now() - interval '1 s'");
    const taken = (await other?.hold()) ?? undefined;
    if (taken) await until(async () => held.signal.aborted);
    await held.release();
    await taken?.release();
    const again = (await mine?.hold()) ?? assert.fail();
    await again.release();
    assert.equal(again.signal.aborted, true);
  });
});

const children: ChildProcess[] = [];

function startProcess({ hubUrl, ownerUrl }: FreshDatabase): ChildProcess {
  const script = fileURLToPath(new URL('./process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, hubUrl, ownerUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function killAfter(database: FreshDatabase, calls: number): Promise<void> {
  const child = startProcess(database);
  let lines = 0;
  for await (const _ of createInterface({ input: child.stdout ?? assert.fail() })) {
    lines += 1;
    if (lines === calls) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');
}
