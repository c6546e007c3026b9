// What applying an event writes: the change, the exception, the times of what is next, and the outcome in the mailbox.
import assert from 'node:assert/strict';
import { v7 as uuidv7 } from 'uuid';
import { withTransaction } from '../../../src/database/pool.ts';
import type { MessageDraft } from '../../../src/services/payment/dependencies.ts';
import { rules, startLedgerBench, toConfirm, toSha256, units } from './bench.ts';

const at = new Date('2026-01-15T07:30:00Z');
const inMinutes = (minutes: number): Date => new Date(at.getTime() + minutes * 60_000);

describe('Movement of payments', () => {
  let bench: Awaited<ReturnType<typeof startLedgerBench>>;
  before(async () => {
    bench = await startLedgerBench(() => at);
    await bench.pool.query(
      `INSERT INTO webhook (id, unit_id, system_id, owning_unit, url, events, sealed_secret, secret_exchange)
       VALUES (gen_random_uuid(), $1, 'mot-cua', 'cq-01', 'https://test.example/', '{notice}', '', gen_random_uuid())`,
      [units[2]],
    );
  });
  after(() => bench.stop());

  const outcomes = async (paymentId: string) =>
    (
      await bench.pool.query(
        `SELECT c.to_state, d.state, d.receiver_unit, d.service, d.system_id, d.mailbox_no IS NOT NULL AS boxed
         FROM payment_outcome o JOIN payment_state_change c ON c.payment_id = o.payment_id AND c.no = o.change_no
           JOIN delivery d ON d.subject = o.id WHERE o.payment_id = $1 ORDER BY o.change_no`,
        [paymentId],
      )
    ).rows;

  it('puts an outcome into the mailbox of the unit with the change, and rings after the commit', async () => {
    const { id, reference } = await bench.make({ unitId: units[1] });
    await bench.apply(id, { kind: 'url-received' });
    assert.deepEqual(await bench.confirm(toConfirm(reference)), ['00', 'accepted']);
    const box = { receiver_unit: units[1], service: 'payment.v1', system_id: 'mot-cua', boxed: true };
    assert.deepEqual(await outcomes(id), [{ to_state: 'paid', state: 'delivered', ...box }]);
    assert.equal(bench.arrived.at(-1), units[1]);
  });

  it('sends a notice to each webhook of the unit that wants notices, in the same transaction', async () => {
    const { id, reference } = await bench.make({ unitId: units[2] });
    await bench.confirm(toConfirm(reference));
    const { content, order_key } = await bench.row(
      `SELECT p.content, p.order_key FROM dispatch p JOIN delivery d ON d.dispatch_id = p.id
         JOIN payment_outcome o ON o.id = d.subject WHERE o.payment_id = $1`,
      [id],
    );
    const boxed = await bench.row(
      `SELECT d.id FROM delivery d JOIN payment_outcome o ON o.id = d.subject
       WHERE o.payment_id = $1 AND d.mailbox_no IS NOT NULL`,
      [id],
    );
    assert.deepEqual([content.data.kind, content.data.deliveryId], ['notice', boxed.id]);
    assert.ok(order_key.endsWith(` ${id}`), 'notices of a payment keep their order');
  });

  it('8.7: what waits is to be asked for after the first pause; what ended is not', async () => {
    const { id } = await bench.make({ expiresAt: inMinutes(600) });
    await bench.apply(id, { kind: 'url-received' });
    const times = 'SELECT next_query_at, next_receipt_at FROM payment WHERE id = $1';
    assert.deepEqual(await bench.row(times, [id]), {
      ...{ next_query_at: inMinutes(rules.queryMinutes[0] ?? 0), next_receipt_at: null },
    });
    await bench.apply(id, { kind: 'cancelled' });
    assert.equal((await bench.row(times, [id])).next_query_at, null);
  });

  it('8.9: what is paid has a receipt to be fetched, and is not asked for again', async () => {
    const { id, reference } = await bench.make();
    await bench.confirm(toConfirm(reference));
    const times = 'SELECT next_query_at, next_receipt_at FROM payment WHERE id = $1';
    assert.deepEqual(await bench.row(times, [id]), {
      ...{ next_query_at: null, next_receipt_at: inMinutes(rules.receiptMinutes[0] ?? 0) },
    });
  });

  it('an act that does not fit writes nothing', async () => {
    const { id } = await bench.make();
    const { verdict } = await bench.apply(id, { kind: 'refund-requested' });
    assert.deepEqual(verdict, { kind: 'refused', problem: 'payment-not-refundable' });
    assert.equal((await bench.row('SELECT state_no FROM payment WHERE id = $1', [id])).state_no, 0);
  });

  it('nothing can be confirmed with the message of another payment, or of nobody', async () => {
    const [one, other] = [await bench.make(), await bench.make()];
    await bench.confirm(toConfirm(other.reference));
    const { id: messageId } = await bench.row('SELECT id FROM payment_message WHERE payment_id = $1', [
      other.id,
    ]);
    for (const cause of [{ messageId }, { exchangeId: uuidv7() }, {}])
      await assert.rejects(
        bench.apply(one.id, { kind: 'query-paid' }, cause),
        /payment_state_change|no evidence/,
      );
    assert.equal(await bench.stateOf(one.id), 'created');
  });

  it('the transaction that paid is learned later, once', async () => {
    const { id, reference } = await bench.make();
    const draft: MessageDraft = {
      ...{ paymentId: id, direction: 'out', kind: 'query', outcome: 'verified', says: 'paid' },
      ...{ sha256: toSha256('query'), bytes: 5 },
    };
    const { id: messageId } = await withTransaction(bench.pool, (client) =>
      bench.movement.write(client, draft),
    );
    await bench.apply(id, { kind: 'query-paid' }, { messageId });
    assert.deepEqual(await bench.confirm(toConfirm(reference)), ['00', 'accepted']);
    assert.deepEqual(await bench.confirm(toConfirm(reference, { MaGiaoDich: 'GD2' })), ['99', 'paid-twice']);
    const { transaction_code } = await bench.row('SELECT transaction_code FROM payment WHERE id = $1', [id]);
    assert.equal(transaction_code, `GD${reference}`);
  });

  it('8.13: refused messages are single rows up to a limit a minute, and counted beyond it', async () => {
    const forged = (n: number) => toConfirm('TC9999999999', { MaGiaoDich: `GD${n}` }, 'other-secret');
    for (let n = 0; n < 12; n += 1)
      assert.deepEqual(await bench.confirm(forged(n)), ['99', 'refused wrong-checksum']);
    const { rows } = await bench.row(
      "SELECT count(*)::int AS rows FROM payment_message WHERE outcome = 'refused' AND code = 'wrong-checksum'",
    );
    const counted = await bench.row('SELECT kind, why, count::int FROM payment_refusals');
    assert.equal(rows, rules.refusedPerMinute);
    assert.deepEqual(counted, { kind: 'confirm', why: 'wrong-checksum', count: 12 - rules.refusedPerMinute });
  });
});
