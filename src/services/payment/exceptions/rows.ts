// Exceptions as rows, with the payment as it stands now and what the platform said, and as the contract shows them.
import type { ClientBase, Pool } from 'pg';
import type { components } from '../../../../openapi/types/payment.v1.ts';
import { toOptional, toTime } from '../../admin/wire.ts';
import type { ExceptionKind, PaymentState } from '../ledger.ts';
import { type Decidable, type Decision, toDecisions } from './decisions.ts';
import { exceptionWords } from './words.ts';

/** An exception as the contract shows it. */
export type PaymentException = components['schemas']['PaymentException'];

/** A row of `exceptionSelect`. */
export interface ExceptionRow {
  readonly id: string;
  readonly kind: ExceptionKind;
  readonly state: PaymentException['state'];
  readonly payment_id: string | null;
  readonly message_id: string | null;
  readonly reconciliation_id: string | null;
  readonly line_no: number | null;
  readonly created_at: Date;
  readonly decision: Decision | null;
  readonly reason: string | null;
  readonly decided_by_system: string | null;
  readonly decided_by_officer: string | null;
  readonly decided_in: string | null;
  readonly decided_at: Date | null;
  readonly reference: string | null;
  readonly unit_id: string | null;
  readonly our_amount: bigint | null;
  readonly our_state: PaymentState | null;
  readonly their_amount: bigint | null;
  readonly their_status: string | null;
  readonly transaction_code: string | null;
  readonly our_transaction: string | null;
}

/** Exceptions `e`, with payment `p`, message `m` and line `l` where there are any. */
export const exceptionSelect = `SELECT e.*, coalesce(p.reference, l.reference) AS reference, p.unit_id,
    p.amount AS our_amount, p.state AS our_state, p.transaction_code AS our_transaction,
    coalesce(l.their_amount, m.amount) AS their_amount, coalesce(l.their_status, m.says) AS their_status,
    coalesce(l.transaction_code, m.transaction_code) AS transaction_code
  FROM payment_exception e LEFT JOIN payment p ON p.id = e.payment_id LEFT JOIN payment_message m ON m.id = e.message_id
    LEFT JOIN reconciliation_line l ON l.reconciliation_id = e.reconciliation_id AND l.no = e.line_no`;

const toNumber = (value: bigint | null): number | undefined => (value === null ? undefined : Number(value));

/** What decisions depend on. */
export const toDecidable = (row: ExceptionRow): Decidable => ({
  ...{ kind: row.kind, ourState: row.our_state ?? undefined, theirStatus: row.their_status ?? undefined },
  ...{ ourAmount: toNumber(row.our_amount), theirAmount: toNumber(row.their_amount) },
  ...{
    ourTransaction: row.our_transaction ?? undefined,
    theirTransaction: row.transaction_code ?? undefined,
  },
});

/** An exception as the contract shows it. */
export const toPaymentException = (row: ExceptionRow): PaymentException => ({
  ...{ exceptionId: row.id, kind: row.kind, state: row.state, createdAt: toTime(row.created_at) },
  ...toOptional('paymentId', row.payment_id),
  ...toOptional('reference', row.reference),
  ...toOptional('unit', row.unit_id),
  ...toOptional('ourAmount', row.our_amount === null ? null : Number(row.our_amount)),
  ...toOptional('ourState', row.our_state),
  ...toOptional('theirAmount', row.their_amount === null ? null : Number(row.their_amount)),
  ...toOptional('theirStatus', row.their_status),
  ...toOptional('transaction', row.transaction_code),
  ...toOptional('messageId', row.message_id),
  ...toOptional('reconciliationId', row.reconciliation_id),
  ...toOptional('lineNo', row.line_no),
  ...(row.state === 'open' && { decisions: [...toDecisions(toDecidable(row))] }),
  ...toOptional('decision', row.decision),
  ...toOptional('reason', row.reason),
  ...toOptional('decidedBySystem', row.decided_by_system),
  ...toOptional('decidedByOfficer', row.decided_by_officer),
  ...(row.decided_at && { decidedAt: toTime(row.decided_at) }),
  ...exceptionWords[row.kind],
});

/** All exceptions of a payment, oldest first. */
export async function readExceptionsOf(
  client: ClientBase | Pool,
  paymentId: string,
): Promise<readonly PaymentException[]> {
  const { rows } = await client.query<ExceptionRow>(
    `${exceptionSelect} WHERE e.payment_id = $1 ORDER BY e.id`,
    [paymentId],
  );
  return rows.map(toPaymentException);
}
