// The older variant behind the same service: demanded, paid on its page, called back, told; what it cannot be asked stays told.
import assert from 'node:assert/strict';
import { until } from '../../support/embedded.ts';
import { type PaymentBench, startPaymentBench, toDemand } from './support.ts';

const keyPay = { clientId: 'TEST-CLIENT', hashKey1: 'test-secret-1', hashKey2: 'test-secret-2' } as const;

describe('A payment by the older variant', () => {
  let bench: PaymentBench;
  before(async () => {
    bench = await startPaymentBench('payment-keypay', {
      mock: { keyPay },
      isConnected: false,
      toSources: ({ url }) => ({
        'payment-platform': {
          variant: 'keypay',
          url: `${url}/keypay`,
          returnUrl: 'https://a.example/',
          ...keyPay,
        },
      }),
      limits: { 'payment.v1': { variant: 'keypay' } },
    });
  });
  after(() => bench?.close());

  const create = async () => {
    const { status, body } = await bench.create(toDemand());
    assert.equal(status, 201, JSON.stringify(body));
    return body as { paymentId: string; reference: string; payUrl: string };
  };
  const statesOf = async (paymentId: string): Promise<readonly string[]> =>
    (await bench.read(paymentId)).body.states.map(({ to }: { to: string }) => to);

  it('8.12: is demanded, paid, confirmed once by its callback, and told, as any other', async () => {
    await bench.platform.control(bench.platform.settingsUrl, { confirmMode: 'twice' }, 'PUT');
    const { paymentId, reference, payUrl } = await create();
    assert.ok(reference.length <= 20);
    const page = await fetch(payUrl, {
      ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ 'ket-qua': 'success' }) },
    });
    assert.match(page.headers.get('location') ?? '', /^https:\/\/a\.example\/.*check_sum=/);
    await bench.becomes(paymentId, 'paid');
    const verdicts = async (): Promise<readonly string[]> => {
      const [row] = await bench.platform.payments(reference);
      return row.confirms.map(({ verdict }: { verdict: string }) => verdict);
    };
    // A call under way has no verdict yet.
    await until(async () => (await verdicts()).filter((verdict) => verdict !== undefined).length === 2);
    assert.deepEqual(await verdicts(), ['accepted', 'accepted']);
    assert.deepEqual(await statesOf(paymentId), ['waiting', 'paid']);
    const { items } = (await bench.get('/outcomes?limit=200')).body;
    const told = items.filter((one: { paymentId: string }) => one.paymentId === paymentId);
    assert.deepEqual(
      told.map(({ payment }: { payment: string }) => payment),
      ['paid'],
    );
  });

  it('8.12: is not paid by a callback under another key', async () => {
    const { paymentId, reference } = await create();
    const { confirms } = await bench.platform.pay(reference, { mode: 'badChecksum', order: 'confirmFirst' });
    assert.equal(confirms.length, 1);
    assert.notEqual(confirms[0].verdict, 'accepted');
    assert.deepEqual(await statesOf(paymentId), ['waiting']);
  });

  it('8.12: has no receipt, question or daily file, which is said and changes nothing', async () => {
    const { paymentId } = await create();
    const path = `/payment/v1/payments/${paymentId}/queries`;
    const { status, body } = await bench.hub.call({ method: 'POST', path, unit: 'cq-03' });
    assert.deepEqual([status, body.payment.state], [200, 'waiting'], JSON.stringify(body));
    assert.equal((await bench.get(`/payments/${paymentId}/receipt`)).body.code, 'payment-not-paid');
    const day = '2026-01-31';
    const started = await bench.officerAct('quan-tri', '/reconciliations', { day });
    assert.deepEqual([started.status, started.body.code], [503, 'source-unavailable']);
  });
});
