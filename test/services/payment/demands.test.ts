// Demands over HTTP: what does not fit is named and leaves nothing; the same key is the same payment; a time-out never makes a
// second one.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type PaymentBench, startPaymentBench, toDemand, unit } from './support.ts';

const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString();
const line = (amount: number) => ({ kind: 'phi', code: 'P1', name: 'Phí thử nghiệm', amount });
const payer = (more: object) => ({ payer: { name: 'Người Nộp Thử', ip: '192.0.2.10', ...more } });
const fine = {
  ...{ kind: { code: 'HC', name: 'Vi phạm hành chính' }, agency: { code: 'H99.03', name: 'Sở Tư pháp' } },
  ...{ number: '12/QĐ-XPHC', day: '2026-01-15' },
};

describe('Demands', () => {
  let bench: PaymentBench;
  before(async () => {
    bench = await startPaymentBench('payment-demands', { adapter: { mostBlockText: 300 } });
  });
  after(() => bench?.close());

  const count = async (): Promise<number> => {
    const { rows } = await bench.hub.owner.query('SELECT count(*)::int AS n FROM payment');
    return rows[0].n;
  };
  const setFault = (fault: object) => bench.platform.control(bench.platform.faultUrl, fault, 'PUT');
  const clearFaults = () => bench.platform.control(bench.platform.faultUrl, undefined, 'DELETE');

  describe('8.3: what does not fit is refused whole, before anything is kept or sent', () => {
    const cases: readonly (readonly [
      title: string,
      more: object,
      status: number,
      code: string,
      where: string,
    ])[] = [
      ['lines that do not sum up', { amount: 149_999 }, 422, 'payment-invalid', '/body/amount'],
      ['a part of a đồng', { amount: 150_000.5 }, 400, 'request-invalid', '/body/amount'],
      ['an amount as text', { amount: '150000' }, 400, 'request-invalid', '/body/amount'],
      ['a line of nothing', { lines: [line(0)], amount: 0 }, 400, 'request-invalid', '/body/amount'],
      [
        'a line below nothing',
        { lines: [line(150_001), line(-1)] },
        400,
        'request-invalid',
        '/body/lines/1/amount',
      ],
      ['no line', { lines: [] }, 400, 'request-invalid', '/body/lines'],
      ['a time that is over', { expiresAt: hours(-1) }, 422, 'payment-invalid', '/body/expiresAt'],
      ['a time too far away', { expiresAt: hours(1_000) }, 422, 'payment-invalid', '/body/expiresAt'],
      ['a fine without its decision', { kind: 'fine' }, 422, 'payment-invalid', '/body/fine'],
      ['a decision about a fee', { fine }, 422, 'payment-invalid', '/body/fine'],
      ['the server’s own address', payer({ ip: '127.0.0.1' }), 422, 'payment-invalid', '/body/payer/ip'],
      ['what is no address', payer({ ip: '999.1.1.1' }), 422, 'payment-invalid', '/body/payer/ip'],
      [
        'a number of zeros',
        payer({ identityNumber: '000000000' }),
        422,
        'payment-invalid',
        '/body/payer/identityNumber',
      ],
      ['the mark of the checksum in the text', { text: 'a|b' }, 422, 'payment-invalid', '/body/text'],
      [
        'an account that nobody approved',
        { beneficiary: 'tk-la' },
        422,
        'beneficiary-unknown',
        '/body/beneficiary',
      ],
      [
        'a person’s number as the dossier',
        { dossier: '999090000123' },
        400,
        'request-invalid',
        '/body/dossier',
      ],
      ['a return to http', { returnUrl: 'http://a.example/x' }, 400, 'request-invalid', '/body/returnUrl'],
    ];
    for (const [title, more, status, code, where] of cases)
      it(title, async () => {
        const before = await count();
        const { status: got, body } = await bench.create(toDemand(more));
        assert.deepEqual([got, body.code], [status, code], JSON.stringify(body.errors));
        assert.ok(
          body.errors.some((error: { where: string }) => error.where === where),
          JSON.stringify(body.errors),
        );
        assert.doesNotMatch(JSON.stringify(body), /Người Nộp Thử|999090000123/);
        assert.equal(await count(), before);
      });
  });

  it('8.13: an account is a unit’s to use, or nobody’s; a closed one is none', async () => {
    const own = { beneficiary: 'tk-so-tu-phap' };
    assert.equal((await bench.create(toDemand(own))).status, 201);
    assert.equal((await bench.create(toDemand(own), undefined, 'cq-05')).body.code, 'beneficiary-unknown');
  });

  it('8.13: an account that was closed meanwhile is never sent again; the payment can be cancelled', async () => {
    const [demand, key] = [toDemand({ beneficiary: 'tk-so-tu-phap' }), randomUUID()];
    await setFault({ mode: 'timeoutBefore', operations: ['INIT'], count: 1, delayMs: 10 });
    await bench.create(demand, key);
    await clearFaults();
    const setState = (state: string) =>
      bench.hub.owner.query("UPDATE beneficiary SET state = $1 WHERE code = 'tk-so-tu-phap'", [state]);
    await setState('closed');
    const again = await bench.create(demand, key);
    await setState('active');
    assert.deepEqual([again.status, again.body.code], [409, 'beneficiary-changed']);
    assert.match(again.body.vi.detail, /hủy khoản này/);
    const { items } = (await bench.get(`/payments?dossier=${demand['dossier']}`)).body;
    assert.deepEqual(await bench.platform.payments(items[0].reference), []);
    const cancelled = await bench.act(`/payments/${items[0].paymentId}/cancellations`, {
      reason: 'đổi tài khoản',
    });
    assert.equal(cancelled.body.state, 'cancelled', JSON.stringify(cancelled.body));
    assert.equal((await bench.read(items[0].paymentId)).body.states.at(-1).reason, 'đổi tài khoản');
  });

  it('8.2: the same key and content is the same payment and address; other content is a conflict', async () => {
    const [demand, key] = [toDemand(), randomUUID()];
    const first = await bench.create(demand, key);
    assert.equal(first.status, 201, JSON.stringify(first.body));
    assert.equal(first.body.state, 'waiting');
    const again = await bench.create(demand, key);
    assert.deepEqual(again.body, first.body);
    const other = await bench.create({ ...demand, text: 'Nội dung khác' }, key);
    assert.deepEqual([other.status, other.body.code], [409, 'idempotency-conflict']);
    assert.equal((await bench.platform.payments(first.body.reference)).length, 1);
  });

  it('one open payment for a unit, dossier and lines: the conflict names it, in whatever order the lines come', async () => {
    const demand = toDemand();
    const { body: open } = await bench.create(demand);
    const lines = [...(demand['lines'] as object[])].reverse();
    const second = await bench.create({ ...demand, lines });
    assert.deepEqual([second.status, second.body.code], [409, 'payment-open']);
    assert.ok(second.body.detail.includes(open.paymentId));
    const { body } = await bench.get(`/payments?dossier=${demand['dossier']}`);
    assert.equal(body.items.length, 1);
  });

  for (const mode of ['timeoutBefore', 'timeoutAfter'] as const)
    it(`8.2: a time-out ${mode === 'timeoutBefore' ? 'before' : 'after'} the platform has it ends in one payment with one address`, async () => {
      const [demand, key] = [toDemand(), randomUUID()];
      await setFault({ mode, operations: ['INIT'], count: 1, delayMs: 10 });
      const lost = await bench.create(demand, key);
      assert.match(lost.body.code, /^source-(timeout|unreachable|unavailable)$/);
      await clearFaults();
      const [found, again] = await Promise.all([bench.create(demand, key), bench.create(demand, key)]);
      assert.deepEqual([found.status, again.status], [201, 201], JSON.stringify([found.body, again.body]));
      assert.equal(found.body.payUrl, again.body.payUrl);
      assert.equal((await bench.platform.payments(found.body.reference)).length, 1);
      assert.equal((await bench.get(`/payments?dossier=${demand['dossier']}`)).body.items.length, 1);
    });

  for (const fault of [{ mode: 'noUrl' }, { mode: 'code', code: '99' }])
    it(`8.4: an answer without an address (${fault.mode}) is told in words, and the payment has failed`, async () => {
      const [demand, key] = [toDemand(), randomUUID()];
      await setFault({ ...fault, operations: ['INIT'], count: 1 });
      const { status, body } = await bench.create(demand, key);
      assert.deepEqual([status, body.code], [502, 'payment-platform-refused'], JSON.stringify(body));
      assert.ok(body.vi.action.length > 0 && body.en.action.length > 0);
      const again = await bench.create(demand, key);
      assert.equal(again.body.code, 'payment-platform-refused');
      const { items } = (await bench.get(`/payments?dossier=${demand['dossier']}`)).body;
      assert.deepEqual(
        items.map(({ state }: { state: string }) => state),
        ['failed'],
      );
      assert.equal((await bench.create(demand)).status, 201, 'the next one is a new one');
    });

  it('8.3: a text that is too long for the platform is refused and never cut, also when it comes again', async () => {
    const demand = toDemand({ procedure: { code: 'DAI', name: 'x'.repeat(301) } });
    const key = randomUUID();
    const first = await bench.create(demand, key);
    assert.deepEqual([first.status, first.body.code], [422, 'payment-invalid']);
    assert.match(first.body.en.detail, /too-long/);
    assert.equal((await bench.create(demand, key)).body.code, 'payment-invalid');
    const { items } = (await bench.get(`/payments?dossier=${demand['dossier']}`)).body;
    assert.deepEqual(
      items.map(({ state }: { state: string }) => state),
      ['failed'],
    );
    assert.deepEqual(await bench.platform.payments(items[0].reference), []);
  });

  it('lists the unit’s own, by page, state and dossier, with nothing of the payer', async () => {
    const first = await bench.get('/payments?limit=2');
    assert.equal(first.body.items.length, 2);
    const second = await bench.get(`/payments?limit=2&cursor=${first.body.next}`);
    const ids = [...first.body.items, ...second.body.items].map(
      (one: { paymentId: string }) => one.paymentId,
    );
    assert.equal(new Set(ids).size, 4);
    assert.deepEqual([...ids].sort().reverse(), ids);
    assert.doesNotMatch(JSON.stringify(first.body), /Người|999090|192\.0\.2/);
    assert.equal((await bench.get('/payments', 'cq-07')).body.items.length, 0);
    assert.equal((await bench.get('/payments?cursor=abc')).body.code, 'request-invalid');
    assert.equal((await bench.read(ids[0] ?? '', 'cq-07')).body.code, 'payment-not-found');
    assert.equal((await bench.read(ids[0] ?? '')).body.payment.unit, unit);
  });

  it('keeps nothing of a payer in clear', async () => {
    const { rows } = await bench.hub.owner.query(
      "SELECT (SELECT string_agg(p::text, ' ') FROM payment p) || (SELECT string_agg(m::text, ' ') FROM payment_message m) AS text",
    );
    assert.doesNotMatch(rows[0].text, /999090000123|Người Nộp|192\.0\.2\.10/);
  });
});

describe('A hub without the platform', () => {
  it('says so to whoever creates, and answers what only reads', async () => {
    const bench = await startPaymentBench('payment-none', { isConnected: false });
    try {
      const { status, body } = await bench.create(toDemand());
      assert.deepEqual([status, body.code, body.responsible], [503, 'source-unavailable', 'hub']);
      assert.match(body.en.detail, /not connected/);
      assert.deepEqual((await bench.get('/payments')).body.items, []);
    } finally {
      await bench.close();
    }
  });
});
