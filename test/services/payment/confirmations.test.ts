// What the platform tells by itself, over HTTP from its mock: each by the ledger's table, answered signed, told to the unit.
import assert from 'node:assert/strict';
import { amount, toConfirm } from './bench.ts';
import { startPaymentHub } from './payment-hub.ts';

describe('Confirmations of the platform', function () {
  this.timeout(30_000);
  let hub: Awaited<ReturnType<typeof startPaymentHub>>;
  before(async () => {
    hub = await startPaymentHub('payment-confirmations');
  });
  after(() => hub.stop());

  const post = async (body: unknown, path = 'confirmations') => {
    const response = await fetch(`${hub.url}/payment/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      exchangeId: response.headers.get('exchange-id') ?? '',
      body: JSON.parse(await response.text()),
    };
  };

  /** A payment that the platform knows and the payer can pay. */
  async function waiting() {
    const made = await hub.make();
    await hub.asking.init(made.id, made.id, AbortSignal.timeout(5_000));
    assert.equal(await hub.stateOf(made.id), 'waiting');
    return made;
  }

  const move = (id: string, kind: 'cancelled' | 'expired' | 'query-failed') =>
    hub.rooms.pool.connect().then(async (client) => {
      try {
        await client.query('BEGIN');
        const payment = (await hub.movement.lock(client, { id })) ?? assert.fail();
        await hub.movement.apply(client, payment, { kind }, { exchangeId: id });
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    });

  it('8.5: a good one pays, and is answered by 00 under a checksum that the platform takes', async () => {
    const { id, reference } = await waiting();
    await hub.pay(reference);
    assert.equal(await hub.stateOf(id), 'paid');
    assert.equal((await hub.sendConfirm(reference)).verdict, 'accepted');
  });

  it('8.5: SoTien counts whether it comes as an integer or as a text', async () => {
    const { id, reference } = await waiting();
    await hub.pay(reference, { amountForm: 'string' });
    assert.equal(await hub.stateOf(id), 'paid');
  });

  it('8.5: sent twice, it is answered by 00 twice and has one effect', async () => {
    const { id, reference } = await waiting();
    await hub.pay(reference, { mode: 'twice' });
    assert.equal((await hub.sendConfirm(reference)).verdict, 'accepted');
    const { changes } = await hub.row(
      "SELECT count(*)::int AS changes FROM payment_state_change WHERE payment_id = $1 AND to_state = 'paid'",
      [id],
    );
    assert.equal(changes, 1);
  });

  it('8.5: another amount changes nothing and goes to a person, answered by 99', async () => {
    const { id, reference } = await waiting();
    const { body } = await post(toConfirm(reference, { SoTien: 15_000 }));
    assert.equal(body.MaLoi, '99');
    assert.deepEqual([await hub.stateOf(id), await hub.exceptionsOf(id)], ['waiting', ['wrong-amount']]);
  });

  it('8.5: another currency is no money of ours', async () => {
    const { id, reference } = await waiting();
    assert.equal((await post(toConfirm(reference, { MaTienTe: 'USD' }))).body.MaLoi, '99');
    assert.deepEqual([await hub.stateOf(id), await hub.exceptionsOf(id)], ['waiting', ['wrong-amount']]);
  });

  it('8.7: any other MaLoi is not confirmed, and is answered by 00', async () => {
    const { id, reference } = await waiting();
    assert.equal((await post(toConfirm(reference, { MaLoi: '24' }))).body.MaLoi, '00');
    assert.equal(await hub.stateOf(id), 'waiting');
  });

  it('8.6: early, before the answer to INIT was known, it pays all the same', async () => {
    const { id, reference } = await hub.make();
    assert.equal((await post(toConfirm(reference))).body.MaLoi, '00');
    assert.equal(await hub.stateOf(id), 'paid');
  });

  it('8.6: out of order, a refusal that comes after the money goes to a person', async () => {
    const { id, reference } = await waiting();
    await post(toConfirm(reference));
    assert.equal((await post(toConfirm(reference, { MaLoi: '24' }))).body.MaLoi, '99');
    assert.deepEqual([await hub.stateOf(id), await hub.exceptionsOf(id)], ['paid', ['status-differs']]);
  });

  it('8.8: after a cancel it changes nothing and waits for a person with its body sealed, however often it comes', async () => {
    const { id, reference } = await waiting();
    await move(id, 'cancelled');
    for (let n = 0; n < 3; n += 1) assert.equal((await post(toConfirm(reference))).body.MaLoi, '99');
    assert.deepEqual([await hub.stateOf(id), await hub.exceptionsOf(id)], ['cancelled', ['after-cancel']]);
    const message = await hub.row(
      `SELECT m.says, m.sealed_body IS NOT NULL AS sealed FROM payment_exception e JOIN payment_message m ON m.id = e.message_id
       WHERE e.payment_id = $1`,
      [id],
    );
    assert.deepEqual(message, { says: 'paid', sealed: true });
  });

  it('8.8: late, after its time or a failure, it pays, and a person hears of it', async () => {
    for (const [kind, exception] of [
      ['expired', 'late'],
      ['query-failed', 'after-failure'],
    ] as const) {
      const { id, reference } = await waiting();
      await move(id, kind);
      assert.equal((await post(toConfirm(reference))).body.MaLoi, '00');
      assert.deepEqual([await hub.stateOf(id), await hub.exceptionsOf(id)], ['paid', [exception]]);
    }
  });

  it('8.8: a second transaction for what is paid goes to a person', async () => {
    const { id, reference } = await waiting();
    await post(toConfirm(reference));
    assert.equal((await post(toConfirm(reference, { MaGiaoDich: 'GD2' }))).body.MaLoi, '99');
    assert.deepEqual(await hub.exceptionsOf(id), ['paid-twice']);
  });

  it('8.5: a reference that this hub never gave goes to a person, once', async () => {
    for (let n = 0; n < 2; n += 1) assert.equal((await post(toConfirm('TC888888888888'))).body.MaLoi, '99');
    assert.equal((await post(toConfirm('not ours'))).status, 200);
    const { count } = await hub.row(
      "SELECT count(*)::int AS count FROM payment_exception WHERE kind = 'unknown-reference' AND key LIKE '%TC888888888888%'",
    );
    assert.equal(count, 1);
  });

  it('8.5: what is forged or altered is answered by 99 and has no effect', async () => {
    const { id, reference } = await waiting();
    const good = toConfirm(reference);
    for (const mode of ['badChecksum', 'wrongPartner'])
      assert.notEqual((await hub.sendConfirm(reference, { mode })).verdict, 'accepted');
    for (let n = 0; n < 40; n += 1) {
      const name = Object.keys(good)[n % 11] ?? '';
      const altered =
        n % 2 === 0 ? { ...good, [name]: `${n}${good[name]}` } : toConfirm(reference, {}, `guess-${n}`);
      const { status, body } = await post(altered);
      assert.deepEqual([status, body.MaLoi], [200, '99']);
    }
    assert.deepEqual([await hub.stateOf(id), await hub.exceptionsOf(id)], ['waiting', []]);
    const { verified } = await hub.row(
      "SELECT count(*)::int AS verified FROM payment_message WHERE payment_id = $1 AND direction = 'in' AND outcome = 'verified'",
      [id],
    );
    assert.equal(verified, 0);
  });

  it('8.12: the callback of the older variant pays a payment of that variant, once', async () => {
    const { id, reference } = await hub.make({ variant: 'keypay' });
    await hub.asking.init(id, id, AbortSignal.timeout(5_000));
    await hub.pay(reference, { mode: 'twice' });
    assert.deepEqual([await hub.stateOf(id), await hub.exceptionsOf(id)], ['paid', []]);
  });

  it('8.12: a confirmation of one variant says nothing of a payment of the other', async () => {
    const { id, reference } = await hub.make({ variant: 'keypay' });
    assert.equal((await post(toConfirm(reference))).body.MaLoi, '99');
    assert.equal(await hub.stateOf(id), 'created');
  });

  it('8.13: what was said of a payment stands in the entry as digests, never the body', async () => {
    const { reference } = await waiting();
    const { exchangeId } = await post(toConfirm(reference, { ThongTinGiaoDich: 'Nguoi Nop Thu' }));
    const { rows } = await hub.owner.query(
      `SELECT e.kind, e.text, p.text AS sealed FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
       WHERE e.exchange_id = $1 ORDER BY e.id`,
      [exchangeId],
    );
    assert.deepEqual(
      rows.map(({ kind }) => kind),
      ['opened', 'closed'],
    );
    assert.match(rows[1]?.sealed, /"result":"accepted"/);
    assert.doesNotMatch(JSON.stringify(rows), /Nguoi|TCA0|test-secret/);
  });

  it('the same amount is confirmed for as many payments as were paid', async () => {
    const { sum, count } = await hub.row(
      "SELECT sum(amount)::int AS sum, count(*)::int AS count FROM payment WHERE state = 'paid'",
    );
    assert.equal(sum, count * amount);
  });
});
