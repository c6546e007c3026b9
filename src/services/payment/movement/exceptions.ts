// What waits for a person: one row for each, however often its cause comes again. Decides nothing.
import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Cause, ExceptionDraft, PaymentRow } from '../dependencies.ts';
import type { ExceptionKind, LedgerEvent } from '../ledger.ts';

/** An exception as it is written. */
export interface WrittenException {
  readonly kind: ExceptionKind;
  readonly key: string;
  readonly paymentId?: string;
  readonly messageId?: string | undefined;
  readonly line?: Cause['line'] | undefined;
}

/** What was said of the money: the same words again are the same exception. */
function toWords(kind: ExceptionKind, event: LedgerEvent): readonly (string | number)[] {
  const transaction = 'transaction' in event ? (event.transaction ?? '') : '';
  const amount = 'amount' in event ? event.amount : '';
  switch (kind) {
    case 'wrong-amount':
    case 'amount-differs':
      return [amount, transaction];
    case 'after-cancel':
    case 'paid-twice':
      return [transaction];
    case 'status-differs':
      return event.kind === 'line' && event.status !== 'not-paid' ? [event.status, transaction] : ['denied'];
    default:
      // A payment gets into these once.
      return [];
  }
}

/** What makes an exception of a payment the same one. */
export const toExceptionKey = (
  payment: Pick<PaymentRow, 'id'>,
  kind: ExceptionKind,
  event: LedgerEvent,
): string => [payment.id, ...toWords(kind, event)].join(' ');

/** @returns its id; that of the earlier one where the same is there already */
export async function writeException(client: ClientBase, draft: WrittenException): Promise<string> {
  const { rows } = await client.query<{ id: string }>({
    name: 'payment-exception',
    text: `WITH written AS (
        INSERT INTO payment_exception (id, kind, key, payment_id, message_id, reconciliation_id, line_no)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, key) DO NOTHING RETURNING id)
      SELECT id FROM written UNION ALL SELECT id FROM payment_exception WHERE kind = $2 AND key = $3 LIMIT 1`,
    values: [
      ...[uuidv7(), draft.kind, draft.key, draft.paymentId, draft.messageId],
      ...[draft.line?.reconciliationId, draft.line?.no],
    ],
  });
  // Another transaction may have written it after this statement began.
  return rows[0]?.id ?? findException(client, draft);
}

async function findException(
  client: ClientBase,
  { kind, key }: Pick<WrittenException, 'kind' | 'key'>,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM payment_exception WHERE kind = $1 AND key = $2',
    [kind, key],
  );
  if (!rows[0]) throw new Error(`the exception ${kind} was neither written nor found`);
  return rows[0].id;
}

/** One that no event of a payment makes. */
export const raiseException = (client: ClientBase, draft: ExceptionDraft): Promise<string> =>
  writeException(client, draft);
