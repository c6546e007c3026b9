// Deliveries as units see them, and dead letters as operators decide on them, through the request path.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { toLeastId } from '../../../src/evidence/exchange-id.ts';
import { sendOne, someDelivery, someDispatch } from '../../delivery/support.ts';
import { makeSystem } from '../../support/made-system.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { type createCaller, createCallerWith, startOtherProcess, until } from './support.ts';

const operator = { system: 'quan-tri' };

describe('Deliveries and dead letters of delivery.v1', () => {
  let hub: TestHub;
  let other: ReturnType<typeof startOtherProcess>;
  let caller: ReturnType<typeof createCaller>;
  let sender = '';
  let receiver = '';
  let officer = '';
  let officerOfSender = '';

  before(async () => {
    hub = await startTestHub('delivery-letters');
    other = startOtherProcess(hub);
    const { systems, officers } = hub.province;
    [sender = '', receiver = ''] = systems.find(({ clientId }) => clientId === 'van-ban')?.actingUnits ?? [];
    const ofUnit = (unit: string | undefined) =>
      officers.find((one) => one.unitId === unit && one.case === 'ordinary')?.id ?? '';
    officer = ofUnit(systems.find(({ clientId }) => clientId === 'quan-tri')?.unitId);
    officerOfSender = ofUnit(sender);
    const operations = ['replayDeadLetter', 'getDeadLetter', 'listQueues'].map(
      (name) => `delivery.v1/${name}`,
    );
    const made = [];
    for (const [id, unitId] of [
      ['tu-quyet', sender],
      ['nguoi-khac', receiver],
    ] as const)
      made.push(await makeSystem(hub, { id, unitId, mandate: operations, grant: operations, reach: 'unit' }));
    caller = createCallerWith(hub, made);
    await until(
      () => caller.read('/queues', { system: 'nguoi-khac' }),
      ({ status }) => status === 403,
    );
  });
  after(async () => {
    await other.stop();
    await hub.stop();
  });

  const facts = (actingUnit: string) => ({ ...someDelivery().facts, actingUnit });
  /** A delivery of the sender that died, and its letter. */
  async function die(orderKey: string = randomUUID()) {
    const acceptance = sendOne({ orderKey, share: sender }, { facts: facts(sender) });
    const [deliveryId = ''] = await other.accept(acceptance);
    const { body } = await until(
      () => caller.read(`/deliveries/${deliveryId}`),
      (answer) => answer.body.state === 'dead',
    );
    const { rows } = await hub.owner.query('SELECT dispatch_id::text AS id FROM delivery WHERE id = $1', [
      deliveryId,
    ]);
    return { deliveryId, letterId: String(rows[0].id), delivery: body };
  }
  const decide = (letterId: string, how: 'replay' | 'abandonment', more = {}) =>
    caller.act(
      'POST',
      `/dead-letters/${letterId}/${how}`,
      { reason: 'thử lại' },
      { ...operator, officer, ...more },
    );

  it('shows a delivery with its steps to sender and receiver, to nobody else, and to the receiver not while it is held', async () => {
    const box = someDelivery({ facts: facts(sender), receiverUnit: receiver });
    await other.accept({ deliveries: [box], dispatches: [] });
    for (const unit of [sender, receiver]) {
      const { body } = await caller.read(`/deliveries/${box.id}`, { system: 'van-ban', unit });
      assert.deepEqual([body.state, body.sender, body.receiverUnit], ['delivered', sender, receiver]);
      assert.deepEqual(
        body.steps.map(({ step }: { step: string }) => step),
        ['delivered'],
      );
    }
    const third = hub.province.systems.find(({ clientId }) => clientId === 'van-ban')?.actingUnits[2] ?? '';
    const hidden = await caller.read(`/deliveries/${box.id}`, { system: 'van-ban', unit: third });
    assert.deepEqual([hidden.status, hidden.body.code], [404, 'delivery-not-found']);
    assert.equal((await caller.read(`/deliveries/${box.id}`, operator)).status, 200);
    const held = someDelivery({ facts: facts(sender), receiverUnit: receiver });
    await other.accept({ deliveries: [held], dispatches: [], isHeld: true });
    const early = await caller.read(`/deliveries/${held.id}`, { system: 'van-ban', unit: receiver });
    assert.equal(early.body.code, 'delivery-not-found');
  });

  it("lists the unit's own deliveries by page, state, receiver and time", async () => {
    const boxes = [1, 2, 3].map((n) =>
      someDelivery({ facts: facts(sender), receiverUnit: receiver, receiver: `H99.7${n}` }),
    );
    await other.accept({ deliveries: boxes, dispatches: [] });
    const newest = boxes
      .map(({ id }) => id)
      .sort()
      .reverse();
    const first = (await caller.read('/deliveries?limit=2&state=delivered')).body;
    const second = (await caller.read(`/deliveries?limit=1&cursor=${first.next}`)).body;
    const ids = [...first.items, ...second.items].map(({ id }: { id: string }) => id);
    assert.deepEqual(ids, newest);
    const one = (await caller.read('/deliveries?receiver=H99.72')).body.items;
    assert.deepEqual([one.length, one[0].receiver], [1, 'H99.72']);
    const ahead = new Date(Date.now() + 60_000).toISOString();
    assert.deepEqual((await caller.read(`/deliveries?since=${ahead}`)).body.items, []);
    const unit = { system: 'van-ban', unit: receiver };
    assert.deepEqual((await caller.read('/deliveries', unit)).body, { items: [], next: null });
    assert.equal(toLeastId(new Date(0x0123456789ab)), '01234567-89ab-7000-8000-000000000000');
  });

  it('lists and previews dead letters: what, whose, why, who must act, what waits behind', async () => {
    const key = randomUUID();
    const { letterId, deliveryId, delivery } = await die(key);
    await other.accept(sendOne({ orderKey: key, share: sender }, { facts: facts(sender) }));
    assert.equal(delivery.steps.at(-1).problem, 'source-refused');
    const listed = (await caller.read(`/dead-letters?unit=${sender}&route=other-side`, operator)).body.items;
    const found = listed.find(({ id }: { id: string }) => id === letterId);
    assert.deepEqual([found.problem, found.responsible, found.unit], ['source-refused', 'hub', sender]);
    const { body } = await caller.read(`/dead-letters/${letterId}`, operator);
    assert.deepEqual(body.behind, { dispatches: 1, deliveries: 1 });
    assert.deepEqual([body.parts[0].deliveryId, body.parts[0].sender], [deliveryId, sender]);
    assert.ok(body.vi.title && body.en.action);
    const { queues } = (await caller.read('/queues', operator)).body;
    assert.ok(queues.find(({ route }: { route: string }) => route === 'other-side').dead > 0);
  });

  it('replays a dead letter by an officer, with a reason that is recorded, once for a key', async () => {
    const { letterId, deliveryId } = await die();
    const key = randomUUID();
    const done = await decide(letterId, 'replay', { key });
    assert.deepEqual([done.status, done.body], [200, { id: letterId, decision: 'replayed' }]);
    const repeated = await decide(letterId, 'replay', { key });
    assert.deepEqual([repeated.status, repeated.body], [200, done.body]);
    const steps = await hub.entries(deliveryId);
    const replayed = steps.filter(({ leaf }) => leaf['step'] === 'replayed');
    assert.equal(replayed.length, 1);
    assert.deepEqual(
      ['officer', 'reason', 'acceptedBy', 'purpose'].map((name) => replayed[0]?.sealed[name]),
      [officer, 'thử lại', done.exchangeId, 'quan-tri'],
    );
  });

  it('abandons one for good; what is decided is no dead letter any more', async () => {
    const { letterId, deliveryId } = await die();
    assert.equal((await decide(letterId, 'abandonment')).body.decision, 'abandoned');
    assert.equal((await caller.read(`/deliveries/${deliveryId}`)).body.state, 'abandoned');
    assert.equal((await decide(letterId, 'replay')).body.code, 'dead-letter-not-found');
    assert.equal(
      (await caller.read(`/dead-letters/${letterId}`, operator)).body.code,
      'dead-letter-not-found',
    );
    const alone = await caller.act('POST', `/dead-letters/${letterId}/replay`, { reason: 'thử' }, operator);
    assert.equal(alone.status, 400);
  });

  it("shows a unit its own letters only, and lets it decide on none of another's", async () => {
    const { letterId } = await die();
    const letters = async (unit: string, query = '') =>
      (await caller.read(`/dead-letters${query}`, { system: 'van-ban', unit })).body.items;
    assert.ok((await letters(sender)).some(({ id }: { id: string }) => id === letterId));
    assert.deepEqual(await letters(receiver), []);
    assert.deepEqual(await letters(receiver, `?unit=${sender}`), []);
    const hidden = await caller.read(`/dead-letters/${letterId}`, { system: 'van-ban', unit: receiver });
    assert.equal(hidden.body.code, 'dead-letter-not-found');
    const ofReceiver = hub.province.officers.find(
      (one) => one.unitId === receiver && one.case === 'ordinary',
    )?.id;
    const strange = await decide(letterId, 'replay', { system: 'nguoi-khac', officer: ofReceiver });
    assert.deepEqual([strange.status, strange.body.code], [404, 'dead-letter-not-found']);
    const own = await decide(letterId, 'replay', { system: 'tu-quyet', officer: officerOfSender });
    assert.equal(own.status, 200, JSON.stringify(own.body));
    assert.equal((await caller.read('/queues', { system: 'tu-quyet' })).body.code, 'reach-too-small');
  });

  it('gives letters by page', async () => {
    for (let n = 0; n < 3; n += 1) await die();
    const first = (await caller.read('/dead-letters?limit=2', operator)).body;
    const second = (await caller.read(`/dead-letters?limit=200&cursor=${first.next}`, operator)).body;
    const ids = [...first.items, ...second.items].map(({ id }: { id: string }) => Number(id));
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    );
    assert.equal(second.next, null);
    assert.ok(someDispatch().route === first.items[0].route);
  });
});
