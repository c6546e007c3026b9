// Acceptance, mailboxes and what people do with deliveries that lie still.
import assert from 'node:assert/strict';
import type { PoolClient } from 'pg';
import { Registry } from 'prom-client';
import { withTransaction } from '../../src/database/pool.ts';
import type { ClaimedDispatch } from '../../src/delivery/types.ts';
import { addDeliveryMetrics } from '../../src/operation/delivery-metrics.ts';
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

describe('Accepting deliveries', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
  });
  afterEach(() => bench.stopEngines());
  after(() => bench.stop());

  const within = <T>(work: (client: PoolClient) => Promise<T>) => withTransaction(bench.pool, work);
  async function mailbox(unit: string): Promise<number[]> {
    const { rows } = await bench.pool.query<{ no: number }>(
      'SELECT mailbox_no::int AS no FROM delivery WHERE receiver_unit = $1 ORDER BY accepted_at, mailbox_no',
      [unit],
    );
    return rows.map(({ no }) => no);
  }

  it('puts what stays inside into the mailbox at once, and what goes out among the waiting', async () => {
    const [inside, outside] = [someDelivery(), someDelivery({ by: 0, receiverUnit: undefined })];
    const states = await bench.accept(bench.engine(), {
      deliveries: [inside, outside],
      dispatches: [someDispatch()],
    });
    assert.deepEqual(states, ['delivered', 'waiting']);
    assert.deepEqual(await bench.stepNames(inside.id), ['delivered']);
    assert.deepEqual(await bench.stepNames(outside.id), ['accepted']);
    const { acceptedBy, from, message, to } = inside.private;
    assert.deepEqual(await bench.sealed(inside.id, 'delivered'), { acceptedBy, from, message, to });
  });

  it('accepts the same delivery once: the second time nothing of it is there', async () => {
    const engine = bench.engine();
    const twice = sendOne();
    await bench.accept(engine, twice);
    await assert.rejects(bench.accept(engine, { ...twice, dispatches: [someDispatch({ share: 'again' })] }));
    const { rowCount } = await bench.pool.query("SELECT FROM dispatch WHERE share = 'again'");
    assert.equal(rowCount, 0);
    assert.deepEqual(await bench.stepNames(twice.deliveries[0]?.id ?? ''), ['accepted']);
  });

  it('numbers mailboxes without gaps in the order of commits, whatever runs at once', async () => {
    const engine = bench.engine();
    const units = ['hop-a', 'hop-b', 'hop-c'];
    const one = (n: number) => {
      const turned = n % 2 === 0 ? units : [...units].reverse();
      const deliveries = turned.map((receiverUnit) => someDelivery({ receiverUnit }));
      const isUndone = n % 5 === 0;
      return within(async (client) => {
        await engine.accept(client, {
          deliveries: [...deliveries, someDelivery({ receiverUnit: 'hop-a' })],
          dispatches: [],
        });
        if (isUndone) throw new Error('undone');
      }).catch((error: Error) => assert.equal(error.message, 'undone'));
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => one(n)));
    const counts = Object.fromEntries(
      await Promise.all(units.map(async (unit) => [unit, await mailbox(unit)] as const)),
    );
    for (const unit of units) {
      const numbers = [...(counts[unit] ?? [])].sort((a, b) => a - b);
      assert.equal(numbers.length, unit === 'hop-a' ? 32 : 16);
      assert.deepEqual(
        numbers,
        numbers.map((_, n) => n + 1),
      );
    }
  });

  it('moves a delivery on once, and never back', async () => {
    const engine = bench.engine();
    const { id } = someDelivery();
    await bench.accept(engine, { deliveries: [someDelivery({ id })], dispatches: [] });
    const move = (to: 'taken' | 'acknowledged' | 'refused') =>
      within((client) => engine.move(client, [id], to, { officerId: 'cb-0001' }));
    const moved = [
      await move('taken'),
      await move('taken'),
      await move('acknowledged'),
      await move('refused'),
    ];
    assert.deepEqual(moved, [[id], [], [id], []]);
    const racing = await Promise.all([move('taken'), move('acknowledged')]);
    assert.deepEqual(racing, [[], []]);
    assert.deepEqual(await bench.stepNames(id), ['delivered', 'taken', 'acknowledged']);
    assert.deepEqual(await bench.sealed(id, 'taken'), { officer: 'cb-0001' });
  });

  it('moves nothing of a held message before its release, and then everything', async () => {
    const engine = bench.engine();
    const asked: string[] = [];
    const send = async ({ deliveries }: ClaimedDispatch) => {
      asked.push(deliveries[0]?.id ?? '');
      return sent;
    };
    engine.start([toRoute(send, { name: 'holding' })]);
    const inside = someDelivery({ receiverUnit: 'giu-lai' });
    const outside = someDelivery({ subject: inside.subject, by: 0, receiverUnit: undefined });
    const acceptance = {
      deliveries: [inside, outside],
      dispatches: [someDispatch({ route: 'holding' })],
      isHeld: true,
    };
    assert.deepEqual(await bench.accept(engine, acceptance), ['held', 'held']);
    const next = sendOne({ route: 'holding', orderKey: acceptance.dispatches[0]?.orderKey ?? '' });
    await bench.accept(engine, next);
    const other = sendOne({ route: 'holding' });
    await bench.accept(engine, other);
    await until(async () => (await bench.stateOf(other.deliveries[0]?.id ?? '')) === 'sent');
    assert.deepEqual(asked, [other.deliveries[0]?.id]);
    const release = () =>
      within((client) => engine.release(client, inside.subject, { officerId: 'cb-0002' }));
    assert.equal(await release(), 2);
    assert.equal(await release(), 0);
    engine.poke();
    await until(async () => (await bench.stateOf(next.deliveries[0]?.id ?? '')) === 'sent');
    assert.deepEqual(
      asked,
      [other, { deliveries: [outside] }, next].map(({ deliveries }) => deliveries[0]?.id),
    );
    assert.deepEqual(await bench.stepNames(inside.id), ['accepted', 'held', 'released', 'delivered']);
    assert.deepEqual(await mailbox('giu-lai'), [1]);
  });

  it('ends held deliveries of a message, and lets go on what waited behind them', async () => {
    const engine = bench.engine();
    engine.start([toRoute(async () => sent)]);
    const [held, next] = [sendOne({ orderKey: 'bo' }), sendOne({ orderKey: 'bo' })];
    await bench.accept(engine, { ...held, isHeld: true });
    await bench.accept(engine, next);
    const subject = held.deliveries[0]?.subject ?? '';
    assert.equal(await within((client) => engine.abandonHeld(client, subject, { reason: 'virus' })), 1);
    await until(async () => (await bench.stateOf(next.deliveries[0]?.id ?? '')) === 'sent');
    assert.deepEqual(await bench.stepNames(held.deliveries[0]?.id ?? ''), ['accepted', 'held', 'abandoned']);
  });

  it('says that a share is full when as much waits as may, and of that share and route only', async () => {
    const engine = bench.engine({ queueLimit: 3 });
    for (let n = 0; n < 2; n += 1) await bench.accept(engine, sendOne({ share: 'day' }));
    assert.equal(await bench.engine({ queueLimit: 3 }).isFull('other-side', 'day'), false);
    await bench.accept(engine, sendOne({ share: 'day' }));
    const ask = (route: string, share: string) => bench.engine({ queueLimit: 3 }).isFull(route, share);
    assert.deepEqual(
      await Promise.all([ask('other-side', 'day'), ask('other-side', 'khac'), ask('webhook', 'day')]),
      [true, false, false],
    );
  });

  it('reads the figures of the queues, and tells them as metrics', async () => {
    const engine = bench.engine();
    await bench.accept(engine, { ...sendOne({ route: 'figures' }), isHeld: true });
    await bench.accept(engine, sendOne({ route: 'figures' }));
    await bench.accept(engine, sendOne({ route: 'figures' }));
    engine.start([toRoute(async () => refused, { name: 'figures' })]);
    await until(async () =>
      (await engine.queues()).some(({ route, dead }) => route === 'figures' && dead === 2),
    );
    const { oldestMs, ...figures } =
      (await engine.queues()).find(({ route }) => route === 'figures') ?? assert.fail();
    assert.deepEqual(figures, { route: 'figures', held: 1, waiting: 0, sending: 0, dead: 2 });
    assert.equal(oldestMs, undefined);
    await until(async () => engine.meters[0]?.outcomes.dead === 2);
    await until(async () => engine.lastQueues.some(({ route, dead }) => route === 'figures' && dead === 2));
    const metrics = new Registry();
    addDeliveryMetrics(metrics, engine);
    const text = await metrics.metrics();
    for (const line of [
      'lgsp_dispatches_total{route="figures",outcome="dead"} 2',
      'lgsp_dispatches{route="figures",state="dead"} 2',
      'lgsp_route_rest_seconds{route="figures"} 0',
    ])
      assert.ok(text.split('\n').includes(line), line);
  });
});
