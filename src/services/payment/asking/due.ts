// What is due to be asked by itself: taken under a lease, counted before the platform is asked, let go with the next time.
import type { Pool } from 'pg';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import type { Applied, PaymentMovement, PaymentRow } from '../dependencies.ts';
import { paymentColumns, type StoredPayment, toPaymentRow } from '../movement/rows.ts';

const leaseS = 120;

const toClaim = (
  due: 'next_query_at' | 'next_receipt_at',
  count: 'queries' | 'receipt_attempts',
  states: string,
) => `
  UPDATE payment SET lease_id = $1, lease_until = clock_timestamp() + ${leaseS} * interval '1 second', ${count} = ${count} + 1
  WHERE id IN (
    SELECT id FROM payment WHERE ${due} <= $2 AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND ${states}
    ORDER BY ${due} LIMIT $3 FOR UPDATE SKIP LOCKED)
  RETURNING ${paymentColumns}, receipt_attempts`;

const open = "state IN ('created', 'waiting')";
const claimQueries = toClaim('next_query_at', 'queries', open);
const claimReceipts = toClaim('next_receipt_at', 'receipt_attempts', 'true');

/** One that is taken; `attempts` counts the questions for its receipt, this one included. */
export interface DuePayment extends PaymentRow {
  readonly attempts: number;
}

/** Takes payments whose time has come, at most `limit`, the longest due first. */
export async function claimDue(
  pool: Pool,
  what: 'query' | 'receipt',
  { leaseId, now, limit }: { readonly leaseId: string; readonly now: Date; readonly limit: number },
): Promise<readonly DuePayment[]> {
  const { rows } = await pool.query<StoredPayment & { readonly receipt_attempts: number }>(
    what === 'query' ? claimQueries : claimReceipts,
    [leaseId, now, limit],
  );
  return rows.map((row) => ({ ...toPaymentRow(row), attempts: row.receipt_attempts }));
}

/** Lets one go that was asked for. @param next undefined: it was asked for to the end, and a person has it */
export function releaseQuery(
  pool: Pool,
  movement: Pick<PaymentMovement, 'lock' | 'apply'>,
  id: string,
  leaseId: string,
  next: Date | undefined,
): Promise<Applied['told']> {
  return withRepeatedTransaction(pool, async (client) => {
    const payment = await movement.lock(client, { id });
    const { rowCount } = await client.query(
      `UPDATE payment SET lease_id = NULL, lease_until = NULL, next_query_at = CASE WHEN ${open} THEN $3::timestamptz END
       WHERE id = $1 AND lease_id = $2`,
      [id, leaseId, next],
    );
    if (!payment || rowCount === 0 || next !== undefined) return [];
    return (await movement.apply(client, payment, { kind: 'polls-exhausted' }, {})).told;
  });
}

/** The same of a receipt; undefined: it is asked for on demand only. */
export async function releaseReceipt(
  pool: Pool,
  id: string,
  leaseId: string,
  next: Date | undefined,
): Promise<void> {
  await pool.query(
    `UPDATE payment SET lease_id = NULL, lease_until = NULL,
       next_receipt_at = CASE WHEN next_receipt_at IS NOT NULL THEN $3::timestamptz END
     WHERE id = $1 AND lease_id = $2`,
    [id, leaseId, next],
  );
}
