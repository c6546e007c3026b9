// Accepts a document: its row, who has it, its deliveries and their entries in one transaction, after its bytes are
// durable. What a receiver has already is not delivered to it again.
import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type {
  EdxmlDocument,
  EdxmlWarning,
  WrittenEdxml,
} from '../../../../adapters/document-axis/edxml/types.ts';
import type { components } from '../../../../openapi/types/documents.v1.ts';
import type { BlobWriter } from '../../../blobs/types.ts';
import { withTransaction } from '../../../database/pool.ts';
import type { DeliveryDraft, DispatchDraft } from '../../../delivery/types.ts';
import { Problem } from '../../../problem.ts';
import type { Caller } from '../../service.ts';
import { axisRoute } from '../axis-route.ts';
import { type ArrivingMessage, deliver } from '../deliver.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { findThread, insertMessages } from '../messages.ts';
import { askChanges } from '../statuses/changes.ts';
import type { Accepted } from './accepted.ts';
import { keepAnswer } from './calls.ts';
import { toNamed } from './check.ts';
import type { Receiver } from './receivers.ts';

/** A document whose bytes are in a blob that is not yet durable. */
export interface ToAccept {
  readonly caller: Caller;
  /** The call that is answered, or the one that it repeats. */
  readonly exchangeId: string;
  readonly operation: 'sendDocument' | 'sendDocumentFile';
  readonly message: EdxmlDocument;
  readonly written: WrittenEdxml;
  readonly blob: BlobWriter;
  readonly warnings: readonly EdxmlWarning[];
  readonly receivers: readonly Receiver[];
  readonly askedSha256: string;
  /** Version of the scanner that found all attachments clean; undefined: not known yet. */
  readonly cleanBy: string | undefined;
  /** Uploads that it uses up. */
  readonly uploadIds: readonly string[];
}

interface Existing {
  readonly receiver: string;
  readonly message_id: string;
  readonly delivery_id: string;
  readonly state: components['schemas']['DeliveryState'];
  readonly asked_sha256: string | null;
  readonly sender_unit: string | null;
  readonly sha256: string;
  readonly bytes: number;
}

/** Takes the place of each receiver; what is taken already is read. */
async function takePlaces(
  client: ClientBase,
  { message }: ToAccept,
  rows: readonly { readonly receiver: string; readonly message_id: string; readonly delivery_id: string }[],
): Promise<readonly Existing[]> {
  const taken = await client.query<{ receiver: string }>({
    name: 'document-places',
    text: `INSERT INTO document_received (document_id, business_type, receiver, message_id, delivery_id)
     SELECT $1, $2, receiver, message_id, delivery_id
       FROM jsonb_to_recordset($3::jsonb) AS r (receiver text, message_id uuid, delivery_id uuid) ORDER BY receiver
     ON CONFLICT DO NOTHING RETURNING receiver`,
    values: [message.documentId, message.business.type, JSON.stringify(rows)],
  });
  if (taken.rowCount === rows.length) return [];
  const { rows: existing } = await client.query<Existing>(
    `SELECT r.receiver, r.message_id, r.delivery_id, d.state, m.asked_sha256, m.sender_unit, m.sha256, m.bytes::float8 AS bytes
     FROM document_received r JOIN delivery d ON d.id = r.delivery_id JOIN document_message m ON m.id = r.message_id
     WHERE r.document_id = $1 AND r.business_type = $2 AND r.receiver = ANY ($3) AND r.message_id <> $4`,
    [message.documentId, message.business.type, rows.map(({ receiver }) => receiver), rows[0]?.message_id],
  );
  return existing;
}

/** What another unit sent is never a repeat, though it were the same to the last byte. @throws Problem document-id-used */
function checkSame(existing: readonly Existing[], { askedSha256, caller }: ToAccept): void {
  const isOther = ({ asked_sha256: earlier, sender_unit: unit }: Existing): boolean =>
    earlier !== askedSha256 || unit !== caller.actingUnit.id;
  if (existing.some(isOther)) throw new Problem('document-id-used');
}

