// The whole service with its platform: created, paid, confirmed, told, receipted; cancelled, refunded, looked up, reckoned.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { toLocalDay } from '../../../src/local-day.ts';
import { until } from '../../support/embedded.ts';
import { type PaymentBench, startPaymentBench, toDemand, unit } from './support.ts';

interface Outcome {
  readonly deliveryId: string;
  readonly paymentId: string;
  readonly payment: string;
  readonly transaction?: string;
}

describe('A payment', () => {
  let bench: PaymentBench;
  before(async () => {
    bench = await startPaymentBench('payment-whole');
  });
  after(() => bench?.close());

  const create = async (more: object = {}) => {
    const { status, body } = await bench.create(toDemand(more));
    assert.equal(status, 201, JSON.stringify(body));
    return body as { paymentId: string; reference: string; payUrl: string };
  };
  const createPaid = async () => {
    const made = await create();
    await bench.platform.pay(made.reference);
    await bench.becomes(made.paymentId, 'paid');
    return made;
  };
  const outcomesOf = async (
    paymentId: string,
    query = '?state=all&limit=200',
  ): Promise<readonly Outcome[]> => {
    const { body } = await bench.get(`/outcomes${query}`);
    return body.items.filter((one: Outcome) => one.paymentId === paymentId);
  };
  const stateOf = async (paymentId: string): Promise<string> =>
    (await bench.read(paymentId)).body.payment.state;
  const reason = { reason: 'Người nộp đổi ý' };

  it('that is paid is confirmed by the platform, told to its unit, and has its receipt', async () => {
    const { paymentId, reference } = await createPaid();
    const { payment, states, messages, lines } = (await bench.read(paymentId)).body;
    assert.deepEqual(
      states.map(({ to }: { to: string }) => to),
      ['waiting', 'paid'],
    );
    assert.ok(states[1].messageId && states[1].vi && states[1].en);
    assert.deepEqual(messages.map(({ kind }: { kind: string }) => kind).slice(0, 2), ['init', 'confirm']);
    assert.deepEqual([payment.amount, payment.reference, lines.length], [150_000, reference, 2]);
    assert.equal(payment.payUrl, undefined, 'nobody is to pay it again');
    const [outcome] = await outcomesOf(paymentId);
    assert.deepEqual([outcome?.payment, outcome?.transaction], ['paid', payment.transaction]);
    const receipt = await bench.get(`/payments/${paymentId}/receipt`);
    assert.equal(receipt.status, 200, JSON.stringify(receipt.body));
    assert.equal((await bench.read(paymentId)).body.payment.hasReceipt, true);
  });

  it('is told of once to whoever waits, and no more once that is acknowledged', async () => {
    const { body: empty } = await bench.get('/outcomes?limit=200');
    const waiting = bench.get(`/outcomes?waitS=10&cursor=${empty.next}`);
    const { paymentId } = await createPaid();
    const [first] = (await waiting).body.items;
    assert.equal(first.paymentId, paymentId);
    const key = randomUUID();
    const ids = { deliveryIds: [first.deliveryId, randomUUID()] };
    const acknowledged = await bench.act('/outcomes/acknowledgements', ids, key);
    assert.deepEqual(
      acknowledged.body.deliveries.map(({ state }: { state: string }) => state),
      ['acknowledged', 'not-found'],
    );
    assert.deepEqual((await bench.act('/outcomes/acknowledgements', ids, key)).body, acknowledged.body);
    assert.deepEqual(await outcomesOf(paymentId, `?cursor=${empty.next}`), []);
    const strange = await bench.act('/outcomes/acknowledgements', ids, randomUUID(), 'cq-07');
    assert.equal(strange.body.deliveries[0].state, 'not-found');
  });

  describe('8.8: cancelled', () => {
    it('is ended at once where nobody paid; the same again changes nothing', async () => {
      const { paymentId } = await create();
      const key = randomUUID();
      const { status, body } = await bench.act(`/payments/${paymentId}/cancellations`, reason, key);
      assert.deepEqual([status, body.state], [200, 'cancelled'], JSON.stringify(body));
      const again = await bench.act(`/payments/${paymentId}/cancellations`, reason, key);
      assert.deepEqual([again.status, again.body.state], [200, 'cancelled']);
      assert.equal((await bench.read(paymentId)).body.states.length, 2);
    });

    it('is refused where the platform, asked first, has the money, whatever the hub had heard', async () => {
      const { paymentId, reference } = await create();
      await bench.platform.pay(reference, { mode: 'none' });
      assert.equal(await stateOf(paymentId), 'waiting');
      const { status, body } = await bench.act(`/payments/${paymentId}/cancellations`, reason);
      assert.deepEqual([status, body.code], [409, 'payment-not-cancellable']);
      assert.equal(await stateOf(paymentId), 'paid');
    });

    it('is not cancelled while the platform cannot be asked', async () => {
      const { paymentId } = await create();
      const fault = { mode: 'maintenance', operations: ['QUERY'], count: 1 };
      await bench.platform.control(bench.platform.faultUrl, fault, 'PUT');
      const { body } = await bench.act(`/payments/${paymentId}/cancellations`, reason);
      await bench.platform.control(bench.platform.faultUrl, undefined, 'DELETE');
      assert.equal(body.code, 'source-unavailable');
      assert.equal(await stateOf(paymentId), 'waiting');
    });

    it('takes money that comes later to a person, who accepts it', async () => {
      const { paymentId, reference } = await create();
      await bench.act(`/payments/${paymentId}/cancellations`, reason);
      await bench.platform.pay(reference);
      await until(async () => (await bench.read(paymentId)).body.payment.openExceptions === 1);
      assert.equal(await stateOf(paymentId), 'cancelled');
      const [{ exceptionId, kind }] = (await bench.read(paymentId)).body.exceptions;
      assert.equal(kind, 'after-cancel');
      const decision = { decision: 'accept', reason: 'Tiền đã về tài khoản' };
      const { status, body } = await bench.officerAct(
        'phe-duyet',
        `/exceptions/${exceptionId}/decisions`,
        decision,
      );
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(await stateOf(paymentId), 'paid');
    });

    it('is another unit’s to cancel never', async () => {
      const { paymentId } = await create();
      const { body } = await bench.act(`/payments/${paymentId}/cancellations`, reason, randomUUID(), 'cq-05');
      assert.equal(body.code, 'payment-not-found');
    });
  });

  describe('8.8: refunded', () => {
    const refund = (paymentId: string, key?: string) =>
      bench.officerAct('mot-cua', `/payments/${paymentId}/refunds`, reason, key);
    const record = (paymentId: string, outcome: string) =>
      bench.officerAct('quan-tri', `/payments/${paymentId}/refund-outcomes`, {
        ...{ outcome, reason: 'Theo quyết định hoàn', transferCode: 'CK-1' },
      });

    it('is asked for by its unit and recorded by the province, once for a key', async () => {
      const { paymentId } = await createPaid();
      const key = randomUUID();
      const { status, body } = await refund(paymentId, key);
      assert.deepEqual([status, body.state], [200, 'refund-requested'], JSON.stringify(body));
      assert.equal((await refund(paymentId, key)).body.state, 'refund-requested');
      assert.equal((await record(paymentId, 'made')).body.state, 'refunded');
      assert.equal((await refund(paymentId)).body.code, 'payment-not-refundable');
      const told = (await outcomesOf(paymentId)).map(({ payment }) => payment);
      assert.deepEqual(told, ['paid', 'refund-requested', 'refunded']);
    });

    it('is found in the list by whose right reaches the province, and by no other unit', async () => {
      const { paymentId } = await createPaid();
      await refund(paymentId);
      const find = async (system: string, unit: string) => {
        const path = '/payment/v1/payments?state=refund-requested';
        const { body } = await bench.hub.call({ path, system, unit });
        return body.items.map((item: { paymentId: string }) => item.paymentId).includes(paymentId);
      };
      assert.equal(await find('quan-tri', 'cq-08'), true);
      assert.equal(await find('mot-cua', 'cq-05'), false);
    });

    it('stands as paid again where the refund is refused', async () => {
      const { paymentId } = await createPaid();
      assert.equal((await record(paymentId, 'made')).body.code, 'refund-not-requested');
      await refund(paymentId);
      assert.equal((await record(paymentId, 'refused')).body.state, 'paid');
    });

    it('is refused before it is paid', async () => {
      const { paymentId } = await create();
      assert.equal((await refund(paymentId)).body.code, 'payment-not-refundable');
    });
  });

  describe('8.10: looked up by its dossier', () => {
    const askBill = (dossier: unknown) => bench.platform.control(bench.platform.billUrl, { dossier });

    it('is payable (1) while it waits, none (0) once it is paid, and none of a dossier that has none', async () => {
      const demand = toDemand();
      const { body } = await bench.create(demand);
      const payable = await askBill(demand['dossier']);
      assert.equal(payable.body.error_code, 1, JSON.stringify(payable));
      assert.deepEqual(
        [payable.body.MaThamChieu, payable.body.SoTien, payable.body.MaHoSo],
        [body.reference, '150000', demand['dossier']],
      );
      assert.match(payable.body.MaTraCuuTT, new RegExp(`^${demand['dossier']}\\d{14}$`));
      await bench.platform.pay(body.reference);
      await bench.becomes(body.paymentId, 'paid');
      assert.equal((await askBill(demand['dossier'])).body.error_code, 0);
      assert.equal((await askBill('H99.KHONG-CO')).body.error_code, 0);
    });

    it('is an error (-1) where the question cannot be read', async () => {
      assert.equal((await askBill('999090000123')).body.error_code, -1);
    });

    it('is its unit’s to look up, with the address', async () => {
      const demand = toDemand();
      const { body: made } = await bench.create(demand);
      const { body } = await bench.get(`/bills?dossier=${demand['dossier']}`);
      assert.deepEqual([body.isPayable, body.items[0].payUrl], [true, made.payUrl]);
      const other = await bench.get(`/bills?dossier=${demand['dossier']}`, 'cq-07');
      assert.deepEqual([other.body.isPayable, other.body.items], [false, []]);
    });
  });

  it('8.11: of the day before is matched by the reconciliation that an officer asks for', async () => {
    const yesterday = toLocalDay(Date.now() - 86_400_000);
    const { paymentId, reference } = await create();
    await bench.platform.pay(reference, { paidAt: new Date(Date.now() - 86_400_000).toISOString() });
    await bench.becomes(paymentId, 'paid');
    const started = await bench.officerAct('quan-tri', '/reconciliations', { day: yesterday });
    assert.equal(started.status, 202, JSON.stringify(started.body));
    const path = `/payment/v1/reconciliations/${started.body.reconciliationId}`;
    const read = (more = '') => bench.hub.call({ path: path + more, system: 'kiem-toan' });
    await until(async () => (await read()).body.state !== 'running');
    assert.equal((await read()).body.state, 'done', JSON.stringify((await read()).body));
    const { items } = (await read('/lines')).body;
    const line = items.find((one: { reference: string }) => one.reference === reference);
    assert.deepEqual([line?.kind, line?.theirAmount, line?.ourAmount], ['matched', 150_000, 150_000]);
  });

  describe('in the figures', () => {
    const day = toLocalDay(Date.now());
    const read = (query: string, as?: string) =>
      bench.get(`/figures?fromDay=${day}&toDay=${day}${query}`, as);

    it('counts what the unit’s history says, to the đồng', async () => {
      const { body } = await read('');
      const [figures] = body.days;
      const { rows } = await bench.hub.owner.query(
        `SELECT count(*) FILTER (WHERE paid_at IS NOT NULL)::int AS paid, count(*)::int AS created,
           count(*) FILTER (WHERE state = 'refunded')::int AS refunded,
           (SELECT count(*)::int FROM payment_exception e JOIN payment q ON q.id = e.payment_id WHERE q.unit_id = $1) AS raised
         FROM payment WHERE unit_id = $1`,
        [unit],
      );
      const toSum = (count: number) => ({ count, amount: count * 150_000 });
      assert.deepEqual(figures.created, toSum(rows[0].created));
      assert.deepEqual(figures.paid, toSum(rows[0].paid));
      assert.deepEqual(figures.refunded, toSum(rows[0].refunded));
      assert.equal(figures.exceptions, rows[0].raised);
    });

    it('comes by page, each unit’s day once', async () => {
      const other = await bench.create(toDemand(), undefined, 'cq-05');
      assert.equal(other.status, 201);
      const of = async (query: string) => {
        const path = `/payment/v1/figures?fromDay=${day}&toDay=${day}${query}`;
        return (await bench.hub.call({ path, system: 'kiem-toan' })).body;
      };
      const { days, next } = await of('');
      const first = await of('&limit=1');
      const rest = await of(`&limit=200&cursor=${first.next}`);
      assert.deepEqual([[...first.days, ...rest.days], rest.next, next], [days, null, null]);
      assert.ok(days.length >= 2);
      assert.equal((await of('&cursor=abc')).code, 'request-invalid');
    });

    it('is its unit’s only, and the province’s for whose right reaches so far', async () => {
      assert.equal((await read('&unit=cq-03', 'cq-05')).body.code, 'reach-too-small');
      assert.deepEqual((await read('', 'cq-07')).body.days, []);
      const path = `/payment/v1/figures?fromDay=${day}&toDay=${day}&unit=${unit}`;
      const { body } = await bench.hub.call({ path, system: 'kiem-toan' });
      assert.equal(body.days[0].unit, unit);
    });

    for (const [from, to] of [
      ['2026-02-30', '2026-03-01'],
      ['2026-03-02', '2026-03-01'],
      ['2026-01-01', '2026-03-04'],
    ])
      it(`is not reckoned from ${from} to ${to}`, async () => {
        const { body } = await bench.get(`/figures?fromDay=${from}&toDay=${to}`);
        assert.equal(body.code, 'request-invalid');
      });
  });
});
