// Takes a document of the axis in: its row, who has it, its deliveries with their entries and the item in one transaction.
// Only after that is the axis told. What a unit has already it does not get again. Source: document-axis.md §9.12, §9.13
import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { SourceTrace } from '../../../../adapters/adapter.ts';
import type { AxisItem } from '../../../../adapters/document-axis/axis.ts';
import { withTransaction } from '../../../database/pool.ts';
import type { DeliveryDraft } from '../../../delivery/types.ts';
import { type ArrivingMessage, deliver } from '../deliver.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { findThread, insertMessages, type StoredMessage } from '../messages.ts';
import { toNamed } from '../send/check.ts';
import { askChanges } from '../statuses/changes.ts';
import { findInside, type InsideReceiver } from './inside.ts';
import { type ItemDraft, isNeverStored, saveItems, toParties } from './items.ts';
import { Parties } from './match.ts';
import type { ReceivedDocument } from './receive.ts';

/** A document on its way in. */
export interface Arrival {
  readonly item: AxisItem;
  readonly received: ReceivedDocument;
  /** Of the call that fetched it; undefined when it was kept before. */
  readonly trace: SourceTrace | undefined;
}

/** What came of it. */
export interface Taken {
  readonly state: 'accepted' | 'repeated' | 'kept';
  /** Whose mailboxes got it. */
  readonly units: readonly string[];
}

/** The facts of what came from outside: no system and no grant. */
export const outsideFacts = (operation: string): DeliveryDraft['facts'] => ({
  systemId: null,
  owningUnit: null,
  actingUnit: null,
  service: 'documents.v1',
  operation,
  grantId: null,
});

interface Place extends InsideReceiver {
  readonly deliveryId: string;
}

/** Whether its DocumentId has come to one of these units from another sender: then it is no repeat. */
async function isIdUsed(
  { pool }: DocumentRooms,
  parties: Parties,
  { message }: ReceivedDocument,
  receivers: readonly InsideReceiver[],
): Promise<boolean> {
  const { rows } = await pool.query<{ sender: string }>(
    `SELECT DISTINCT m.sender_code AS sender FROM document_received r JOIN document_message m ON m.id = r.message_id
     WHERE r.document_id = $1 AND r.business_type = $2 AND r.receiver = ANY ($3)`,
    [message.documentId, message.business.type, receivers.map(({ unitId }) => unitId)],
  );
  for (const { sender } of rows) if (!(await parties.isSame(sender, message.from.organId))) return true;
  return false;
}

/** Why it is not delivered though it has receivers. */
async function findFault(
  rooms: DocumentRooms,
  { item, received }: Arrival,
  receivers: readonly InsideReceiver[],
): Promise<string | undefined> {
  const { organId } = received.message.from;
  const parties = new Parties(rooms);
  // What one of ours sends inside the province comes by the hub itself: over the axis it is a forgery.
  if (await parties.isInside(organId)) return 'sender-inside';
  if (item.from !== undefined && !(await parties.isSame(item.from, organId))) return 'sender-differs';
  return (await isIdUsed(rooms, parties, received, receivers)) ? 'document-id-used' : undefined;
}

/** Takes each unit's place. @returns those that had it not, and a message that one of the others has */
async function takePlaces(
  client: ClientBase,
  { message }: ReceivedDocument,
  messageId: string,
  places: readonly Place[],
): Promise<{ readonly fresh: readonly Place[]; readonly earlier: string | undefined }> {
  const key = [message.documentId, message.business.type];
  const { rows } = await client.query<{ receiver: string }>({
    name: 'axis-places',
    text: `INSERT INTO document_received (document_id, business_type, receiver, message_id, delivery_id)
     SELECT $1, $2, "unitId", $4, "deliveryId"
       FROM jsonb_to_recordset($3::jsonb) AS r ("unitId" text, "deliveryId" uuid) ORDER BY "unitId"
     ON CONFLICT DO NOTHING RETURNING receiver`,
    values: [...key, JSON.stringify(places), messageId],
  });
  const taken = new Set(rows.map(({ receiver }) => receiver));
  const fresh = places.filter(({ unitId }) => taken.has(unitId));
  if (fresh.length > 0) return { fresh, earlier: undefined };
  const earlier = await client.query<{ message_id: string }>(
    `SELECT message_id FROM document_received
     WHERE document_id = $1 AND business_type = $2 AND receiver = ANY ($3) LIMIT 1`,
    [...key, places.map(({ unitId }) => unitId)],
  );
  return { fresh, earlier: earlier.rows[0]?.message_id };
}

const fits = (text: string, most: number): string | undefined => (text.length <= most ? text : undefined);

