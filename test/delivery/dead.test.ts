// Dead letters: what stands still until a person decides, what waits behind it, and how a dispatch comes to it.
import assert from 'node:assert/strict';
import type { ClaimedDispatch, DispatchDraft, DispatchOutcome } from '../../src/delivery/types.ts';
import { until } from '../evidence/support.ts';
import {
  type Bench,
  failed,
  refused,
  sendOne,
  sent,
  someDelivery,
  someDispatch,
  startBench,
  toRoute,
} from './support.ts';

describe('Dead letters', () => {
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
  const dead = () =>
    until(async () => {
      const { rowCount } = await bench.pool.query(
        "SELECT FROM dispatch WHERE route = $1 AND state = 'dead'",
        [name],
      );
      return rowCount !== 0;
    });

  it('holds back what follows a dead letter until it is replayed', async () => {
    const engine = bench.engine();
    const [first, second, other] = [
      named('first', { orderKey: 'k' }),
      named('second', { orderKey: 'k' }),
      named('other'),
    ];
    for (const each of [first, second, other]) await bench.accept(engine, each);
    engine.start([
      toRoute(async (one) => (nameOf(one) === 'first' && one.attempt === 1 ? refused : take(one)), { name }),
    ]);
    await dead();
    await isDone(1);
    assert.deepEqual(taken, ['other']);
    const letter = (await engine.deadLetters.list({ route: name, limit: 10 })).letters[0] ?? assert.fail();
    const preview = await engine.deadLetters.preview(letter.id);
    assert.deepEqual(
      [preview?.problem, preview?.responsible, preview?.attempts],
      ['source-refused', 'hub', 1],
    );
    assert.deepEqual(preview?.behind, { dispatches: 1, deliveries: 1 });
    assert.equal(preview?.parts[0]?.id, idOf(first));
    const replay = () => engine.deadLetters.replay(letter.id, 'it was mended', { officerId: 'cb-0009' });
    assert.deepEqual((await Promise.all([replay(), replay()])).sort(), ['done', 'not-dead']);
    await isDone(3);
    assert.deepEqual(taken.slice(1), ['first', 'second']);
    assert.deepEqual(await bench.sealed(idOf(first), 'replayed'), {
      officer: 'cb-0009',
      reason: 'it was mended',
    });
    await until(async () => (await bench.stateOf(idOf(second))) === 'sent');
    assert.deepEqual(await bench.stepNames(idOf(first)), [
      'accepted',
      'sending',
      'failed',
      'dead',
      'replayed',
      'sending',
      'sent',
    ]);
  });

  it('lets go on what waits behind a dead letter that is abandoned', async () => {
    const engine = bench.engine();
    const [first, second] = [named('first', { orderKey: 'k' }), named('second', { orderKey: 'k' })];
    for (const each of [first, second]) await bench.accept(engine, each);
    engine.start([toRoute(async (one) => (nameOf(one) === 'first' ? refused : take(one)), { name })]);
    await dead();
    const letter = (await engine.deadLetters.list({ route: name, limit: 10 })).letters[0] ?? assert.fail();
    assert.equal(await engine.deadLetters.abandon(letter.id, 'no such agency', {}), 'done');
    assert.equal(await engine.deadLetters.abandon(letter.id, 'no such agency', {}), 'not-dead');
    assert.equal(await engine.deadLetters.abandon('999999', 'none', {}), 'not-found');
    assert.equal(await engine.deadLetters.preview(letter.id), undefined);
    await isDone(1);
    assert.equal(await bench.stateOf(idOf(first)), 'abandoned');
  });

  it('lists dead letters by page, and by route, share and problem', async () => {
    const engine = bench.engine();
    for (const share of ['a', 'a', 'b']) await bench.accept(engine, named('x', { share }));
    engine.start([toRoute(async () => refused, { name })]);
    await until(async () => (await engine.deadLetters.list({ route: name, limit: 5 })).letters.length === 3);
    const first = await engine.deadLetters.list({ route: name, limit: 2 });
    const second = await engine.deadLetters.list({ route: name, limit: 2, after: first.next });
    assert.deepEqual([first.letters.length, second.letters.length, second.next], [2, 1, undefined]);
    const count = async (filter: object) =>
      (await engine.deadLetters.list({ route: name, limit: 5, ...filter })).letters.length;
    assert.deepEqual(
      [
        await count({ share: 'a' }),
        await count({ problem: 'source-refused' }),
        await count({ problem: 'code-unmapped' }),
      ],
      [2, 3, 0],
    );
  });

  it('tries each delivery alone once a call for several is split, and what follows waits for all of them', async () => {
    const engine = bench.engine();
    const receivers = ['H99.10', 'H99.11', 'H99.12'].map((receiver) =>
      someDelivery({ receiver, receiverUnit: undefined, by: 0 }),
    );
    const dispatch = someDispatch({ route: name, orderKey: 'k' });
    await bench.accept(engine, { deliveries: receivers, dispatches: [dispatch] });
    await bench.accept(engine, named('next', { orderKey: 'k' }));
    const send = async (one: ClaimedDispatch): Promise<DispatchOutcome> => {
      if (nameOf(one) === 'next') return take(one);
      if (one.deliveries.length > 1) return { kind: 'split' };
      if (one.deliveries[0]?.receiver === 'H99.10') return refused;
      taken.push(one.deliveries[0]?.receiver ?? '');
      return sent;
    };
    engine.start([toRoute(send, { name })]);
    await dead();
    await isDone(2);
    assert.deepEqual(taken.sort(), ['H99.11', 'H99.12']);
    assert.deepEqual(await bench.stepNames(receivers[0]?.id ?? ''), [
      'accepted',
      'sending',
      'failed',
      'sending',
      'failed',
      'dead',
    ]);
    const letter = (await engine.deadLetters.list({ route: name, limit: 10 })).letters[0] ?? assert.fail();
    await engine.deadLetters.abandon(letter.id, 'no such agency', {});
    await isDone(3);
    assert.equal(taken[2], 'next');
  });

  it('gives up what was tried for all its time, and a replay gives it that time again', async () => {
    const engine = bench.engine();
    const one = named('one', { giveUpHours: 1 });
    await bench.accept(engine, one);
    engine.start([toRoute(failing(failed, failed), { name })]);
    await until(async () => (await bench.stepNames(idOf(one))).includes('failed'));
    await bench.owner.query(
      "UPDATE dispatch SET give_up_at = clock_timestamp() - interval '1 s', next_at = clock_timestamp() WHERE route = $1",
      [name],
    );
    await dead();
    assert.equal((await bench.steps(idOf(one))).at(-1)?.problem, 'delivery-given-up');
    const letter = (await engine.deadLetters.list({ route: name, limit: 10 })).letters[0] ?? assert.fail();
    assert.deepEqual([letter.problem, letter.responsible], ['delivery-given-up', 'source']);
    await engine.deadLetters.replay(letter.id, 'again', {});
    await isDone(1);
  });
});
