// Webhooks through the request path: registered, tested, rotated, suspended, removed, and hidden from others.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createWebhookNotices } from '../../../src/delivery/webhook/notices.ts';
import { type Receiver, startReceiver, verify } from '../../delivery/receiver.ts';
import { someDelivery } from '../../delivery/support.ts';
import { makeSystem } from '../../support/made-system.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { createCaller, createCallerWith, startOtherProcess, until } from './support.ts';

describe('Webhooks of delivery.v1', () => {
  let hub: TestHub;
  let receiver: Receiver;
  let caller: ReturnType<typeof createCaller>;
  let own = '';
  let other = '';
  let id = '';
  let secret = '';

  before(async () => {
    hub = await startTestHub('delivery-webhooks');
    receiver = await startReceiver();
    caller = createCaller(hub);
    [own = '', other = ''] =
      hub.province.systems.find(({ clientId }) => clientId === 'van-ban')?.actingUnits ?? [];
  });
  after(async () => {
    await hub.stop();
    await receiver.close();
  });

  const stepsOf = async (deliveryId: string) =>
    (await caller.read(`/deliveries/${deliveryId}`)).body.steps.map(({ step }: { step: string }) => step);
  /** Sends a test notice and waits for what comes of it. */
  async function test() {
    const { status, body } = await caller.act('POST', `/webhooks/${id}/test`);
    assert.equal(status, 202, JSON.stringify(body));
    const found = await until(
      async () => (await caller.read(`/deliveries/${body.deliveryId}`)).body,
      ({ state }) => state === 'sent' || state === 'abandoned',
    );
    return { deliveryId: body.deliveryId, ...found };
  }

  it('are registered once for a system and unit; the secret comes back to the same key alone, and lies sealed', async () => {
    const [asked, key] = [{ url: receiver.url, events: ['document', 'status'] }, randomUUID()];
    const made = await caller.act('POST', '/webhooks', asked, { key });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.match(made.body.secret, /^whsec_[\w+/]{43}=$/);
    assert.deepEqual([made.body.webhook.unitId, made.body.webhook.systemId], [own, 'van-ban']);
    ({ secret } = made.body);
    ({ id } = made.body.webhook);
    const repeated = await caller.act('POST', '/webhooks', asked, { key });
    assert.deepEqual([repeated.status, repeated.body], [201, made.body]);
    const again = await caller.act('POST', '/webhooks', asked);
    assert.equal(again.body.code, 'webhook-exists');
    const { rows } = await hub.owner.query(
      'SELECT w.sealed_secret, a.answer FROM webhook w JOIN webhook_act a ON a.webhook_id = w.id',
    );
    assert.doesNotMatch(JSON.stringify(rows), /whsec_/);
    assert.equal(rows[0].sealed_secret.includes(Buffer.from(secret)), false);
    assert.doesNotMatch(JSON.stringify((await caller.read('/webhooks')).body), /whsec_/);
  });

  it('have addresses that the hub allows', async () => {
    for (const url of [
      'http://10.0.0.1/hook',
      'http://ai-do:mat-khau@127.0.0.1/hook',
      'http://[::ffff:a00:1]/',
    ])
      assert.deepEqual(
        await caller
          .act('POST', '/webhooks', { url, events: ['document'] })
          .then(({ status, body }) => [...[status, body.code, body.errors[0].where]]),
        [400, 'request-invalid', '/body/url'],
      );
  });

  it('are tested through the engine: signed, with steps and a receipt like any delivery', async () => {
    const { deliveryId, steps } = await test();
    assert.deepEqual(
      steps.map(({ step }: { step: string }) => step),
      ['accepted', 'sending', 'sent'],
    );
    const came = receiver.received.at(-1) ?? assert.fail();
    assert.equal(came.headers['webhook-id'], deliveryId);
    assert.deepEqual(Object(verify(came, secret)).data, { webhookId: id });
    const notices = (await caller.read('/deliveries?about=notice')).body.items;
    assert.deepEqual([notices[0].id, notices[0].state, notices[0].sender], [deliveryId, 'sent', own]);
    assert.deepEqual((await caller.read('/deliveries')).body.items, []);
    const known = await hub.call({ system: 'van-ban', path: `/evidence/v1/exchanges/${deliveryId}` });
    assert.equal(known.body.deliveryStep, 'sent');
  });

  it('are signed with both secrets for a day after a rotation, then with the new one', async () => {
    const key = randomUUID();
    const { status, body } = await caller.act('POST', `/webhooks/${id}/secret-rotation`, undefined, { key });
    assert.equal(status, 200, JSON.stringify(body));
    assert.notEqual(body.secret, secret);
    assert.ok(Date.parse(body.webhook.previousSecretUntil) > Date.now() + 23 * 3_600_000);
    const repeated = await caller.act('POST', `/webhooks/${id}/secret-rotation`, undefined, { key });
    assert.equal(repeated.body.secret, body.secret);
    await test();
    for (const one of [body.secret, secret])
      assert.ok(verify(receiver.received.at(-1) ?? assert.fail(), one));
    await hub.owner.query("UPDATE webhook SET previous_until = now() - interval '1 second'");
    await test();
    assert.throws(() => verify(receiver.received.at(-1) ?? assert.fail(), secret));
    secret = body.secret;
  });

  it('are suspended by 410; a test that fails is ended at once, with its reason', async () => {
    receiver.answer((response) => response.writeHead(410).end());
    const { deliveryId, steps } = await test();
    assert.deepEqual(await stepsOf(deliveryId), ['accepted', 'sending', 'failed', 'abandoned']);
    assert.equal(steps.at(-1).problem, 'webhook-gone');
    const { body } = await caller.read(`/webhooks/${id}`);
    assert.deepEqual([body.state, body.lastProblem], ['suspended', 'webhook-gone']);
    receiver.answer((response) => response.writeHead(204).end());
    const resumed = await caller.act('POST', `/webhooks/${id}/resumption`);
    assert.equal(resumed.body.state, 'active');
    assert.equal((await caller.act('POST', `/webhooks/${id}/resumption`)).body.code, 'state-unchanged');
    assert.equal((await caller.act('POST', `/webhooks/${id}/suspension`)).body.state, 'suspended');
  });

  it('are seen by no other unit, by none of the operations', async () => {
    const hidden = [
      caller.read(`/webhooks/${id}`, { system: 'van-ban', unit: other }),
      ...['test', 'secret-rotation', 'suspension', 'resumption'].map((what) =>
        caller.act('POST', `/webhooks/${id}/${what}`, undefined, { unit: other }),
      ),
      caller.act('DELETE', `/webhooks/${id}`, undefined, { unit: other }),
    ];
    for (const { status, body } of await Promise.all(hidden))
      assert.deepEqual([status, body.code], [404, 'webhook-not-found']);
    const listed = await caller.read('/webhooks', { system: 'van-ban', unit: other });
    assert.deepEqual(listed.body, { items: [], next: null });
  });

  it('are seen by another system of the unit, and changed by their own alone', async () => {
    const operations = ['delivery.v1/getWebhook', 'delivery.v1/removeWebhook'];
    const made = { id: 'he-thong-khac', unitId: own, mandate: operations, grant: operations } as const;
    const system = await makeSystem(hub, { ...made, reach: 'unit' });
    const theirs = createCallerWith(hub, [system]);
    const who = { system: system.clientId };
    await until(
      () => theirs.read(`/webhooks/${id}`, who),
      ({ status }) => status === 200,
    );
    const { body } = await theirs.act('DELETE', `/webhooks/${id}`, undefined, who);
    assert.equal(body.code, 'webhook-not-found');
  });

  it('are told nothing once the mandate of their unit is suspended', async () => {
    const asked = await caller.act('POST', `/webhooks/${id}/test`);
    assert.equal(asked.status, 202);
    await until(
      () => caller.read(`/deliveries/${asked.body.deliveryId}`),
      ({ body }) => body.state === 'sent',
    );
    const setMandate = (state: string) =>
      hub.owner.query("UPDATE mandate SET state = $1 WHERE system_id = 'van-ban' AND unit_id = $2", [
        state,
        own,
      ]);
    await setMandate('suspended');
    await until(
      () => caller.read('/webhooks'),
      ({ status }) => status === 403,
    );
    const notices = createWebhookNotices(true, () => true);
    const { rows } = await hub.owner.query("UPDATE webhook SET state = 'active' RETURNING unit_id");
    assert.equal(rows[0].unit_id, own);
    const box = someDelivery({ receiverUnit: own });
    const available = { deliveryId: box.id, messageId: box.subject, kind: 'document', unitId: own } as const;
    const found = await notices.draft(hub.owner, [{ ...available, thread: box.id, priority: 0 }], {
      firstDispatch: 0,
    });
    const other = startOtherProcess(hub);
    const [noticeId = ''] = await other.accept(found);
    await until(
      () => hub.owner.query('SELECT state FROM delivery WHERE id = $1', [noticeId]),
      ({ rows: [row] }) => row.state === 'abandoned',
    );
    await setMandate('active');
    await until(
      () => caller.read('/webhooks'),
      ({ status }) => status === 200,
    );
    await other.stop();
    assert.deepEqual(await stepsOf(noticeId), ['accepted', 'sending', 'failed', 'abandoned']);
  });

  it('are removed for good, and another may be registered', async () => {
    const key = randomUUID();
    const removed = await caller.act('DELETE', `/webhooks/${id}`, undefined, { key });
    assert.deepEqual([removed.status, removed.body.id], [200, id]);
    const repeated = await caller.act('DELETE', `/webhooks/${id}`, undefined, { key });
    assert.deepEqual([repeated.status, repeated.body.id], [200, id]);
    assert.equal((await caller.read(`/webhooks/${id}`)).body.code, 'webhook-not-found');
    const asked = { url: receiver.url, events: ['notice'] };
    assert.equal((await caller.act('POST', '/webhooks', asked)).status, 201);
  });
});