function toRow({ message, read }: ReceivedDocument, id: string, thread: string): StoredMessage {
  const { number, notation } = message.code;
  return {
    ...{ id, kind: 'document', origin: 'axis', exchangeId: undefined, item: 0, thread },
    ...{ sha256: read.sha256, bytes: read.bytes, trace: read.trace },
    documentId: message.documentId,
    businessType: message.business.type,
    statusCode: undefined,
    senderCode: message.from.organId,
    senderUnit: undefined,
    systemId: undefined,
    code: fits(`${number}/${notation}`, 100),
    promulgationDate: message.promulgation.date,
    priority: message.otherInfo.priority ?? 0,
    askedSha256: undefined,
    form: { message, attachments: read.attachments, warnings: read.warnings },
  };
}

function toDelivery(
  { received, trace }: Arrival,
  messageId: string,
  { code, unitId, deliveryId }: Place,
): DeliveryDraft {
  const { message, read } = received;
  return {
    id: deliveryId,
    subject: messageId,
    facts: outsideFacts('receiveDocument'),
    receiver: code,
    receiverUnit: unitId,
    by: 'mailbox',
    private: {
      message: { sha256: read.sha256, bytes: read.bytes },
      from: message.from.organId,
      to: code,
      ...(trace && { sources: [trace] }),
    },
  };
}

async function findMessageThread(client: ClientBase, { message }: ReceivedDocument): Promise<string> {
  const named = toNamed(message);
  return message.business.type !== 0 && named.length > 0 ? findThread(client, named) : message.documentId;
}

async function takeIn(
  client: ClientBase,
  rooms: DocumentRooms,
  arrival: Arrival,
  receivers: readonly InsideReceiver[],
  item: Omit<ItemDraft, 'state'>,
): Promise<Taken> {
  const { received, trace } = arrival;
  const messageId = uuidv7();
  // The call that fetched it was made on behalf of the first of them.
  const places = receivers.map(
    (receiver, n): Place => ({ ...receiver, deliveryId: (n === 0 && trace?.requestCode) || uuidv7() }),
  );
  const { fresh, earlier } = await takePlaces(client, received, messageId, places);
  if (fresh.length === 0) {
    await saveItems(client, [{ ...item, state: 'repeated', messageId: earlier }]);
    return { state: 'repeated', units: [] };
  }
  const isHeld = await rooms.demandScan(client, messageId, received.read.attachments.length);
  const thread = await findMessageThread(client, received);
  await insertMessages(client, rooms.keys.field, [toRow(received, messageId, thread)]);
  await askChanges(client, { message: received.message, senderUnit: undefined }, fresh);
  await saveItems(client, [{ ...item, state: 'accepted', messageId }]);
  // The bytes are durable before anything says that they are here.
  await received.blob.commit();
  const deliveries = fresh.map((place) => toDelivery(arrival, messageId, place));
  const about: ArrivingMessage = {
    ...{ kind: 'document', documentId: received.message.documentId, thread },
    priority: received.message.otherInfo.priority ?? 0,
  };
  const acceptance = { deliveries, dispatches: [], isHeld };
  await deliver(rooms, client, acceptance, new Map([[messageId, about]]), undefined);
  return { state: 'accepted', units: isHeld ? [] : fresh.map(({ unitId }) => unitId) };
}

async function keep(
  { pool }: DocumentRooms,
  { received }: Arrival,
  draft: Omit<ItemDraft, 'state'>,
  fault: string,
): Promise<Taken> {
  await received.blob.commit();
  await saveItems(pool, [{ ...draft, state: 'kept', fault }]);
  return { state: 'kept', units: [] };
}

/**
 * Takes a document in, or keeps it with its reason. The blob is committed or aborted.
 * @throws Error of the database or the disk
 */
export async function takeDocument(rooms: DocumentRooms, arrival: Arrival): Promise<Taken> {
  const { item, received } = arrival;
  const { message, read, blob } = received;
  const named = item.to.length > 0 ? item.to : message.to.map(({ organId }) => organId);
  const { sha256, bytes } = read;
  const draft: Omit<ItemDraft, 'state'> = {
    ...toParties(item),
    ...{ docId: item.docId, kind: 'document', sha256, bytes },
  };
  try {
    const { receivers, fault: noReceiver } = await findInside(rooms, named);
    const fault = receivers.length > 0 ? await findFault(rooms, arrival, receivers) : noReceiver;
    if (fault !== undefined) return await keep(rooms, arrival, draft, fault);
    const taken = await withTransaction(rooms.pool, (client) =>
      takeIn(client, rooms, arrival, receivers, draft),
    );
    rooms.engine.poke();
    rooms.onArrival(taken.units);
    return taken;
  } catch (error) {
    if (!isNeverStored(error)) throw error;
    return await keep(rooms, arrival, draft, 'not-storable');
  } finally {
    // What was committed is not touched by it.
    await blob.abort().catch(() => undefined);
  }
}
