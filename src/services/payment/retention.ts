// What payers say, reasons of acts, and bodies of messages that made exceptions, are kept for a stated time after a payment ended, and as long as
// a person has still to decide on it. Amounts, states, codes and digests stay.
import type { Pool } from 'pg';
import type { DailyWork } from '../../schedule/daily-work.ts';

const batchRows = 500;
const dayMs = 86_400_000;

/** Whether the payment `p` ended before `$1` and nobody has still to decide on it. */
const isOver = `p.state IN ('paid', 'failed', 'expired', 'cancelled', 'refunded') AND p.changed_at < $1
  AND NOT EXISTS (SELECT FROM payment_exception e WHERE e.payment_id = p.id AND e.state = 'open')`;

const purgeForms = `UPDATE payment SET form = '' WHERE id IN (
    SELECT p.id FROM payment p WHERE p.form <> '' AND ${isOver} ORDER BY p.id LIMIT $2)
  RETURNING id`;

const purgeReasons = `UPDATE payment_act SET sealed_reason = NULL WHERE exchange_id IN (
    SELECT a.exchange_id FROM payment_act a JOIN payment p ON p.id = (a.answer ->> 'paymentId')::uuid
    WHERE a.sealed_reason IS NOT NULL AND ${isOver} ORDER BY a.exchange_id LIMIT $2)
  RETURNING exchange_id`;

// A message of no payment of ours ends with the decision on its exception.
const purgeBodies = `UPDATE payment_message SET sealed_body = NULL WHERE id IN (
    SELECT m.id FROM payment_message m LEFT JOIN payment p ON p.id = m.payment_id
    WHERE m.sealed_body IS NOT NULL AND m.at < $1 AND (m.payment_id IS NULL OR ${isOver})
      AND NOT EXISTS (SELECT FROM payment_exception e WHERE e.message_id = m.id
        AND (e.state = 'open' OR e.decided_at >= $1))
    ORDER BY m.id LIMIT $2)
  RETURNING id`;

/**
 * The daily work that ends them.
 * @param pool of the role for retention
 * @param keepDays after a payment came to an end, or a person decided
 */
export const createPaymentRetention = (pool: Pool, keepDays: number, now: () => Date): DailyWork => ({
  name: 'payment-retention',
  async run() {
    const before = new Date(now().getTime() - keepDays * dayMs);
    for (const purge of [purgeForms, purgeReasons, purgeBodies])
      for (;;) {
        const { rows } = await pool.query(purge, [before, batchRows]);
        if (rows.length === 0) break;
      }
  },
});
