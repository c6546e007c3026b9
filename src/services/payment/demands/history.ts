// How a payment came to where it stands: its changes, the messages about it and what waits or waited for a person.
import type { Pool } from 'pg';
import type { components } from '../../../../openapi/types/payment.v1.ts';
import { readExceptionsOf } from '../exceptions/index.ts';
import type { PaymentState } from '../ledger.ts';
import { openPart } from '../sealed.ts';
import { eventWords } from './words.ts';

type History = Pick<components['schemas']['PaymentWithHistory'], 'states' | 'messages' | 'exceptions'>;
type Message = History['messages'][number];

interface ChangeRow {
  readonly no: number;
  readonly from_state: PaymentState;
  readonly to_state: PaymentState;
  readonly event: string;
  readonly message_id: string | null;
  readonly reconciliation_id: string | null;
  readonly line_no: number | null;
  readonly exception_id: string | null;
  readonly exchange_id: string | null;
  readonly at: Date;
  readonly sealed_reason: Buffer | null;
}

interface MessageRow {
  readonly id: string;
  readonly direction: Message['direction'];
  readonly kind: string;
  readonly outcome: Message['outcome'];
  readonly says: NonNullable<Message['says']> | null;
  readonly code: string | null;
  readonly amount: bigint | null;
  readonly transaction_code: string | null;
  readonly said_at: Date | null;
  readonly sha256: string;
  readonly bytes: number;
  readonly exchange_id: string | null;
  readonly at: Date;
}

/** Refused messages can be many: the newest are told. */
const mostMessages = 200;

const toChange = (fieldKey: Buffer, row: ChangeRow): History['states'][number] => ({
  ...{ no: row.no, from: row.from_state, to: row.to_state, event: row.event, at: row.at.toISOString() },
  ...(row.message_id !== null && { messageId: row.message_id }),
  ...(row.reconciliation_id !== null && { reconciliationId: row.reconciliation_id }),
  ...(row.line_no !== null && { lineNo: row.line_no }),
  ...(row.exception_id !== null && { exceptionId: row.exception_id }),
  ...(row.exchange_id !== null && { exchangeId: row.exchange_id }),
  ...(row.exchange_id !== null &&
    row.sealed_reason && { reason: openPart(fieldKey, 'payment act', row.exchange_id, row.sealed_reason) }),
  ...eventWords(row.event),
});

const toMessage = (row: MessageRow): Message => ({
  ...{ messageId: row.id, direction: row.direction, kind: row.kind, outcome: row.outcome },
  ...(row.says !== null && { says: row.says }),
  ...(row.code !== null && { code: row.code }),
  ...(row.amount !== null && { amount: Number(row.amount) }),
  ...(row.transaction_code !== null && { transaction: row.transaction_code }),
  ...(row.said_at && { saidAt: row.said_at.toISOString() }),
  ...{ sha256: row.sha256, bytes: row.bytes, at: row.at.toISOString() },
  ...(row.exchange_id !== null && { exchangeId: row.exchange_id }),
});

/** Reads the history of a payment, the oldest first. */
export async function readHistory(pool: Pool, fieldKey: Buffer, paymentId: string): Promise<History> {
  const values = [paymentId];
  const [changes, messages, exceptions] = await Promise.all([
    pool.query<ChangeRow>({
      name: 'payment-changes',
      text: `SELECT c.no, c.from_state, c.to_state, c.event, c.message_id, c.reconciliation_id, c.line_no, c.exception_id,
          c.exchange_id, c.at, a.sealed_reason
        FROM payment_state_change c LEFT JOIN payment_act a ON a.exchange_id = c.exchange_id AND a.answer ->> 'event' = c.event
        WHERE c.payment_id = $1 ORDER BY c.no`,
      values,
    }),
    pool.query<MessageRow>({
      name: 'payment-messages',
      text: `SELECT id, direction, kind, outcome, says, code, amount, transaction_code, said_at, sha256, bytes, exchange_id, at
        FROM payment_message WHERE payment_id = $1 ORDER BY at DESC, id DESC LIMIT ${mostMessages}`,
      values,
    }),
    readExceptionsOf(pool, paymentId),
  ]);
  return {
    states: changes.rows.map((row) => toChange(fieldKey, row)),
    messages: messages.rows.map(toMessage).reverse(),
    exceptions: [...exceptions],
  };
}
