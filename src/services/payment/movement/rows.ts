// Payments as the parts of this service see them, read or locked by id or reference. Writes nothing.
import type { ClientBase, Pool } from 'pg';
import type { PaymentVariant } from '../../../../adapters/payment-platform/payment.ts';
import type { PaymentRow } from '../dependencies.ts';
import type { PaymentState } from '../ledger.ts';

/** By what a payment is found. */
export type PaymentKey = { readonly id: string } | { readonly reference: string };

/** Columns of `payment` that make a `PaymentRow`. */
export const paymentColumns = `id, reference, variant, unit_id, dossier, amount, state, state_no, transaction_code, created_at,
  expires_at, queries`;

/** A row as the columns above give it. */
export interface StoredPayment {
  readonly id: string;
  readonly reference: string;
  readonly variant: PaymentVariant;
  readonly unit_id: string;
  readonly dossier: string;
  readonly amount: bigint;
  readonly state: PaymentState;
  readonly state_no: number;
  readonly transaction_code: string | null;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly queries: number;
}

/** A stored row in the words of the service. */
export const toPaymentRow = (row: StoredPayment): PaymentRow => ({
  ...{ id: row.id, reference: row.reference, variant: row.variant, unitId: row.unit_id },
  ...{ dossier: row.dossier, amount: Number(row.amount), state: row.state, stateNo: row.state_no },
  ...{ transaction: row.transaction_code ?? undefined, queries: row.queries },
  ...{ createdAt: row.created_at, expiresAt: row.expires_at },
});

async function find(
  client: ClientBase | Pool,
  by: PaymentKey,
  lock: '' | 'FOR UPDATE',
): Promise<PaymentRow | undefined> {
  const [column, value] = 'id' in by ? ['id', by.id] : ['reference', by.reference];
  const { rows } = await client.query<StoredPayment>({
    name: `payment-by-${column}${lock && '-locked'}`,
    text: `SELECT ${paymentColumns} FROM payment WHERE ${column} = $1 ${lock}`,
    values: [value],
  });
  return rows[0] && toPaymentRow(rows[0]);
}

/** Reads one without a lock: what is decided on it must be decided again under one. */
export const readPayment = (client: ClientBase | Pool, by: PaymentKey): Promise<PaymentRow | undefined> =>
  find(client, by, '');

/** Locks one until the transaction ends. */
export const lockPayment = (client: ClientBase, by: PaymentKey): Promise<PaymentRow | undefined> =>
  find(client, by, 'FOR UPDATE');
