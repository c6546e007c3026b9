// What waits for a person, and what a person may decide of it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Applied, PaymentRow } from '../../../src/services/payment/dependencies.ts';
import { type Decidable, toDecisions } from '../../../src/services/payment/exceptions/decisions.ts';
import { exceptionKinds, paymentStates } from '../../../src/services/payment/ledger.ts';
import { amount, type Books, dayAgo, startBooks, toRow, until } from './books.ts';

const now = new Date();

describe('Exceptions', () => {
  let books: Books;
  before(async () => {
    books = await startBooks('payment-exceptions');
  });
  after(() => books.stop());

  const decide = (id: string | undefined, decision: string, key: string = randomUUID()) =>
    books.act(`/exceptions/${id}/decisions`, { decision, reason: 'đã đối chiếu với ngân hàng' }, 'ketoan-a', {
      key,
    });
  const show = async (id: string | undefined) => (await books.read(`/exceptions/${id}`)).body;
  const lastChange = async ({ id }: PaymentRow) =>
    (
      await books.owner.query(
        'SELECT * FROM payment_state_change WHERE payment_id = $1 ORDER BY no DESC LIMIT 1',
        [id],
      )
    ).rows[0];

  /** Money that comes after a cancel. */
  async function afterCancel(): Promise<Applied> {
    const { payment } = await books.apply(await books.open(), { kind: 'cancelled' });
    return books.confirm(payment, now);
  }

  it('adapter 8.8: money after a cancel waits; accepted, the payment is paid by that very message', async () => {
    const { payment, exceptionId } = await afterCancel();
    const open = await show(exceptionId);
    assert.deepEqual(
      [open.kind, open.ourState, open.theirAmount, open.theirStatus, open.decisions],
      ['after-cancel', 'cancelled', amount, 'paid', ['accept', 'return-money']],
    );
    assert.equal((await decide(exceptionId, 'noted')).body.code, 'decision-unfit');
    const { body } = await decide(exceptionId, 'accept');
    assert.deepEqual(
      [body.state, body.decision, body.decidedByOfficer, body.ourState, body.decisions],
      ['decided', 'accept', books.officerOf('ketoan-a'), 'paid', undefined],
    );
    const change = await lastChange(payment);
    assert.deepEqual([change.message_id, change.exception_id], [open.messageId, exceptionId]);
    assert.equal(change.officer_id, books.officerOf('ketoan-a'));
  });

  it('given back, the payment stays cancelled', async () => {
    const { payment, exceptionId } = await afterCancel();
    assert.equal((await decide(exceptionId, 'return-money')).body.decision, 'return-money');
    assert.equal(await books.stateOf(payment.id), 'cancelled');
  });

  it('the same key twice is the same answer, another key is told that it is decided', async () => {
    const { exceptionId } = await afterCancel();
    const key = randomUUID();
    const first = await decide(exceptionId, 'accept', key);
    const again = await decide(exceptionId, 'accept', key);
    assert.deepEqual([again.status, again.body], [200, first.body]);
    assert.equal((await decide(exceptionId, 'return-money')).body.code, 'exception-decided');
  });

  it('two officers at once: one decides', async () => {
    const { payment, exceptionId } = await afterCancel();
    const answers = await Promise.all([decide(exceptionId, 'accept'), decide(exceptionId, 'return-money')]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const isAccepted = (await show(exceptionId)).decision === 'accept';
    assert.equal(await books.stateOf(payment.id), isAccepted ? 'paid' : 'cancelled');
  });

  it('adapter 8.5: another amount can be given back, never accepted', async () => {
    const { exceptionId, payment } = await books.confirm(await books.open(), now, { amount: 15_000 });
    assert.deepEqual((await show(exceptionId)).decisions, ['return-money', 'noted']);
    assert.equal((await decide(exceptionId, 'accept')).body.code, 'decision-unfit');
    assert.equal(await books.stateOf(payment.id), 'waiting');
  });

  it('adapter 8.7: of one in doubt a person says that nothing came; once money came it no longer fits', async () => {
    const [first, second] = [await books.open(), await books.open()];
    const doubts = [
      await books.apply(first, { kind: 'polls-exhausted' }),
      await books.apply(second, { kind: 'polls-exhausted' }),
    ];
    assert.deepEqual((await show(doubts[0]?.exceptionId)).decisions, ['not-paid']);
    await decide(doubts[0]?.exceptionId, 'not-paid');
    assert.equal(await books.stateOf(first.id), 'failed');
    await books.confirm(second, now);
    const { body } = await decide(doubts[1]?.exceptionId, 'not-paid');
    assert.deepEqual([body.code, await books.stateOf(second.id)], ['decision-unfit', 'paid']);
    assert.equal((await decide(doubts[1]?.exceptionId, 'noted')).status, 200);
  });

  it('adapter 8.11: a row of the platform that says paid is accepted as the evidence, and matches after that', async () => {
    const [day, payment] = [dayAgo(2), await books.open(dayAgo(2))];
    await books.setDay(day, [toRow(payment)]);
    const reconcile = async () => {
      const { body } = await books.act('/reconciliations', { day });
      await until(
        async () =>
          (await books.read(`/reconciliations/${body.reconciliationId}`)).body.state === 'done' || undefined,
      );
      return (await books.read(`/reconciliations/${body.reconciliationId}/lines`)).body.items[0];
    };
    const line = await reconcile();
    assert.deepEqual([line.kind, line.ourState, line.theirStatus], ['status-differs', 'waiting', 'paid']);
    await decide(line.exceptionId, 'accept');
    const change = await lastChange(payment);
    assert.deepEqual([change.to_state, change.line_no, change.exception_id], ['paid', 1, line.exceptionId]);
    assert.equal((await reconcile()).kind, 'matched');
  });

  it('the list holds those that are open, of all units, by kind and unit', async () => {
    const { exceptionId } = await afterCancel();
    const unit = books.units['donvi-c'];
    const ids = async (query: string) =>
      (await books.read(`/exceptions?limit=200&${query}`)).body.items.map(
        (one: { exceptionId: string }) => one.exceptionId,
      );
    const isIn = async (query: string) => (await ids(query)).includes(exceptionId);
    assert.deepEqual(
      [await isIn(`unit=${unit}`), await isIn('unit=cq-khac'), await isIn('kind=late')],
      [true, false, false],
    );
    await decide(exceptionId, 'accept');
    assert.deepEqual(
      [await isIn('kind=after-cancel'), await isIn('state=decided'), await isIn('state=all')],
      [false, true, true],
    );
  });

  it('a grant for one unit sees and decides none', async () => {
    const { exceptionId } = await afterCancel();
    const answers = [
      await books.read('/exceptions', 'donvi-c'),
      await books.read(`/exceptions/${exceptionId}`, 'donvi-c'),
      await books.act(
        `/exceptions/${exceptionId}/decisions`,
        { decision: 'accept', reason: 'thử xem' },
        'donvi-c',
      ),
    ];
    assert.deepEqual(
      answers.map(({ body }) => body.code),
      Array(3).fill('reach-too-small'),
    );
    assert.equal((await decide(randomUUID(), 'noted')).body.code, 'exception-not-found');
  });
});

describe('What may be decided', () => {
  const statuses = ['paid', 'refunded', 'not-paid', 'unknown', 'not-confirmed', undefined];
  const all: readonly Decidable[] = exceptionKinds.flatMap((kind) =>
    [...paymentStates, undefined].flatMap((ourState) =>
      statuses.map((theirStatus) => ({
        kind,
        ourState,
        theirStatus,
        ourAmount: amount,
        theirAmount: amount,
      })),
    ),
  );

  it('is never nothing', () => {
    assert.ok(all.every((one) => toDecisions(one).length > 0));
  });

  it('adapter 8.8: is accepting only where the platform has the whole money and our payment has none', () => {
    const accepted = all.filter((one) => toDecisions(one).includes('accept'));
    assert.ok(accepted.length > 0);
    for (const { kind, theirStatus, ourState } of accepted) {
      assert.ok(kind === 'after-cancel' || kind === 'status-differs');
      assert.equal(theirStatus, 'paid');
      assert.ok(ourState === undefined || !['paid', 'refund-requested', 'refunded'].includes(ourState));
    }
  });

  it('adapter 8.11: is nothing but to have seen it once the payment has that very money', () => {
    const paid: Decidable = {
      ...{
        kind: 'status-differs',
        ourState: 'paid',
        theirStatus: 'paid',
        ourAmount: amount,
        theirAmount: amount,
      },
      ...{ ourTransaction: 'GD1', theirTransaction: 'GD1' },
    };
    assert.deepEqual(toDecisions(paid), ['noted']);
    assert.deepEqual(toDecisions({ ...paid, theirTransaction: 'GD2' }), ['return-money', 'noted']);
    assert.deepEqual(toDecisions({ ...paid, ourState: 'waiting' }), ['accept', 'return-money']);
  });

  it('is giving back only where the platform says that it has money', () => {
    for (const one of all.filter((it) => toDecisions(it).includes('return-money')))
      assert.equal(one.theirStatus, 'paid');
  });
});
