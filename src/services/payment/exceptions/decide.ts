// A person's decision on an exception: written once, and what follows of it applied in the same transaction.
// Source: payment-platform.md §8.7, §8.8, §8.11
import type { ClientBase } from 'pg';
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import { Problem } from '../../../problem.ts';
import { checkReach, toAuthor } from '../../admin/change.ts';
import type { RequestOf } from '../../service.ts';
import { tellArrived } from '../arrived.ts';
import type { Applied, Cause, PaymentMovement, PaymentRooms, PaymentRow } from '../dependencies.ts';
import { type Decision, toDecisions, toEvent } from './decisions.ts';
import {
  type ExceptionRow,
  exceptionSelect,
  type PaymentException,
  toDecidable,
  toPaymentException,
} from './rows.ts';

/** What deciding stands on. */
export type DecidingRooms = Pick<PaymentRooms, 'pool' | 'engine' | 'onArrival'>;

type DecideRequest = RequestOf<operations['decidePaymentException']>;

interface Decided {
  readonly exception: PaymentException;
  readonly told: Applied['told'];
}

const update = `UPDATE payment_exception SET state = 'decided', decision = $2, reason = $3, decided_by_system = $4,
    decided_by_officer = $5, decided_in = $6, decided_at = clock_timestamp() WHERE id = $1`;

/** Payment before exception, as everywhere. @throws Problem exception-not-found */
async function lock(client: ClientBase, movement: PaymentMovement, id: string) {
  const { rows: found } = await client.query<{ payment_id: string | null }>(
    'SELECT payment_id FROM payment_exception WHERE id = $1',
    [id],
  );
  if (!found[0]) throw new Problem('exception-not-found');
  const paymentId = found[0].payment_id;
  const payment = paymentId === null ? undefined : await movement.lock(client, { id: paymentId });
  return { payment, row: await read(client, id) };
}

async function read(client: ClientBase, id: string): Promise<ExceptionRow> {
  const { rows } = await client.query<ExceptionRow>(`${exceptionSelect} WHERE e.id = $1 FOR UPDATE OF e`, [
    id,
  ]);
  if (!rows[0]) throw new Problem('exception-not-found');
  return rows[0];
}

/** @throws Problem decision-unfit, which names what fits */
function checkFits(row: ExceptionRow, decision: Decision): void {
  const fitting = toDecisions(toDecidable(row));
  if (fitting.includes(decision)) return;
  const list = fitting.join(', ');
  throw new Problem('decision-unfit', { detail: { vi: `Chọn được: ${list}.`, en: `What fits: ${list}.` } });
}

/** The very message or row that the exception stands on is the evidence. */
const toCause = (row: ExceptionRow, exchangeId: string, officerId: string): Cause => ({
  ...{ exceptionId: row.id, exchangeId, officerId },
  ...(row.message_id !== null && { messageId: row.message_id }),
  ...(row.reconciliation_id !== null &&
    row.line_no !== null && { line: { reconciliationId: row.reconciliation_id, no: row.line_no } }),
});

async function move(
  client: ClientBase,
  movement: PaymentMovement,
  payment: PaymentRow | undefined,
  { decision, row, cause }: { decision: Decision; row: ExceptionRow; cause: Cause },
): Promise<Applied['told']> {
  const event = toEvent(decision, toDecidable(row));
  if (!event) return [];
  if (!payment) throw new Problem('decision-unfit');
  const { verdict, told } = await movement.apply(client, payment, event, cause);
  if (verdict.kind === 'refused') throw new Problem(verdict.problem);
  return told;
}

async function decide(
  client: ClientBase,
  movement: PaymentMovement,
  { params: { exceptionId }, body, caller }: DecideRequest,
  exchangeId: string,
): Promise<Decided> {
  const { payment, row } = await lock(client, movement, exceptionId);
  if (row.decided_in === exchangeId) return { exception: toPaymentException(row), told: [] };
  if (row.state === 'decided') throw new Problem('exception-decided');
  const { decision, reason } = body;
  checkFits(row, decision);
  const { systemId, officerId } = toAuthor(caller);
  await client.query(update, [exceptionId, decision, reason, systemId, officerId, exchangeId]);
  const cause = toCause(row, exchangeId, officerId);
  const told = await move(client, movement, payment, { decision, row, cause });
  return { exception: toPaymentException(await read(client, exceptionId)), told };
}

/**
 * @param exchangeId the first exchange with this idempotency key
 * @throws Problem reach-too-small | exception-not-found | exception-decided | decision-unfit
 */
export async function decideException(
  rooms: DecidingRooms,
  movement: PaymentMovement,
  request: DecideRequest,
  exchangeId: string,
): Promise<PaymentException> {
  checkReach(request.caller);
  const { exception, told } = await withRepeatedTransaction(rooms.pool, (client) =>
    decide(client, movement, request, exchangeId),
  );
  tellArrived(rooms, told);
  return exception;
}
