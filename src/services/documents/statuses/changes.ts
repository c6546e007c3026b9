// Documents that revoke, update or replace others never change one by themselves: what they name is marked as asked for,
// and a person answers. Source: document-axis.md §1.4, §5.14, §9.8
import type { ClientBase } from 'pg';
import { toTargets } from '../../../../adapters/document-axis/edxml/document-id.ts';
import type { EdxmlDocument } from '../../../../adapters/document-axis/edxml/types.ts';
import { Problem } from '../../../problem.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { type KeptMessage, readMessage } from '../messages.ts';
import type { ChangeAnswer } from './judge.ts';
import type { JudgedStatus } from './record.ts';
import { isOfDocument } from './subjects.ts';

/** Who has both the document and the one that changes it. */
export interface ChangeReceiver {
  /** As written. */
  readonly code: string;
  readonly unitId: string | undefined;
}

/** A document that asks for a change, and who sent it. */
export interface ChangeRequest {
  readonly message: Pick<EdxmlDocument, 'business' | 'responseFor' | 'from'>;
  /** Of ours. */
  readonly senderUnit: string | undefined;
}

/** Deliveries of the named documents, by the same sender, to those receivers; locked. */
async function lockTargets(
  client: ClientBase,
  { message, senderUnit }: ChangeRequest,
  receivers: readonly ChangeReceiver[],
): Promise<readonly string[]> {
  const ids = toTargets(message).flatMap(({ documentId }) => documentId ?? []);
  if (ids.length === 0) return [];
  const { rows } = await client.query<{ id: string }>(
    `SELECT d.id FROM document_message m JOIN delivery d ON d.subject = m.id
     WHERE m.document_id = ANY ($1) AND ${isOfDocument} AND (m.sender_unit = $2 OR m.sender_code = $3)
       AND (d.receiver_unit = ANY ($4) OR d.receiver = ANY ($5)) ORDER BY d.id FOR UPDATE OF d`,
    [
      ids,
      senderUnit ?? null,
      message.from.organId,
      receivers.flatMap(({ unitId }) => unitId ?? []),
      receivers.filter(({ unitId }) => unitId === undefined).map(({ code }) => code),
    ],
  );
  return rows.map(({ id }) => id);
}

async function setChange(client: ClientBase, ids: readonly string[], change: ChangeAnswer): Promise<void> {
  await client.query(
    `INSERT INTO document_state AS s (delivery_id, message_id, change)
     SELECT id, subject, $2 FROM delivery WHERE id = ANY ($1::uuid[]) ORDER BY id
     ON CONFLICT (delivery_id) DO UPDATE SET change = excluded.change, changed_at = clock_timestamp()`,
    [ids, change],
  );
}

/**
 * Marks what a revocation, update or replacement names as asked for, at the receivers that have it, in the transaction that
 * accepts it. To be called before `engine.accept`.
 */
export async function askChanges(
  client: ClientBase,
  request: ChangeRequest,
  receivers: readonly ChangeReceiver[],
): Promise<void> {
  if (request.message.business.type === 0) return;
  const ids = await lockTargets(client, request, receivers);
  if (ids.length > 0) await setChange(client, ids, 'asked');
}

/** @returns undefined where it is gone: then it names nothing any more */
const readKept = (
  client: ClientBase,
  fieldKey: Buffer,
  messageId: string,
): Promise<KeptMessage | undefined> =>
  readMessage(client, fieldKey, messageId).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'message-purged') return undefined;
    throw error;
  });

/** An answer to such a document is one about the documents that it names too. */
export async function answerChanges(
  client: ClientBase,
  { keys }: Pick<DocumentRooms, 'keys'>,
  judged: readonly JudgedStatus[],
): Promise<void> {
  for (const { subject, judgement, status } of judged) {
    const { statusCode } = status.message;
    const isAnswer = statusCode === '15' || statusCode === '16';
    if (subject.businessType === 0 || !isAnswer || judgement.change === undefined) continue;
    const kept = await readKept(client, keys.field, subject.messageId);
    if (kept?.form.message.kind !== 'document') continue;
    const request = { message: kept.form.message, senderUnit: subject.senderUnit };
    const receivers = [{ code: subject.receiver, unitId: subject.receiverUnit }];
    const ids = await lockTargets(client, request, receivers);
    if (ids.length > 0) await setChange(client, ids, judgement.change);
  }
}
