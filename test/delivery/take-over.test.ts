// One delivery in the place of another that lies held or dead: the order holds, and of several decisions one wins.
import assert from 'node:assert/strict';
import { withTransaction } from '../../src/database/pool.ts';
import type { RunningEngine } from '../../src/delivery/engine.ts';
import type { Acceptance, ClaimedDispatch, DispatchOutcome } from '../../src/delivery/types.ts';
import { Problem } from '../../src/problem.ts';
import { until } from '../evidence/support.ts';
import {
  type Bench,
  refused,
  sendOne,
  sent,
  someDelivery,
  someDispatch,
  startBench,
  toRoute,
} from './support.ts';

describe('Taking the place of what lies still', () => {
  let bench: Bench;
  let routes = 0;
  let name = '';
  let taken: string[];
  before(async () => {
    bench = await startBench();
  });
  beforeEach(() => {
    routes += 1;
    name = `place-${routes}`;
    taken = [];
  });
  afterEach(() => bench.stopEngines());
  after(() => bench.stop());

  /** One whose name begins with `bad` is refused. */
  const send = async ({ content }: ClaimedDispatch): Promise<DispatchOutcome> => {
    const what = String(content['name']);
    if (what.startsWith('bad')) return refused;
    taken.push(what);
    return sent;
  };
  const start = (engine: RunningEngine) => engine.start([toRoute(send, { name })]);
  const named = (what: string, inPlaceOf?: string): Acceptance =>
    sendOne({
      route: name,
      orderKey: 'k',
      content: { name: what },
      ...(inPlaceOf !== undefined && { inPlaceOf }),
    });
  const idOf = (acceptance: Acceptance): string => acceptance.deliveries[0]?.id ?? assert.fail();
  const isDead = (id: string) => until(async () => (await bench.stateOf(id)) === 'dead');
  const isTaken = (...names: string[]) => until(async () => taken.join() === names.join());
  const abandon = (engine: RunningEngine, id: string) =>
    withTransaction(bench.pool, (client) =>
      engine.abandon(client, id, { officerId: 'cb-0009', reason: 'not wanted' }),
    );
  const letterOf = async (engine: RunningEngine) =>
    (await engine.deadLetters.list({ route: name, limit: 5 })).letters[0]?.id ??
    assert.fail('no dead letter');
  const isDecided = (error: unknown) => error instanceof Problem && error.code === 'delivery-decided';
  /** What came of several decisions made at the same time. */
  async function atOnce(decisions: readonly Promise<unknown>[]): Promise<readonly string[]> {
    const ends = await Promise.allSettled(decisions);
    return ends
      .map((end) => {
        if (end.status === 'rejected') return isDecided(end.reason) ? 'lost' : String(end.reason);
        return end.value === false || end.value === 'not-dead' ? 'lost' : 'won';
      })
      .sort();
  }

  it('sends what replaces a dead one before all that waits behind it, and says so on the dead one', async () => {
    const engine = bench.engine();
    const [bad, second, third] = [named('bad'), named('second'), named('third')];
    for (const each of [bad, second, third]) await bench.accept(engine, each);
    start(engine);
    await isDead(idOf(bad));
    const better = named('better', idOf(bad));
    assert.deepEqual(await bench.accept(engine, better), ['waiting']);
    await isTaken('better', 'second', 'third');
    assert.deepEqual((await bench.stepNames(idOf(bad))).slice(-2), ['dead', 'abandoned']);
    assert.deepEqual(await bench.sealed(idOf(bad), 'abandoned'), {
      acceptedBy: better.deliveries[0]?.private.acceptedBy,
      reason: `replaced by ${idOf(better)}`,
    });
  });

  it('replaces a held one; what replaces it may be held or die in its turn and holds the order there', async () => {
    const engine = bench.engine();
    const first = named('first');
    await bench.accept(engine, { ...first, isHeld: true });
    await bench.accept(engine, named('behind'));
    start(engine);
    const second = named('second', idOf(first));
    assert.deepEqual(await bench.accept(engine, { ...second, isHeld: true }), ['held']);
    const third = named('bad third', idOf(second));
    await bench.accept(engine, third);
    await isDead(idOf(third));
    assert.deepEqual(taken, []);
    await bench.accept(engine, named('fourth', idOf(third)));
    await isTaken('fourth', 'behind');
    assert.deepEqual(await bench.stepNames(idOf(first)), ['accepted', 'held', 'abandoned']);
  });

  it('replaces one part of a split call alone, and what follows waits for all parts', async () => {
    const engine = bench.engine();
    const [good, bad] = ['H99.10', 'H99.11'].map((receiver) =>
      someDelivery({ receiver, receiverUnit: undefined, by: 0 }),
    );
    if (!good || !bad) return assert.fail();
    const dispatch = someDispatch({ route: name, orderKey: 'k', content: { name: 'split' } });
    await bench.accept(engine, { deliveries: [good, bad], dispatches: [dispatch] });
    await bench.accept(engine, named('next'));
    engine.start([
      toRoute(
        async (one) => {
          if (one.content['name'] !== 'split') return send(one);
          if (one.deliveries.length > 1) return { kind: 'split' };
          return one.deliveries[0]?.id === bad.id ? refused : sent;
        },
        { name },
      ),
    ]);
    await isDead(bad.id);
    await until(async () => (await bench.stateOf(good.id)) === 'sent');
    assert.deepEqual(taken, []);
    await bench.accept(engine, named('part', bad.id));
    await isTaken('part', 'next');
    assert.deepEqual([await bench.stateOf(good.id), await bench.stateOf(bad.id)], ['sent', 'abandoned']);
  });

  it('lets exactly one of two corrections, a replay and an end decide, whoever comes at the same time', async () => {
    const engine = bench.engine();
    for (let round = 0; round < 8; round += 1) {
      const bad = named(`bad ${round}`);
      await bench.accept(engine, bad);
      if (round === 0) start(engine);
      await isDead(idOf(bad));
      const letter = await letterOf(engine);
      const decisions = [
        bench.accept(engine, named(`one ${round}`, idOf(bad))),
        bench.accept(engine, named(`other ${round}`, idOf(bad))),
        engine.deadLetters.replay(letter, 'again', {}),
        abandon(engine, idOf(bad)),
      ];
      assert.deepEqual(await atOnce(decisions), ['lost', 'lost', 'lost', 'won']);
      await until(async () => (await bench.stateOf(idOf(bad))) !== 'waiting');
      await until(async () => ['abandoned', 'dead'].includes((await bench.stateOf(idOf(bad))) ?? ''));
      await abandon(engine, idOf(bad));
    }
  });

  it('lets exactly one of a release, an end of the message and a correction decide on a held one', async () => {
    const engine = bench.engine();
    for (let round = 0; round < 8; round += 1) {
      const held = named(`held ${round}`);
      const subject = held.deliveries[0]?.subject ?? assert.fail();
      await bench.accept(engine, { ...held, isHeld: true });
      const within = <T>(work: (client: Parameters<RunningEngine['release']>[0]) => Promise<T>) =>
        withTransaction(bench.pool, work);
      const decisions = [
        bench.accept(engine, named(`one ${round}`, idOf(held))),
        abandon(engine, idOf(held)),
        within((client) => engine.release(client, subject, {})).then((count) => count > 0),
        within((client) => engine.abandonHeld(client, subject, {})).then((count) => count > 0),
      ];
      assert.deepEqual(await atOnce(decisions), ['lost', 'lost', 'lost', 'won']);
    }
  });

  it('ends a dead one for good: what waits behind goes on, and ending it again changes nothing', async () => {
    const engine = bench.engine();
    const [bad, behind] = [named('bad'), named('behind')];
    for (const each of [bad, behind]) await bench.accept(engine, each);
    start(engine);
    await isDead(idOf(bad));
    assert.equal(await abandon(engine, idOf(bad)), true);
    engine.poke();
    await isTaken('behind');
    assert.equal(await abandon(engine, idOf(bad)), false);
    assert.deepEqual(await bench.sealed(idOf(bad), 'abandoned'), {
      officer: 'cb-0009',
      reason: 'not wanted',
    });
  });

  it('takes no place of what waits, is sent or is not there, and none under another key', async () => {
    const engine = bench.engine();
    const waiting = named('waiting');
    await bench.accept(engine, waiting);
    await assert.rejects(bench.accept(engine, named('x', idOf(waiting))), isDecided);
    await assert.rejects(bench.accept(engine, named('x', someDelivery().id)), isDecided);
    assert.equal(await abandon(engine, idOf(waiting)), false);
    const held = sendOne({ route: name, orderKey: 'other' });
    await bench.accept(engine, { ...held, isHeld: true });
    await assert.rejects(bench.accept(engine, named('x', idOf(held))), /another key/u);
    assert.equal(await bench.stateOf(idOf(held)), 'held');
    start(engine);
    await isTaken('waiting');
  });
});