async function toThread(client: ClientBase, { message, caller }: ToAccept): Promise<string> {
  const named = toNamed(message);
  if (message.business.type !== 0 && named.length > 0) return findThread(client, named);
  return caller.caseCode === undefined ? message.documentId : `case ${caller.caseCode}`;
}

interface Fresh extends Receiver {
  readonly deliveryId: string;
}

function toDeliveries(given: ToAccept, messageId: string, fresh: readonly Fresh[]): readonly DeliveryDraft[] {
  const { caller, message, written } = given;
  const facts = {
    systemId: caller.system.id,
    owningUnit: caller.system.unitId,
    actingUnit: caller.actingUnit.id,
    service: 'documents.v1',
    operation: given.operation,
    grantId: caller.grant.id,
  };
  return fresh.map(({ deliveryId, code, unitId }) => ({
    id: deliveryId,
    subject: messageId,
    facts,
    receiver: code,
    receiverUnit: unitId,
    by: unitId === undefined ? 0 : 'mailbox',
    private: {
      caseCode: caller.caseCode,
      message: { sha256: written.sha256, bytes: written.bytes },
      from: message.from.organId,
      to: code,
      acceptedBy: given.exchangeId,
      ...(given.cleanBy !== undefined && { result: `clean: ${given.cleanBy}` }),
    },
  }));
}

/** One call over the axis for all receivers outside. Source: document-axis.md §9.14 */
function toDispatches(
  { caller, message }: ToAccept,
  messageId: string,
  thread: string,
  fresh: readonly Fresh[],
): readonly DispatchDraft[] {
  const to = fresh.filter(({ unitId }) => unitId === undefined).map(({ code }) => code);
  if (to.length === 0) return [];
  const content = { messageId, kind: 'document', from: message.from.organId, to };
  const priority = message.otherInfo.priority ?? 0;
  // A unit waits for its own only: what of another's is held or dead under the same case or document holds up nobody else.
  const orderKey = `${caller.actingUnit.id} ${thread}`;
  return [{ route: axisRoute, orderKey, share: caller.actingUnit.id, priority, content }];
}

const toAnswerDelivery = (
  { code, name, unitId }: Receiver,
  deliveryId: string,
  state: Existing['state'],
  isRepeated: boolean,
): Accepted['deliveries'][number] => ({
  deliveryId,
  receiver: { code, name },
  route: unitId === undefined ? 'axis' : 'inside',
  state,
  ...(isRepeated && { isRepeated }),
});

/** Everything else than deliveries that is durable with them. */
async function insertMessage(
  client: ClientBase,
  { keys }: DocumentRooms,
  given: ToAccept,
  messageId: string,
  thread: string,
): Promise<void> {
  const { message, written, caller } = given;
  await insertMessages(client, keys.field, [
    {
      id: messageId,
      kind: 'document',
      origin: 'inside',
      exchangeId: given.exchangeId,
      item: 0,
      sha256: written.sha256,
      bytes: written.bytes,
      trace: written.trace,
      documentId: message.documentId,
      thread,
      businessType: message.business.type,
      statusCode: undefined,
      senderCode: message.from.organId,
      senderUnit: caller.actingUnit.id,
      systemId: caller.system.id,
      code: `${message.code.number}/${message.code.notation}`,
      promulgationDate: message.promulgation.date,
      priority: message.otherInfo.priority ?? 0,
      askedSha256: given.askedSha256,
      form: { message, attachments: written.attachments, warnings: given.warnings },
    },
  ]);
}

