// The pure parts of reconciliation: what a row is against a payment, days, and cells of the report.
import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { ReconciliationRow } from '../../../adapters/payment-platform/payment.ts';
import type { PaymentRow } from '../../../src/services/payment/dependencies.ts';
import { confirmedStates, type PaymentState, paymentStates } from '../../../src/services/payment/ledger.ts';
import { compareLine } from '../../../src/services/payment/reconciliation/compare.ts';
import { toCell } from '../../../src/services/payment/reconciliation/csv.ts';
import { daysBefore, isDay, toBounds, toLastDue } from '../../../src/services/payment/reconciliation/days.ts';

const at = new Date('2026-11-25T05:00:00Z');

const toPayment = (state: PaymentState): PaymentRow => ({
  ...{
    id: 'p',
    reference: 'TC9990000001',
    variant: 'payment-platform',
    unitId: 'u',
    dossier: 'd',
    amount: 150_000,
  },
  ...{ state, stateNo: 1, createdAt: at, expiresAt: at, queries: 0 },
  transaction: confirmedStates.includes(state) ? 'GD1' : undefined,
});

const toRow = (more: Partial<ReconciliationRow> = {}): ReconciliationRow => ({
  ...{ reference: 'TC9990000001', transaction: 'GD1', amount: 150_000, status: 'paid', bank: undefined, at },
  ...more,
});

describe('A row of the platform against our payment', () => {
  const kindsOf = (row: ReconciliationRow): Readonly<Record<string, readonly string[]>> => {
    const known: Record<string, string[]> = {};
    for (const state of paymentStates) {
      const { kind } = compareLine(toPayment(state), row);
      known[kind] = [...(known[kind] ?? []), state];
    }
    return known;
  };
  const unconfirmed = paymentStates.filter((state) => !confirmedStates.includes(state));

  it('adapter 8.11: paid matches what is confirmed', () => {
    assert.deepEqual(kindsOf(toRow()), { matched: confirmedStates, 'status-differs': unconfirmed });
  });

  it('adapter 8.11: paid by a second transaction differs in every state', () => {
    assert.deepEqual(kindsOf(toRow({ transaction: 'GD2' })), { 'status-differs': paymentStates });
  });

  it('adapter 8.11: not paid contradicts what is confirmed and not given back', () => {
    assert.deepEqual(kindsOf(toRow({ status: 'not-paid' })), {
      matched: [...unconfirmed, 'refunded'],
      'status-differs': ['paid', 'refund-requested'],
    });
  });

  it('adapter 8.11: another amount, or a state that nobody knows, always differs', () => {
    assert.deepEqual(kindsOf(toRow({ amount: 15_000 })), { 'amount-differs': paymentStates });
    assert.deepEqual(kindsOf(toRow({ status: 'unknown' })), { 'status-differs': paymentStates });
  });

  it('adapter 8.11: one side alone', () => {
    assert.deepEqual(compareLine(toPayment('paid'), undefined), {
      kind: 'only-ours',
      event: { kind: 'no-line' },
    });
    assert.deepEqual(compareLine(undefined, toRow()), { kind: 'only-theirs', event: undefined });
    assert.throws(() => compareLine(undefined, undefined));
  });
});

describe('A day in Viet Nam', () => {
  it('begins at 17:00 UTC of the day before', () => {
    assert.deepEqual(toBounds('2026-11-25'), {
      from: new Date('2026-11-24T17:00:00Z'),
      to: new Date('2026-11-25T17:00:00Z'),
    });
    assert.equal(daysBefore('2026-03-01', 1), '2026-02-28');
  });

  it('is one of the calendar', () => {
    assert.deepEqual(['2024-02-29', '2026-02-29', '2026-04-31', 'x'].map(isDay), [true, false, false, false]);
  });

  it('is due from the hour of the next one', () => {
    const due = (iso: string) => toLastDue(new Date(iso), 6);
    assert.equal(due('2026-11-25T22:59:59Z'), '2026-11-24');
    assert.equal(due('2026-11-25T23:00:00Z'), '2026-11-25');
  });
});

describe('A cell of the report', () => {
  it('is never a formula, and is the same text when it is read', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n ",\'a1') }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const [[read] = []] = parse(`${toCell(value)},x`, { bom: false });
        assert.ok(read === value || read === `'${value}`);
        assert.doesNotMatch(String(read), /^\s*[=+\-@]/);
      }),
    );
  });

  it('of a number is the number', () => {
    assert.deepEqual([toCell(150_000n), toCell(3), toCell(null)], ['150000', '3', '']);
  });
});
