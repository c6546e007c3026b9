// Payments as the contract shows them: codes, numbers and times, and the address while there is somebody to pay at it. Nothing
// of the payer.
import type { ClientBase, Pool } from 'pg';
import type { components } from '../../../../openapi/types/payment.v1.ts';
import type { StoredPayment } from '../movement/rows.ts';
import { paymentColumns } from '../movement/rows.ts';
import { openPart } from '../sealed.ts';

/** A payment as the contract shows it. */
export type PaymentView = components['schemas']['Payment'];

/** A row with everything that a view needs. */
export interface ViewRow extends StoredPayment {
  readonly procedure_code: string;
  readonly kind: PaymentView['kind'];
  readonly beneficiary_code: string;
  readonly changed_at: Date;
  readonly paid_at: Date | null;
  readonly sealed_url: Buffer | null;
  readonly has_receipt: boolean;
  readonly open_exceptions: bigint;
}

/** SELECT … FROM payment p, to be followed by WHERE. */
export const selectViews = `SELECT ${paymentColumns}, procedure_code, kind, beneficiary_code, changed_at, paid_at, sealed_url,
    EXISTS (SELECT FROM payment_receipt r WHERE r.payment_id = p.id) AS has_receipt,
    (SELECT count(*) FROM payment_exception e WHERE e.payment_id = p.id AND e.state = 'open') AS open_exceptions
  FROM payment p`;

/** A row as the contract shows it. */
export const toView = (fieldKey: Buffer, row: ViewRow): PaymentView => ({
  ...{ paymentId: row.id, reference: row.reference, unit: row.unit_id, dossier: row.dossier },
  ...{ procedure: row.procedure_code, kind: row.kind, state: row.state, amount: Number(row.amount) },
  beneficiary: row.beneficiary_code,
  ...(row.transaction_code !== null && { transaction: row.transaction_code }),
  ...(row.state === 'waiting' &&
    row.sealed_url && { payUrl: openPart(fieldKey, 'payment url', row.id, row.sealed_url) }),
  createdAt: row.created_at.toISOString(),
  changedAt: row.changed_at.toISOString(),
  ...(row.paid_at && { paidAt: row.paid_at.toISOString() }),
  expiresAt: row.expires_at.toISOString(),
  hasReceipt: row.has_receipt,
  openExceptions: Number(row.open_exceptions),
});

/** Reads one; undefined: there is none. */
export async function findViewRow(client: ClientBase | Pool, id: string): Promise<ViewRow | undefined> {
  const { rows } = await client.query<ViewRow>({
    ...{ name: 'payment-view', text: `${selectViews} WHERE p.id = $1`, values: [id] },
  });
  return rows[0];
}
