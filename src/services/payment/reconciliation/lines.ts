// Lines of a reconciliation as rows. Never changed once they are written.
import type { PaymentVariant } from '../../../../adapters/payment-platform/payment.ts';
import type { components } from '../../../../openapi/types/payment.v1.ts';
import type { LineStatus, PaymentState } from '../ledger.ts';

/** What a line is; all of them, in the order of reports. */
export const lineKinds = ['matched', 'only-ours', 'only-theirs', 'amount-differs', 'status-differs'] as const;

/** Count and sums of a kind. */
export interface TotalRow {
  readonly kind: components['schemas']['LineKind'];
  readonly count: number;
  /** VND. */
  readonly ours: number;
  readonly theirs: number;
}

/** A row of `lineSelect`. */
export interface LineRow {
  readonly no: number;
  readonly kind: components['schemas']['LineKind'];
  readonly payment_id: string | null;
  readonly reference: string;
  readonly transaction_code: string | null;
  readonly our_amount: bigint | null;
  readonly their_amount: bigint | null;
  /** As the payment stood when the line was written. */
  readonly our_state: PaymentState | null;
  readonly their_status: LineStatus | null;
  readonly bank: string | null;
  readonly said_at: Date | null;
  readonly variant: PaymentVariant;
  /** The transaction that paid our payment. */
  readonly our_transaction: string | null;
}

/** Lines `l`. */
export const lineSelect = `SELECT l.no, l.kind, l.payment_id, l.reference, l.transaction_code, l.our_amount, l.their_amount,
    l.our_state, l.their_status, l.bank, l.said_at, r.variant, p.transaction_code AS our_transaction
  FROM reconciliation_line l JOIN reconciliation r ON r.id = l.reconciliation_id
    LEFT JOIN payment p ON p.id = l.payment_id`;
