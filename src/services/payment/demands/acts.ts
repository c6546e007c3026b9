// What somebody asks for about a payment, once for an idempotency key: the act, the change and the row that remembers both lie
// in one transaction.
import type { ClientBase } from 'pg';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import { Problem } from '../../../problem.ts';
import { tellArrived } from '../arrived.ts';
import type { Cause, PaymentMovement, PaymentRooms, PaymentRow } from '../dependencies.ts';
import type { LedgerEvent } from '../ledger.ts';
import { sealPart } from '../sealed.ts';
import { findViewRow, type PaymentView, toView } from './views.ts';

/** What acts stand on. */
export type ActRooms = Pick<PaymentRooms, 'pool' | 'keys' | 'engine' | 'onArrival'>;

/** An act on a payment. */
export interface PaymentAct {
  readonly paymentId: string;
  /** The exchange that has the effect: the first with its idempotency key. */
  readonly exchangeId: string;
  readonly event: LedgerEvent;
  readonly officerId?: string | undefined;
  /** Whether whoever asks may act on it. */
  readonly isAllowed: (payment: PaymentRow) => boolean;
  /** Why, in somebody's own words: kept sealed. */
  readonly reason: string;
  readonly transferCode?: string | undefined;
}

/** Whether the act was had already, by the same key. */
export async function isDone(client: Pick<ClientBase, 'query'>, exchangeId: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM payment_act WHERE exchange_id = $1', [exchangeId]);
  return rowCount === 1;
}

/** @throws Problem payment-not-found | what the ledger refuses */
async function act(
  client: ClientBase,
  movement: PaymentMovement,
  fieldKey: Buffer,
  { paymentId, exchangeId, event, officerId, isAllowed, reason, transferCode }: PaymentAct,
): Promise<readonly string[]> {
  const payment = await movement.lock(client, { id: paymentId });
  if (!payment || !isAllowed(payment)) throw new Problem('payment-not-found');
  if (await isDone(client, exchangeId)) return [];
  const cause: Cause = { exchangeId, ...(officerId !== undefined && { officerId }) };
  const answer = { paymentId, event: event.kind, from: payment.state, transferCode };
  await client.query('INSERT INTO payment_act (exchange_id, answer, sealed_reason) VALUES ($1, $2, $3)', [
    exchangeId,
    JSON.stringify(answer),
    sealPart(fieldKey, 'payment act', exchangeId, reason),
  ]);
  const { verdict, told } = await movement.apply(client, payment, event, cause);
  if (verdict.kind === 'refused') throw new Problem(verdict.problem);
  return told;
}

/** Does it, or finds that it was done. @returns the payment as it stands then @throws Problem */
export async function actOnPayment(
  rooms: ActRooms,
  movement: PaymentMovement,
  wanted: PaymentAct,
): Promise<PaymentView> {
  const told = await withRepeatedTransaction(rooms.pool, (client) =>
    act(client, movement, rooms.keys.field, wanted),
  );
  tellArrived(rooms, told);
  const row = await findViewRow(rooms.pool, wanted.paymentId);
  if (!row) throw new Problem('payment-not-found');
  return toView(rooms.keys.field, row);
}
