// What one row of the platform's day is against our payment. Pure: the ledger decides what follows. Source: §8.11
import type { CompareLine } from '../dependencies.ts';
import { decide, type LedgerEvent, type LedgerPayment } from '../ledger.ts';

/** @throws Error where neither side is there */
export const compareLine: CompareLine = (payment, row) => {
  if (payment && row) {
    const { status, amount, transaction } = row;
    return compareBoth(payment, { kind: 'line', status, amount, transaction });
  }
  if (payment) return { kind: 'only-ours', event: { kind: 'no-line' } };
  if (row) return { kind: 'only-theirs', event: undefined };
  throw new Error('there is nothing to compare');
};

/** A second transaction, and a refund that only the platform knows of, are differences of the state. */
function compareBoth(
  payment: LedgerPayment,
  event: Extract<LedgerEvent, { kind: 'line' }>,
): ReturnType<CompareLine> {
  if (event.amount !== payment.amount) return { kind: 'amount-differs', event };
  return { kind: decide(payment, event).kind === 'nothing' ? 'matched' : 'status-differs', event };
}