async function acceptIn(client: ClientBase, rooms: DocumentRooms, given: ToAccept): Promise<Accepted> {
  const messageId = uuidv7();
  const all = given.receivers.map((receiver): Fresh => ({ ...receiver, deliveryId: uuidv7() }));
  const places = all.map(({ key, deliveryId }) => ({
    receiver: key,
    message_id: messageId,
    delivery_id: deliveryId,
  }));
  const existing = await takePlaces(client, given, places);
  checkSame(existing, given);
  // Meanwhile the bytes become durable: before anything says that they are here.
  const durable = given.blob.commit();
  // It may fail before it is waited for; whoever waits is told all the same.
  durable.catch(() => undefined);
  try {
    return await acceptRest(client, rooms, given, { messageId, all, existing, durable });
  } catch (error) {
    await durable.catch(() => undefined);
    throw error;
  }
}

interface Placed {
  readonly messageId: string;
  readonly all: readonly Fresh[];
  readonly existing: readonly Existing[];
  readonly durable: Promise<unknown>;
}

async function acceptRest(
  client: ClientBase,
  rooms: DocumentRooms,
  given: ToAccept,
  { messageId, all, existing, durable }: Placed,
): Promise<Accepted> {
  const { written, message } = given;
  const fresh = all.filter(({ key }) => !existing.some(({ receiver }) => receiver === key));
  const isHeld =
    fresh.length > 0 &&
    given.cleanBy === undefined &&
    (await rooms.demandScan(client, messageId, written.attachments.length));
  // Where everybody has it already, the answer names what they have.
  const kept = fresh.length === 0 ? existing[0] : undefined;
  const answer: Accepted = {
    messageId: kept?.message_id ?? messageId,
    documentId: message.documentId,
    sha256: kept?.sha256 ?? written.sha256,
    bytes: kept?.bytes ?? written.bytes,
    acceptedAt: rooms.now().toISOString(),
    deliveries: all.map((receiver) => {
      const earlier = existing.find(({ receiver: key }) => key === receiver.key);
      if (earlier) return toAnswerDelivery(receiver, earlier.delivery_id, earlier.state, true);
      const state = isHeld ? 'held' : receiver.unitId === undefined ? 'waiting' : 'delivered';
      return toAnswerDelivery(receiver, receiver.deliveryId, state, false);
    }),
    warnings: [...given.warnings],
  };
  const earlier = await keepAnswer(client, given, answer);
  if (earlier || fresh.length === 0) {
    await durable;
    return earlier ?? answer;
  }
  const thread = await toThread(client, given);
  await insertMessage(client, rooms, given, messageId, thread);
  for (const id of given.uploadIds)
    await rooms.uploads.take(client, id, {
      unit: given.caller.actingUnit.id,
      system: given.caller.system.id,
    });
  await durable;
  await askChanges(client, { message, senderUnit: given.caller.actingUnit.id }, fresh);
  const deliveries = toDeliveries(given, messageId, fresh);
  const dispatches = toDispatches(given, messageId, thread, fresh);
  const about: ArrivingMessage = {
    ...{ kind: 'document', documentId: message.documentId, thread },
    priority: message.otherInfo.priority ?? 0,
  };
  const acceptance = { deliveries, dispatches, isHeld };
  await deliver(rooms, client, acceptance, new Map([[messageId, about]]), given.exchangeId);
  return answer;
}

/**
 * Accepts it, or nothing. The blob is committed or aborted.
 * @throws Problem document-id-used | upload-… ; Error of the database or the disk
 */
export async function acceptDocument(rooms: DocumentRooms, given: ToAccept): Promise<Accepted> {
  try {
    const answer = await withTransaction(rooms.pool, (client) => acceptIn(client, rooms, given));
    rooms.engine.poke();
    rooms.onArrival(given.receivers.flatMap(({ unitId }) => unitId ?? []));
    if (given.uploadIds.length > 0) await rooms.uploads.release(given.uploadIds).catch(() => undefined);
    return answer;
  } finally {
    // What was committed is not touched by it.
    await given.blob.abort().catch(() => undefined);
  }
}
