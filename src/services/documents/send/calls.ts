// Answers of calls as they are kept for their repeats.
import type { ClientBase } from 'pg';
import { Problem } from '../../../problem.ts';
import type { Accepted } from './accepted.ts';

/** An answer that was given to a call. */
export interface GivenAnswer {
  readonly answer: Accepted;
  readonly asked_sha256: string;
}

/** What the call with this id came to; undefined: it had no effect. */
export async function readGivenAnswer(
  client: Pick<ClientBase, 'query'>,
  exchangeId: string,
): Promise<GivenAnswer | undefined> {
  const { rows } = await client.query<GivenAnswer>(
    `SELECT c.answer, m.asked_sha256 FROM document_call c
       JOIN document_message m ON m.id = (c.answer ->> 'messageId')::uuid WHERE c.exchange_id = $1`,
    [exchangeId],
  );
  return rows[0];
}

/**
 * Keeps the answer for repeats.
 * @returns the one of another repeat of the same call that was faster, if there is one
 * @throws Problem idempotency-conflict when that one asked for something else
 */
export async function keepAnswer(
  client: ClientBase,
  { exchangeId, askedSha256 }: { readonly exchangeId: string; readonly askedSha256: string },
  answer: Accepted,
): Promise<Accepted | undefined> {
  const { rowCount } = await client.query({
    name: 'document-call',
    text: 'INSERT INTO document_call (exchange_id, answer) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    values: [exchangeId, JSON.stringify(answer)],
  });
  if (rowCount === 1) return undefined;
  const given = await readGivenAnswer(client, exchangeId);
  if (given?.asked_sha256 !== askedSha256) throw new Problem('idempotency-conflict');
  return given.answer;
}
