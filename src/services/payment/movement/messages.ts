// Messages from and to the platform as rows: digests, codes and outcome. A refused one is written singly up to a limit a
// minute and counted beyond it, so that nobody can fill the table.
import type { ClientBase, Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { MessageDraft, PaymentRooms } from '../dependencies.ts';
import { sealPart } from '../sealed.ts';

const columns = `id, payment_id, direction, kind, outcome, code, says, amount, transaction_code, said_at, sha256, bytes,
  answer_sha256, sealed_body, exchange_id`;

// Of confirmations that came before, the conflict is with `payment_message_once`.
const insert = `INSERT INTO payment_message (${columns})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING`;

/** A code of the platform as the column takes it; anything else is a code that cannot be said. */
const toCode = (code: string | undefined): string | undefined =>
  code === undefined || /^[A-Za-z0-9._-]{1,40}$/.test(code) ? code : 'unreadable';

const toValues = (fieldKey: Buffer, id: string, message: MessageDraft): readonly unknown[] => [
  ...[id, message.paymentId, message.direction, message.kind, message.outcome],
  ...[toCode(message.code), message.says, message.amount, message.transaction, message.saidAt],
  ...[message.sha256, message.bytes, message.answerSha256],
  message.body === undefined ? undefined : sealPart(fieldKey, 'payment message', id, message.body),
  message.exchangeId,
];

/** @returns its id; that of the earlier one where the same confirmation was written before */
export async function writeMessage(
  client: ClientBase | Pool,
  fieldKey: Buffer,
  message: MessageDraft,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const id = uuidv7();
  const { rowCount } = await client.query({
    ...{ name: 'payment-message', text: insert },
    values: [...toValues(fieldKey, id, message)],
  });
  if (rowCount === 1) return { id, isNew: true };
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM payment_message
     WHERE kind = $1 AND sha256 = $2 AND direction = 'in' AND outcome = 'verified'
       AND kind IN ('confirm', 'keypay-callback')`,
    [message.kind, message.sha256],
  );
  if (!rows[0]) throw new Error('a message was neither written nor found');
  return { id: rows[0].id, isNew: false };
}

const count = `INSERT INTO payment_refusals AS r (minute, kind, why, count) VALUES (date_trunc('minute', $1::timestamptz), $2, $3, $4)
  ON CONFLICT (minute, kind, why) DO UPDATE SET count = r.count + excluded.count`;

const minuteMs = 60_000;

/** Writes refused messages, each process so many a minute. @throws Error of the database */
export function createRefusals({
  pool,
  keys,
  rules,
  now,
}: Pick<PaymentRooms, 'pool' | 'keys' | 'rules' | 'now'>): (
  message: MessageDraft,
  why: string,
) => Promise<void> {
  let minute = 0;
  let written = 0;
  return async (message, why) => {
    const at = now();
    const thisMinute = Math.floor(at.getTime() / minuteMs);
    if (thisMinute !== minute) [minute, written] = [thisMinute, 0];
    written += 1;
    if (written > rules.refusedPerMinute) await pool.query(count, [at, message.kind, why, 1]);
    else await writeMessage(pool, keys.field, { ...message, outcome: 'refused', code: why });
  };
}
