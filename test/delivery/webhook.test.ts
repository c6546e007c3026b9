// Notices through the engine to a receiver: what is sent, and what each answer brings about.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { v7 as uuidv7 } from 'uuid';
import { withTransaction } from '../../src/database/pool.ts';
import type { RunningEngine } from '../../src/delivery/engine.ts';
import { createWebhookNotices, toWebhookDispatches } from '../../src/delivery/webhook/notices.ts';
import { createWebhookRoute } from '../../src/delivery/webhook/route.ts';
import { sealWebhookSecret } from '../../src/delivery/webhook/rows.ts';
import { parseWebhookRules } from '../../src/delivery/webhook/settings.ts';
import { makeSecret } from '../../src/delivery/webhook/signature.ts';
import { tellSender } from '../../src/services/documents/scan/tell-sender.ts';
import { type Receiver, startReceiver, verify } from './receiver.ts';
import { type Bench, hurry, someDelivery, startBench } from './support.ts';

const fieldKey = randomBytes(32);

describe('A webhook', () => {
  let bench: Bench;
  let engine: RunningEngine;
  let receiver: Receiver;
  let route: ReturnType<typeof createWebhookRoute>;
  let isRight = true;
  const notices = createWebhookNotices(true, () => true);

  before(async () => {
    bench = await startBench();
    receiver = await startReceiver();
    const rules = parseWebhookRules(undefined, 'sandbox');
    const isEntitled = () => isRight;
    route = createWebhookRoute({ pool: bench.pool, fieldKey, rules, isEntitled, limits: { wholeMs: 2_000 } });
    engine = bench.engine();
    engine.start([route.route]);
  });
  after(async () => {
    await bench.stop();
    await route.close();
    await receiver.close();
  });
  beforeEach(() => receiver.answer((response) => response.writeHead(204).end()));

  async function register(more: { url?: string; events?: readonly string[]; previous?: string } = {}) {
    const [id, secret, unit] = [uuidv7(), makeSecret(), `cq-${uuidv7()}`];
    const { url = receiver.url, events = ['document', 'status'], previous } = more;
    await bench.pool.query(
      `INSERT INTO webhook (id, unit_id, system_id, owning_unit, url, events, sealed_secret, secret_exchange,
         previous_secret, previous_until)
       VALUES ($1, $2, 'van-ban', 'vp-ubnd', $3, $4, $5, $1, $6, CASE WHEN $6::bytea IS NOT NULL THEN now() + interval '1 hour' END)`,
      [
        ...[id, unit, url, events, sealWebhookSecret(fieldKey, id, secret)],
        previous === undefined ? null : sealWebhookSecret(fieldKey, id, previous),
      ],
    );
    notices.changed();
    return { id, secret, unit };
  }
  /** Accepts a delivery into the unit's mailbox, and its notice. */
  async function deliver(
    unit: string,
    more: { kind?: 'document' | 'notice'; isHeld?: boolean; thread?: string } = {},
  ) {
    const box = someDelivery({ receiverUnit: unit });
    const available = {
      ...{ deliveryId: box.id, messageId: box.subject, unitId: unit, priority: 0 },
      ...{
        kind: more.kind ?? 'document',
        documentId: 'H99.01,2026/01/01,1/UBND',
        thread: more.thread ?? box.id,
      },
    } as const;
    const drafts = await withTransaction(bench.pool, async (client) => {
      const found = await notices.draft(client, [available], { firstDispatch: 0, acceptedBy: uuidv7() });
      const { isHeld = false } = more;
      await engine.accept(client, { ...found, deliveries: [box, ...found.deliveries], isHeld });
      return found;
    });
    engine.poke();
    return { box, id: drafts.deliveries[0]?.id ?? '' };
  }
  async function until(id: string, state: string): Promise<void> {
    const end = performance.now() + 5_000;
    for (;;) {
      const now = await bench.stateOf(id);
      if (now === state) return;
      if (performance.now() > end) assert.fail(`still ${now}, not ${state}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const stateOf = async (id: string) =>
    (await bench.pool.query('SELECT state, last_problem, failing_since FROM webhook WHERE id = $1', [id]))
      .rows[0];
  const problemsOf = async (id: string) =>
    (await bench.steps(id)).flatMap(({ step, problem }) => (problem ? [`${step} ${problem}`] : []));
  const status =
    (code: number, headers = {}) =>
    (response: ServerResponse) =>
      void response.writeHead(code, headers).end();

  it('is told of a delivery by ids alone, signed; the notice has evidence of its own', async () => {
    const { id: webhookId, secret, unit } = await register();
    const { box, id } = await deliver(unit);
    await until(id, 'sent');
    const came = receiver.received.at(-1) ?? assert.fail();
    const body = Object(verify(came, secret));
    assert.equal(came.headers['webhook-id'], id);
    assert.deepEqual(body.data, {
      ...{ deliveryId: box.id, messageId: box.subject, kind: 'document' },
      documentId: 'H99.01,2026/01/01,1/UBND',
    });
    assert.deepEqual([body.type, Object.keys(body)], ['delivery.available', ['type', 'timestamp', 'data']]);
    assert.deepEqual(await bench.stepNames(id), ['accepted', 'sending', 'sent']);
    assert.equal(Object(await bench.sealed(id, 'sent'))['sources'][0].requestCode, id);
    assert.deepEqual(await stateOf(webhookId), { state: 'active', last_problem: null, failing_since: null });
  });

  it('is signed with both secrets while they overlap', async () => {
    const previous = makeSecret();
    const { secret, unit } = await register({ previous });
    const { id } = await deliver(unit);
    await until(id, 'sent');
    const came = receiver.received.at(-1) ?? assert.fail();
    for (const one of [secret, previous]) assert.ok(verify(came, one));
    assert.throws(() => verify(came, makeSecret()));
  });

  it('hears of the kinds that it wants, of its unit, and of what was held only once it is released', async () => {
    const { unit } = await register();
    assert.equal((await deliver(unit, { kind: 'notice' })).id, '');
    assert.equal((await deliver('cq-khac')).id, '');
    const { box, id } = await deliver(unit, { isHeld: true });
    assert.equal(await bench.stateOf(id), 'held');
    await withTransaction(bench.pool, (client) => engine.release(client, box.subject, {}));
    engine.poke();
    await until(id, 'sent');
  });

  for (const code of [301, 400, 401, 404, 429, 500, 503])
    it(`is tried again after ${code}, with the same webhook-id and a new time`, async () => {
      const { secret, unit } = await register();
      receiver.answer(status(code, { location: '/khac' }));
      const { id } = await deliver(unit);
      await bench.stateOf(id);
      const mine = () => receiver.received.filter(({ headers }) => headers['webhook-id'] === id);
      while (!(await problemsOf(id)).includes('failed webhook-refused')) await new Promise(setImmediate);
      receiver.answer(status(200));
      await hurry(bench.owner);
      await until(id, 'sent');
      assert.equal(mine().length, 2);
      for (const one of mine()) assert.ok(verify(one, secret));
    });

  it('waits as long as Retry-After asks', async () => {
    const { unit } = await register();
    receiver.answer(status(503, { 'retry-after': '600' }));
    const { id } = await deliver(unit);
    while ((await problemsOf(id)).length === 0) await new Promise(setImmediate);
    const { rows } = await bench.pool.query(
      `SELECT next_at - clock_timestamp() > interval '9 minutes' AS late FROM dispatch
       WHERE id = (SELECT dispatch_id FROM delivery WHERE id = $1)`,
      [id],
    );
    assert.equal(rows[0].late, true);
  });

  it('is suspended by 410: the notice is dead, the next one is abandoned, nothing is asked any more', async () => {
    const { id: webhookId, unit } = await register();
    receiver.answer(status(410));
    const first = await deliver(unit);
    await until(first.id, 'dead');
    assert.deepEqual(await problemsOf(first.id), ['failed webhook-gone', 'dead webhook-gone']);
    assert.equal((await stateOf(webhookId)).state, 'suspended');
    const before = receiver.received.length;
    // The list of this process is a second old at most: what it still drafts is ended by the route.
    const second = await deliver(unit);
    await until(second.id, 'abandoned');
    assert.deepEqual(await problemsOf(second.id), [
      'failed webhook-not-active',
      'abandoned webhook-not-active',
    ]);
    assert.equal(receiver.received.length, before);
    notices.changed();
    assert.equal((await deliver(unit)).id, '');
  });

  it('fails when its address leads elsewhere, and when it failed for two days without a success', async () => {
    const refused = await register({ url: 'http://10.0.0.1/hook' });
    const first = await deliver(refused.unit);
    await until(first.id, 'dead');
    assert.equal((await stateOf(refused.id)).state, 'failed');
    const failing = await register();
    receiver.answer(status(500));
    await bench.pool.query("UPDATE webhook SET failing_since = now() - interval '49 hours' WHERE id = $1", [
      failing.id,
    ]);
    const second = await deliver(failing.unit);
    await until(second.id, 'dead');
    assert.equal((await stateOf(failing.id)).state, 'failed');
  });

  it('is told nothing once its system has no right to it any more', async () => {
    const { unit } = await register();
    isRight = false;
    const { id } = await deliver(unit);
    await until(id, 'abandoned');
    isRight = true;
    assert.equal(
      receiver.received.some(({ headers }) => headers['webhook-id'] === id),
      false,
    );
  });

  it('is tried again when nobody is there', async () => {
    const gone = await startReceiver();
    await gone.close();
    const { id: webhookId, unit } = await register({ url: gone.url });
    const { id } = await deliver(unit);
    while ((await problemsOf(id)).length === 0) await new Promise(setImmediate);
    assert.deepEqual(await problemsOf(id), ['failed webhook-unreachable']);
    const { state, last_problem: problem } = await stateOf(webhookId);
    assert.deepEqual([state, problem], ['active', 'webhook-unreachable']);
  });

  it('is told no more while as many notices wait for its unit as may', async () => {
    const [full, other] = [await register(), await register()];
    const strict = createWebhookNotices(true, () => true, 2);
    const dispatch = { route: 'webhook', share: full.unit, priority: 0, content: {} };
    const held = ['a', 'b'].map((orderKey) => ({ ...dispatch, orderKey: `${full.id} ${orderKey}` }));
    const available = {
      kind: 'document',
      documentId: 'H99.01,2026/01/01,1/UBND',
      thread: 'x',
      priority: 0,
    } as const;
    const counts = await withTransaction(bench.pool, async (client) => {
      const deliveries = held.map((_, by) => someDelivery({ receiverUnit: full.unit, by }));
      await engine.accept(client, { deliveries, dispatches: held });
      const drafts = [full, other].map(({ unit }) =>
        strict.draft(client, [{ ...available, deliveryId: uuidv7(), messageId: uuidv7(), unitId: unit }], {
          firstDispatch: 0,
          acceptedBy: uuidv7(),
        }),
      );
      return (await Promise.all(drafts)).map((one) => one.deliveries.length);
    });
    assert.deepEqual(counts, [0, 1]);
  });

  it('hears of one thread in order, and of a long one by its hash', () => {
    const webhook = { id: 'w', unitId: 'u', systemId: 's', owningUnit: 'o', events: ['document'] } as const;
    const one = { deliveryId: 'd', messageId: 'm', kind: 'document', unitId: 'u', priority: 4 } as const;
    const given = [
      { ...one, thread: 'H99' },
      { ...one, thread: 'H'.repeat(1_000) },
    ];
    const { dispatches, deliveries } = toWebhookDispatches([webhook], given, {
      ...{ firstDispatch: 3, at: new Date() },
    });
    assert.equal(dispatches[0]?.orderKey, 'w H99');
    assert.match(dispatches[1]?.orderKey ?? '', /^w [0-9a-f]{64}$/);
    assert.deepEqual([dispatches[0]?.share, dispatches[0]?.priority], ['u', 4]);
    assert.deepEqual(
      deliveries.map(({ by, subject, receiverUnit }) => [by, subject, receiverUnit]),
      [
        [3, 'm', 'u'],
        [4, 'm', 'u'],
      ],
    );
  });

  it('hears of what its own unit sent that lies in quarantine, once it does', async () => {
    const { unit, secret } = await register({ events: ['notice'] });
    const held = someDelivery({ receiverUnit: 'cq-07' });
    await bench.pool.query(
      `INSERT INTO document_message (id, kind, origin, sha256, bytes, document_id, thread, business_type, sender_code,
         sender_unit, priority, form)
       VALUES ($1, 'document', 'inside', repeat('0', 64), 1, 'H99.01,2026/01/01,1/T', 't', 0, 'H99.01', $2, 0, '')`,
      [held.subject, unit],
    );
    const documents = { ...held, facts: { ...held.facts, service: 'documents.v1' } };
    await withTransaction(bench.pool, async (client) => {
      await engine.accept(client, { deliveries: [documents], dispatches: [], isHeld: true });
      await tellSender({ notices, engine }, client, held.subject);
    });
    engine.poke();
    const end = performance.now() + 5_000;
    const ofIt = () => receiver.received.find(({ text }) => text.includes(held.id));
    while (!ofIt() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    const { data } = Object(verify(ofIt() ?? assert.fail(), secret));
    assert.deepEqual([data.kind, data.deliveryId, data.messageId], ['notice', held.id, held.subject]);
  });
});
