// What payers say goes after its time, and no sooner.
import assert from 'node:assert/strict';
import type { PaymentRow } from '../../../src/services/payment/dependencies.ts';
import { createPaymentRetention } from '../../../src/services/payment/retention.ts';
import { asRetention } from '../../support/database.ts';
import { type Books, dayAgo, startBooks } from './books.ts';

describe('What payers say', () => {
  let books: Books;
  before(async () => {
    books = await startBooks('payment-retention');
  });
  after(() => books.stop());

  const purge = (days: number) =>
    asRetention(books.ground.database, (pool) =>
      createPaymentRetention(pool, 30, () => new Date(Date.now() + days * 86_400_000)).run(dayAgo(0)),
    );
  const read = async ({ id }: PaymentRow) => {
    const { rows } = await books.owner.query<{ form: number; bodies: number }>(
      `SELECT length(form) AS form, (SELECT count(*)::int FROM payment_message m WHERE m.payment_id = p.id
         AND m.sealed_body IS NOT NULL) AS bodies FROM payment p WHERE id = $1`,
      [id],
    );
    return [(rows[0]?.form ?? 0) > 0, rows[0]?.bodies];
  };

  it('stays for its time, and goes after it; amounts and states stay', async () => {
    const { payment } = await books.confirm(await books.open(), new Date());
    await purge(29);
    assert.deepEqual(await read(payment), [true, 1]);
    await purge(31);
    assert.deepEqual([await read(payment), await books.stateOf(payment.id)], [[false, 0], 'paid']);
  });

  it('stays while the payment is open, or somebody has to decide on it', async () => {
    const waiting = await books.open();
    const cancelled = (await books.apply(await books.open(), { kind: 'cancelled' })).payment;
    const { exceptionId } = await books.confirm(cancelled, new Date());
    await purge(31);
    assert.deepEqual(
      [await read(waiting), await read(cancelled)],
      [
        [true, 0],
        [true, 1],
      ],
    );
    await books.act(`/exceptions/${exceptionId}/decisions`, { decision: 'return-money', reason: 'đã trả' });
    await purge(29);
    assert.deepEqual(await read(cancelled), [true, 1]);
    await purge(31);
    assert.deepEqual(await read(cancelled), [false, 0]);
  });
});
