// Who is told of a payment, and whose it is: by webhook, by two who ask at once, and by the unit that takes over.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Receiver, startReceiver, verify } from '../../delivery/receiver.ts';
import { until } from '../../support/embedded.ts';
import { type PaymentBench, startPaymentBench, toDemand, unit } from './support.ts';

describe('Outcomes of payments', () => {
  let bench: PaymentBench;
  let receiver: Receiver;
  before(async () => {
    [bench, receiver] = await Promise.all([startPaymentBench('payment-outcomes'), startReceiver()]);
  });
  after(async () => {
    await bench?.close();
    await receiver?.close();
  });

  it('are told of by a signed webhook of the kind notice, which names a delivery and nothing of the payment', async () => {
    const { status, body } = await bench.hub.call({
      ...{ method: 'POST', path: '/delivery/v1/webhooks', unit },
      headers: { 'idempotency-key': randomUUID() },
      body: { url: receiver.url, events: ['notice'] },
    });
    assert.equal(status, 201, JSON.stringify(body));
    const { body: made } = await bench.create(toDemand());
    await bench.platform.pay(made.reference);
    await until(() => receiver.received.length > 0);
    const [notice] = receiver.received;
    assert.ok(notice && verify(notice, body.secret));
    const [outcome] = (await bench.get('/outcomes')).body.items;
    assert.deepEqual([outcome.paymentId, outcome.payment], [made.paymentId, 'paid']);
    assert.equal(JSON.parse(notice.text).data.deliveryId, outcome.deliveryId);
    assert.doesNotMatch(notice.text, /150000|H99\.03|Người/);
  });

  it('are of one payment where the same is demanded by many at once', async () => {
    const demand = toDemand();
    const answers = await Promise.all(Array.from({ length: 8 }, () => bench.create(demand)));
    const made = answers.filter(({ status }) => status === 201);
    assert.equal(made.length, 1);
    const others = answers.filter(({ status }) => status !== 201);
    assert.deepEqual(new Set(others.map(({ body }) => body.code)), new Set(['payment-open']));
    for (const { body } of others) assert.ok(body.detail.includes(made[0]?.body.paymentId));
  });

  it('and payments of a unit that ended are its only heir’s to see, cancel and acknowledge', async () => {
    const [ended, heir] = ['cq-39', 'cq-40'];
    const paid = (await bench.create(toDemand(), undefined, ended)).body;
    const open = (await bench.create(toDemand(), undefined, ended)).body;
    await bench.platform.pay(paid.reference);
    await until(async () => (await bench.get('/outcomes', ended)).body.items.length === 1);
    const [{ deliveryId }] = (await bench.get('/outcomes', ended)).body.items;
    assert.equal((await bench.read(paid.paymentId, heir)).body.code, 'payment-not-found');
    await bench.hub.owner.query(
      `WITH over AS (UPDATE unit SET valid_to = clock_timestamp() WHERE id = $1 RETURNING id, valid_to)
       INSERT INTO unit_successor (unit_id, successor_id, at, document) SELECT id, $2, valid_to, 'thử nghiệm' FROM over`,
      [ended, heir],
    );
    await until(async () => (await bench.read(paid.paymentId, heir)).status === 200);
    const reason = { reason: 'Đơn vị kết thúc' };
    const cancelled = await bench.act(
      `/payments/${open.paymentId}/cancellations`,
      reason,
      randomUUID(),
      heir,
    );
    assert.equal(cancelled.body.state, 'cancelled', JSON.stringify(cancelled.body));
    const taken = await bench.act(
      '/outcomes/acknowledgements',
      { deliveryIds: [deliveryId] },
      randomUUID(),
      heir,
    );
    assert.deepEqual(taken.body.deliveries, [{ deliveryId, state: 'acknowledged' }]);
    assert.equal((await bench.read(paid.paymentId, unit)).body.code, 'payment-not-found');
  });
});
