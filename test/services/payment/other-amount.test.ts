// Money of another amount: QUERY's answer names no amount, so that after a verified message of another one it proves nothing.
import assert from 'node:assert/strict';
import { type PaymentBench, startPaymentBench, toDemand, unit } from './support.ts';

describe('Money of another amount', function () {
  this.timeout(60_000);
  let bench: PaymentBench;
  before(async () => {
    bench = await startPaymentBench('payment-other-amount');
  });
  after(() => bench.close());

  /** The platform took 15,000 for a payment of 150,000, and says "success" when asked. */
  async function paidOtherwise(): Promise<{ readonly paymentId: string; readonly reference: string }> {
    const { body } = await bench.create(toDemand());
    await bench.platform.pay(body.reference, { outcome: 'success', mode: 'none', order: 'background' });
    await bench.platform.confirm(body.reference, { fields: { SoTien: 15_000 }, sign: true });
    return body;
  }
  const ask = (id: string) =>
    bench.hub.call({ method: 'POST', path: `/payment/v1/payments/${id}/queries`, unit });
  const stateOf = async (id: string) => (await bench.read(id)).body.payment.state;

  it('8.5: is not made the whole amount by asking', async () => {
    const { paymentId } = await paidOtherwise();
    const { body } = await ask(paymentId);
    assert.deepEqual(
      [body.payment.state, body.exceptions.map(({ kind }: { kind: string }) => kind)],
      ['waiting', ['wrong-amount']],
    );
  });

  it('8.8: is not cancelled away', async () => {
    const { paymentId } = await paidOtherwise();
    const answer = await bench.act(`/payments/${paymentId}/cancellations`, { reason: 'đổi ý' });
    assert.deepEqual([answer.body.code, await stateOf(paymentId)], ['payment-not-cancellable', 'waiting']);
  });

  it('8.5: in another currency it is answered by 99, waits for a person, and is not made đồng by asking', async () => {
    const { body } = await bench.create(toDemand());
    await bench.platform.pay(body.reference, { outcome: 'success', mode: 'none', order: 'background' });
    const sent = await bench.platform.confirm(body.reference, { fields: { MaTienTe: 'USD' }, sign: true });
    const { payment, exceptions } = (await ask(body.paymentId)).body;
    assert.deepEqual(
      [payment.state, exceptions[0].kind, exceptions[0].theirStatus, exceptions[0].decisions],
      ['waiting', 'wrong-amount', 'unknown', ['noted']],
    );
    assert.match(JSON.stringify(sent), /"MaLoi":"99"/);
  });

  it('8.5: leaves the payment to be paid by a confirmation of the whole', async () => {
    const { paymentId, reference } = await paidOtherwise();
    await ask(paymentId);
    await bench.platform.confirm(reference, {});
    assert.equal(await stateOf(paymentId), 'paid');
  });
});
