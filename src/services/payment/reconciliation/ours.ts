// Our payments of a day: by the references of a batch, and those confirmed whom the platform's file does not name.
import type { ClientBase, Pool } from 'pg';
import type { PaymentVariant } from '../../../../adapters/payment-platform/payment.ts';
import type { PaymentRow } from '../dependencies.ts';
import { paymentColumns, type StoredPayment, toPaymentRow } from '../movement/rows.ts';
import { toBounds } from './days.ts';
import type { Claim } from './runs.ts';

/** Locks them until the transaction ends, in one order for all. @returns by their reference */
export async function lockByReference(
  client: ClientBase,
  variant: PaymentVariant,
  references: readonly string[],
): Promise<Map<string, PaymentRow>> {
  const { rows } = await client.query<StoredPayment>({
    name: 'reconciliation-payments',
    text: `SELECT ${paymentColumns} FROM payment WHERE reference = ANY ($1) AND variant = $2 ORDER BY id FOR UPDATE`,
    values: [references, variant],
  });
  return new Map(rows.map((row) => [row.reference, toPaymentRow(row)]));
}

// The day is that of the platform's own time where it said one: a confirmation of 23:59 may come after midnight. What a
// reconciliation of another day has shown as paid is that day's. An hour is allowed for clocks that differ.
const missing = `SELECT id FROM payment p WHERE variant = $1 AND paid_at >= $2::timestamptz - interval '1 hour'
    AND (SELECT coalesce(m.said_at, l.said_at, c.at) FROM payment_state_change c
      LEFT JOIN payment_message m ON m.id = c.message_id
      LEFT JOIN reconciliation_line l ON l.reconciliation_id = c.reconciliation_id AND l.no = c.line_no
      WHERE c.payment_id = p.id AND c.to_state = 'paid' ORDER BY c.no LIMIT 1) BETWEEN $2 AND $3::timestamptz - interval '1 microsecond'
    AND NOT EXISTS (SELECT FROM reconciliation_line x JOIN reconciliation r ON r.id = x.reconciliation_id
      WHERE x.payment_id = p.id
        AND (r.id = $4 OR (r.day <> $5::date AND x.their_status IN ('paid', 'refunded'))))
  ORDER BY id`;

/** Ids of those confirmed on the day that no line of this reconciliation names, once the file's own are written. */
export async function readMissing(pool: Pool, { id, variant, day }: Claim): Promise<readonly string[]> {
  const { from, to } = toBounds(day);
  const { rows } = await pool.query<{ id: string }>(missing, [variant, from, to, id, day]);
  return rows.map((row) => row.id);
}
