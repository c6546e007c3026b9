// The work on a route: order, turns, retries and rests.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ClaimedDispatch, DispatchDraft, DispatchOutcome } from '../../src/delivery/types.ts';
import { until } from '../evidence/support.ts';
import {
  away,
  type Bench,
  failed,
  hurry,
  refused,
  sendOne,
  sent,
  someDelivery,
  someDispatch,
  startBench,
  toRoute,
} from './support.ts';

const timedOut: DispatchOutcome = {
  kind: 'retry',
  problem: 'source-timeout',
  responsible: 'source',
  isRouteAway: false,
};

describe('The work on a route', () => {
  let bench: Bench;
  let routes = 0;
  let name = '';
  /** What the other side took, in order, by the name in `content`. */
  let taken: string[];
  before(async () => {
    bench = await startBench();
  });
  beforeEach(() => {
    routes += 1;
    name = `side-${routes}`;
    taken = [];
  });
  afterEach(() => bench.stopEngines());
  after(() => bench.stop());

  const nameOf = ({ content }: ClaimedDispatch): string => String(content['name']);
  const take = async (dispatch: ClaimedDispatch): Promise<DispatchOutcome> => {
    taken.push(nameOf(dispatch));
    return sent;
  };
  /** Fails in the ways given, one after the other, then takes. */
  function failing(...outcomes: DispatchOutcome[]) {
    return async (dispatch: ClaimedDispatch): Promise<DispatchOutcome> => outcomes.shift() ?? take(dispatch);
  }
  const named = (what: string, more: Partial<DispatchDraft> = {}) =>
    sendOne({ route: name, content: { name: what }, ...more });
  const idOf = (acceptance: ReturnType<typeof named>): string => acceptance.deliveries[0]?.id ?? '';
  const isDone = (count: number) => until(async () => taken.length === count);

  it('property: sends each delivery once in effect, in the order of acceptance under its key, whatever fails between', async function () {
    this.timeout(60_000);
    const outcome = fc.constantFrom<DispatchOutcome>(sent, sent, sent, failed, away, refused, {
      kind: 'split',
    });
    const history = fc.record({
      keys: fc.array(fc.nat(3), { minLength: 1, maxLength: 14 }),
      outcomes: fc.array(outcome, { maxLength: 12 }),
      concurrency: fc.integer({ min: 1, max: 4 }),
    });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ keys, outcomes, concurrency }) => {
        runs += 1;
        name = `property-${runs}`;
        const arrived: { readonly key: string; readonly n: number }[] = [];
        const left = [...outcomes];
        const route = toRoute(
          async ({ orderKey, content, deliveries }) => {
            const what = left.shift() ?? sent;
            if (what.kind === 'split' && deliveries.length < 2) return failed;
            if (what.kind === 'sent')
              for (const { receiver } of deliveries)
                arrived.push({ key: `${orderKey} ${receiver}`, n: Number(content['name']) });
            return what;
          },
          { name, concurrency },
        );
        const engines = [bench.engine(), bench.engine()];
        for (const engine of engines) engine.start([route]);
        for (const [n, key] of keys.entries()) {
          const receivers = ['H99.10', 'H99.11'].map((receiver) =>
            someDelivery({ receiver, receiverUnit: undefined, by: 0 }),
          );
          const dispatch = someDispatch({
            route: name,
            orderKey: `key-${key}`,
            content: { name: String(n) },
          });
          await bench.accept(engines[n % 2] ?? assert.fail(), {
            deliveries: receivers,
            dispatches: [dispatch],
          });
        }
        const [engine] = engines;
        await until(async () => {
          await bench.owner.query(
            "UPDATE dispatch SET next_at = now() WHERE state = 'waiting' AND route = $1",
            [name],
          );
          for (const { id } of (await engine?.deadLetters.list({ route: name, limit: 50 }))?.letters ?? [])
            await engine?.deadLetters.replay(id, 'again', {});
          return arrived.length >= keys.length * 2;
        });
        await bench.stopEngines();
        assert.equal(arrived.length, keys.length * 2);
        for (const key of new Set(arrived.map((one) => one.key))) {
          const order = arrived.filter((one) => one.key === key).map(({ n }) => n);
          assert.deepEqual(
            order,
            [...new Set(order)].sort((a, b) => a - b),
            key,
          );
        }
      }),
      { numRuns: 12 },
    );
  });

  it('writes an outcome that the database refuses without what the other side said, and holds up no other', async () => {
    const engine = bench.engine();
    const all = ['odd', 'even', 'odd', 'even'].map((what) => named(what));
    for (const each of all) await bench.accept(engine, each);
    const answer = { docId: 'a\u0000b' };
    engine.start([
      toRoute(async (dispatch) => (nameOf(dispatch) === 'odd' ? { kind: 'sent', answer } : sent), { name }),
    ]);
    for (const each of all) await until(async () => (await bench.stateOf(idOf(each))) === 'sent');
    const { rows } = await bench.owner.query('SELECT DISTINCT answer FROM dispatch WHERE route = $1', [name]);
    assert.deepEqual(rows, [{ answer: null }]);
  });

  it('sends urgent ones first', async () => {
    const engine = bench.engine();
    for (const [n, priority] of [0, 1, 4, 0, 4].entries())
      await bench.accept(engine, named(`${n}`, { priority }));
    engine.start([toRoute(take, { name, concurrency: 1 })]);
    await isDone(5);
    assert.deepEqual(taken, ['2', '4', '1', '0', '3']);
  });

  it('gives shares their turns: one unit’s 200 do not delay another’s one', async () => {
    const engine = bench.engine();
    const many = Array.from({ length: 200 }, (_, n) => named(`many ${n}`, { share: 'nhieu' }));
    await bench.accept(engine, {
      deliveries: many.flatMap(({ deliveries }, n) => deliveries.map((one) => ({ ...one, by: n }))),
      dispatches: many.flatMap(({ dispatches }) => dispatches),
    });
    await bench.accept(engine, named('one', { share: 'it' }));
    await bench.accept(engine, named('two', { share: 'it' }));
    engine.start([toRoute(take, { name, concurrency: 2 })]);
    await until(async () => taken.includes('two'));
    assert.ok(taken.indexOf('two') < 8, `after ${taken.indexOf('two')} others`);
    await isDone(202);
    assert.equal(new Set(taken).size, 202);
  });

  it('tries again after a pause what can pass, and says so in its entries', async () => {
    const engine = bench.engine();
    const one = named('one');
    await bench.accept(engine, one);
    engine.start([toRoute(failing(failed, failed), { name })]);
    for (const attempts of [1, 2]) {
      await until(
        async () =>
          (await bench.stepNames(idOf(one))).filter((step) => step === 'failed').length === attempts,
      );
      const { rows } = await bench.pool.query<{ pause: number; failures: number }>(
        'SELECT extract(epoch FROM next_at - clock_timestamp())::float8 AS pause, failures FROM dispatch WHERE route = $1',
        [name],
      );
      assert.equal(rows[0]?.failures, attempts);
      assert.ok((rows[0]?.pause ?? 0) > 0 && (rows[0]?.pause ?? 0) < 2.5);
      await hurry(bench.owner);
    }
    await isDone(1);
    await until(async () => (await bench.stateOf(idOf(one))) === 'sent');
    const steps = (await bench.steps(idOf(one))).map(({ step, attempt, problem }) => [
      step,
      attempt,
      problem,
    ]);
    assert.deepEqual(steps, [
      ['accepted', undefined, undefined],
      ['sending', 1, undefined],
      ['failed', 1, 'source-unavailable'],
      ['sending', 2, undefined],
      ['failed', 2, 'source-unavailable'],
      ['sending', 3, undefined],
      ['sent', 3, undefined],
    ]);
  });

  it('rests a route whose other side is away, then lets one alone find out whether it is back', async () => {
    const engine = bench.engine();
    let [calls, isAway] = [0, true];
    const send = async (one: ClaimedDispatch) => {
      calls += 1;
      return isAway ? away : take(one);
    };
    for (let n = 0; n < 20; n += 1) await bench.accept(engine, named(`${n}`));
    engine.start([toRoute(send, { name, concurrency: 4 })]);
    await until(async () => calls === 5);
    assert.ok((engine.meters[0]?.restMs ?? 0) >= 1_000);
    isAway = false;
    await isDone(20);
    assert.equal(calls, 25);
    const { rows } = await bench.pool.query('SELECT FROM dispatch WHERE route = $1 AND failures > 0', [name]);
    assert.deepEqual(rows, []);
  });

  it('sends nothing while the source is switched off, and takes what a route throws for its own error', async () => {
    let isOff = true;
    const seen: string[] = [];
    const observeSource = (source: string, outcome: string) => seen.push(`${source} ${outcome}`);
    const engine = bench.engine({ isSourceOff: (source) => source === 'axis' && isOff, observeSource });
    const one = named('one');
    await bench.accept(engine, one);
    const throwing = async (dispatch: ClaimedDispatch) => {
      if (dispatch.attempt === 1) throw new Error('a bug');
      return take(dispatch);
    };
    engine.start([toRoute(throwing, { name, source: 'axis' })]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.deepEqual(await bench.stepNames(idOf(one)), ['accepted']);
    isOff = false;
    await until(async () => (await bench.steps(idOf(one))).at(-1)?.problem === 'internal-error');
    await hurry(bench.owner);
    await isDone(1);
    assert.deepEqual(seen, ['axis hub', 'axis answered']);
  });

  it('tells a route when the time of an attempt is over', async () => {
    const engine = bench.engine();
    const one = named('one');
    await bench.accept(engine, one);
    const wait = (dispatch: ClaimedDispatch, signal: AbortSignal) =>
      new Promise<DispatchOutcome>((resolve) => {
        if (dispatch.attempt > 1) resolve(take(dispatch));
        signal.addEventListener('abort', () => resolve(timedOut));
      });
    engine.start([toRoute(wait, { name, attemptMs: 50 })]);
    await until(async () => (await bench.steps(idOf(one))).at(-1)?.problem === 'source-timeout');
    await hurry(bench.owner);
    await isDone(1);
  });
});
