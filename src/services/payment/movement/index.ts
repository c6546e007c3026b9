// The one way by which payments move: the ledger is asked, and what it says is written in the caller's transaction. Calls
// nobody outside. Source: docs/decisions/0037-payment-ledger.md
import type { ClientBase } from 'pg';
import type { Applied, Cause, PaymentMovement, PaymentRooms, PaymentRow } from '../dependencies.ts';
import { confirmedStates, decide, type LedgerEvent, type PaymentState, type Verdict } from '../ledger.ts';
import { raiseException, toExceptionKey, writeException } from './exceptions.ts';
import { createRefusals, writeMessage } from './messages.ts';
import { lockPayment, paymentColumns, type StoredPayment, toPaymentRow } from './rows.ts';
import { isTold, type PaymentRight, tellOutcome } from './tell.ts';
import { toNextQuery, toNextReceipt } from './times.ts';

/** What movement stands on. */
export type MovementRooms = Pick<
  PaymentRooms,
  'pool' | 'keys' | 'engine' | 'notices' | 'platforms' | 'rules' | 'now'
>;

const insertChange = `INSERT INTO payment_state_change
    (payment_id, no, from_state, to_state, event, message_id, reconciliation_id, line_no, exception_id, exchange_id, officer_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

const toTransaction = (event: LedgerEvent): string | undefined =>
  'transaction' in event ? event.transaction : undefined;

const isPaidWith = (event: LedgerEvent): boolean =>
  event.kind === 'confirmed' || (event.kind === 'line' && event.status === 'paid');

/** A confirmed payment whose transaction nobody had named before. */
async function learnTransaction(
  client: ClientBase,
  payment: PaymentRow,
  event: LedgerEvent,
): Promise<PaymentRow> {
  const transaction = toTransaction(event);
  const isNews = payment.transaction === undefined && confirmedStates.includes(payment.state);
  if (transaction === undefined || !isNews || !isPaidWith(event)) return payment;
  await client.query('UPDATE payment SET transaction_code = $2 WHERE id = $1 AND transaction_code IS NULL', [
    payment.id,
    transaction,
  ]);
  return { ...payment, transaction };
}

/** Writes the times of what is next where it came to stand. @returns it as it is then, and by which right it was made */
async function settle(
  client: ClientBase,
  { rules, platforms, now }: MovementRooms,
  payment: PaymentRow,
  to: PaymentState,
): Promise<{ readonly payment: PaymentRow; readonly right: PaymentRight }> {
  const isFirstPaid = to === 'paid' && !confirmedStates.includes(payment.state);
  const hasReceipt = isFirstPaid && platforms[payment.variant]?.can.receipt === true;
  const { rows } = await client.query<StoredPayment & PaymentRight>({
    name: 'payment-next',
    text: `UPDATE payment SET next_query_at = $2, next_receipt_at = coalesce($3, next_receipt_at) WHERE id = $1
      RETURNING ${paymentColumns}, system_id, owning_unit, grant_id`,
    values: [
      payment.id,
      to === 'waiting' ? toNextQuery(rules, payment, 0, now()) : undefined,
      hasReceipt ? toNextReceipt(rules, 0, now()) : undefined,
    ],
  });
  if (!rows[0]) throw new Error(`payment ${payment.id} is gone`);
  return { payment: toPaymentRow(rows[0]), right: rows[0] };
}

async function change(
  client: ClientBase,
  rooms: MovementRooms,
  payment: PaymentRow,
  { event, to }: { readonly event: LedgerEvent; readonly to: PaymentState },
  cause: Cause,
): Promise<{ readonly payment: PaymentRow; readonly right: PaymentRight }> {
  await client.query({
    ...{ name: 'payment-change', text: insertChange },
    values: [
      ...[payment.id, payment.stateNo + 1, payment.state, to, event.kind, cause.messageId],
      ...[cause.line?.reconciliationId, cause.line?.no, cause.exceptionId, cause.exchangeId, cause.officerId],
    ],
  });
  return settle(client, rooms, payment, to);
}

async function apply(
  client: ClientBase,
  rooms: MovementRooms,
  payment: PaymentRow,
  event: LedgerEvent,
  cause: Cause,
): Promise<Applied> {
  const verdict: Verdict = decide(payment, event);
  if (verdict.kind === 'refused') return { verdict, payment, told: [] };
  if (verdict.kind === 'nothing')
    return { verdict, payment: await learnTransaction(client, payment, event), told: [] };
  const kind = verdict.exception;
  const exceptionId =
    kind &&
    (await writeException(client, {
      ...{ kind, key: toExceptionKey(payment, kind, event), paymentId: payment.id },
      ...{ messageId: cause.messageId, line: cause.line },
    }));
  const raised = exceptionId === undefined ? {} : { exceptionId };
  if (verdict.kind === 'exception') return { verdict, payment, told: [], ...raised };
  const { to } = verdict;
  const moved = await change(client, rooms, payment, { event, to }, cause);
  if (!isTold(to)) return { verdict, payment: moved.payment, told: [], ...raised };
  await tellOutcome(rooms, client, moved.payment, moved.right, cause.exchangeId);
  return { verdict, payment: moved.payment, told: [payment.unitId], ...raised };
}

/** Puts movement together. */
export function createMovement(rooms: MovementRooms): PaymentMovement {
  return {
    lock: lockPayment,
    apply: (client, payment, event, cause) => apply(client, rooms, payment, event, cause),
    write: (client, message) => writeMessage(client, rooms.keys.field, message),
    refuse: createRefusals(rooms),
    raise: raiseException,
  };
}
