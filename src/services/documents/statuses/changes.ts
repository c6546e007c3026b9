// Documents that revoke, update or replace others never change one by themselves: what they name is marked as asked for,
// and a person answers. Source: document-axis.md §1.4, §5.14, §9.8
import type { ClientBase } from 'pg';
import { toTargets } from '../../../../adapters/document-axis/edxml/document-id.ts';
import type { EdxmlDocument } from '../../../../adapters/document-axis/edxml/types.ts';
import { Problem } from '../../../problem.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { readMessage } from '../messages.ts';
import type { ChangeAnswer } from './judge.ts';
import type { JudgedStatus, StatusDraft } from './record.ts';
import { isOfDocument, lockSubjects } from './subjects.ts';

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

/** Deliveries of the named documents, by the same sender, to those receivers. */
async function findTargets(
  client: ClientBase,
  { message, senderUnit }: ChangeRequest,
  receivers: readonly ChangeReceiver[],
  lock: '' | 'FOR UPDATE OF d',
): Promise<readonly string[]> {
  const ids = toTargets(message).flatMap(({ documentId }) => documentId ?? []);
  if (ids.length === 0) return [];
  const { rows } = await client.query<{ id: string }>(
    `SELECT d.id FROM document_message m JOIN delivery d ON d.subject = m.id
     WHERE m.document_id = ANY ($1) AND ${isOfDocument} AND (m.sender_unit = $2 OR m.sender_code = $3)
       AND (d.receiver_unit = ANY ($4) OR d.receiver = ANY ($5)) ORDER BY d.id ${lock}`,
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
  const ids = await findTargets(client, request, receivers, 'FOR UPDATE OF d');
  if (ids.length > 0) await setChange(client, ids, 'asked');
}

/** What a status may be an answer to: the request for a change, and the receiver that was asked. */
interface Asked {
  readonly request: ChangeRequest;
  readonly receivers: readonly ChangeReceiver[];
}

/** Undefined: it is no answer to a change, or what asked for it was purged. */
async function readAsked(
  client: ClientBase,
  { keys }: Pick<DocumentRooms, 'keys'>,
  { subject, status }: Pick<StatusDraft, 'subject' | 'status'>,
): Promise<Asked | undefined> {
  const { statusCode } = status.message;
  if (subject.businessType === 0 || (statusCode !== '15' && statusCode !== '16')) return undefined;
  const kept = await readMessage(client, keys.field, subject.messageId).catch((error: unknown) => {
    if (error instanceof Problem) return undefined;
    throw error;
  });
  if (kept?.form.message.kind !== 'document') return undefined;
  return {
    request: { message: kept.form.message, senderUnit: subject.senderUnit },
    receivers: [{ code: subject.receiver, unitId: subject.receiverUnit }],
  };
}

/**
 * Locks what statuses are about and what they may answer by that, in one order: two transactions that name the same
 * deliveries never wait for each other.
 */
export async function lockAnswered(
  client: ClientBase,
  rooms: Pick<DocumentRooms, 'keys'>,
  drafts: readonly Pick<StatusDraft, 'subject' | 'status'>[],
): Promise<void> {
  const ids = drafts.map(({ subject }) => subject.deliveryId);
  for (const draft of drafts) {
    const asked = await readAsked(client, rooms, draft);
    if (asked) ids.push(...(await findTargets(client, asked.request, asked.receivers, '')));
  }
  await lockSubjects(client, ids);
}

/** An answer to such a document is one about the documents that it names too. To be called after `lockAnswered`. */
export async function answerChanges(
  client: ClientBase,
  rooms: Pick<DocumentRooms, 'keys'>,
  judged: readonly JudgedStatus[],
): Promise<void> {
  for (const one of judged) {
    const { change } = one.judgement;
    const asked = change === undefined ? undefined : await readAsked(client, rooms, one);
    if (change === undefined || !asked) continue;
    const ids = await findTargets(client, asked.request, asked.receivers, 'FOR UPDATE OF d');
    if (ids.length > 0) await setChange(client, ids, change);
  }
}
