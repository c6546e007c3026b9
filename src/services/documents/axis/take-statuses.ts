// Takes statuses of the axis in, a page at a time in the order in which they were listed: recorded and delivered, or kept as
// orphans while nothing here is what they are about. Source: document-axis.md §9.10-9.12
import { hash } from 'node:crypto';
import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { SourceTrace } from '../../../../adapters/adapter.ts';
import type { AxisItem } from '../../../../adapters/document-axis/axis.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { insertMessages } from '../messages.ts';
import { type Addressee, toAddressee } from '../statuses/addressee.ts';
import { answerChanges, lockAnswered } from '../statuses/changes.ts';
import {
  createJudging,
  insertSaid,
  type Judging,
  type StatusMessage,
  type StatusOrigin,
  toArrived,
  toSaid,
  toStatusRow,
  writeJudged,
} from '../statuses/record.ts';
import { readStandings, type StatusSubject } from '../statuses/subjects.ts';
import { type ItemDraft, saveItems, toParties } from './items.ts';
import { matchStatuses } from './match.ts';
import { outsideFacts } from './take-document.ts';

/** A status on its way in. */
export interface StatusArrival {
  readonly item: AxisItem;
  readonly status: StatusMessage;
  /** Of the call that fetched it; undefined when it was here before. */
  readonly trace: SourceTrace | undefined;
  /** Its message, when it was here before as an orphan. */
  readonly messageId?: string;
}

interface Matched extends StatusArrival {
  readonly sha256: string;
  readonly subject: StatusSubject | undefined;
  readonly addressee: Addressee | undefined;
}

async function match(rooms: DocumentRooms, arrivals: readonly StatusArrival[]): Promise<readonly Matched[]> {
  const { directory, now } = rooms;
  const subjects = await matchStatuses(
    rooms,
    arrivals.map(({ status, item }) => ({ message: status.message, to: item.to })),
  );
  return Promise.all(
    arrivals.map(async (arrival, n): Promise<Matched> => {
      const subject = subjects[n];
      const sha256 = hash('sha256', arrival.status.bytes, 'hex');
      if (!subject) return { ...arrival, sha256, subject, addressee: undefined };
      const [code, unitId] =
        arrival.status.message.statusCode === '13'
          ? [subject.receiver, subject.receiverUnit]
          : [subject.senderCode, subject.senderUnit];
      const addressee = await toAddressee(directory, code, unitId, now(), subject.acceptedAt);
      return { ...arrival, sha256, subject, addressee };
    }),
  );
}

const toOrigin = (trace: SourceTrace | undefined): StatusOrigin => ({
  origin: 'axis',
  exchangeId: undefined,
  senderUnit: undefined,
  facts: outsideFacts('receiveStatus'),
  private: trace ? { sources: [trace] } : {},
});

/** Bytes of statuses that came over the axis about these deliveries: one that may be said again is not the same bytes. */
async function readHashes(client: ClientBase, subjects: readonly StatusSubject[]): Promise<Set<string>> {
  const { rows } = await client.query<{ key: string }>(
    `SELECT s.delivery_id || ' ' || m.sha256 AS key FROM document_status s JOIN document_message m ON m.id = s.message_id
     WHERE s.delivery_id = ANY ($1::uuid[]) AND m.origin = 'axis'`,
    [subjects.map(({ deliveryId }) => deliveryId)],
  );
  return new Set(rows.map(({ key }) => key));
}

const toItem = ({ item, status, sha256 }: Matched): Omit<ItemDraft, 'state'> => ({
  ...toParties(item),
  ...{ docId: item.docId, kind: 'status', sha256, bytes: status.bytes.length },
});

/** What is about nothing here: its message is kept, and is looked at again. */
async function writeOrphans(
  client: ClientBase,
  { keys }: DocumentRooms,
  orphans: readonly Matched[],
): Promise<readonly ItemDraft[]> {
  const known = orphans.flatMap((orphan): ItemDraft[] =>
    orphan.messageId === undefined
      ? []
      : [{ ...toItem(orphan), state: 'orphan', messageId: orphan.messageId, fault: 'document-not-found' }],
  );
  const fresh = orphans.filter(({ messageId }) => messageId === undefined);
  if (fresh.length === 0) return known;
  const rows = fresh.map((orphan) => {
    const { documentId, code, promulgationDate } = orphan.status.message.responseFor;
    const about = (documentId ?? code ?? '').slice(0, 250);
    const subject = { documentId: about, thread: about, priority: 0, code: undefined, promulgationDate };
    return { orphan, about, row: toStatusRow(uuidv7(), orphan.status, toOrigin(orphan.trace), 0, subject) };
  });
  await insertMessages(
    client,
    keys.field,
    rows.map(({ row }) => row),
  );
  await insertSaid(
    client,
    rows.map(({ orphan, about, row }) => {
      const { message } = orphan.status;
      return toSaid(row.id, undefined, about, message, message.responseFor.organId ?? '', ['orphan']);
    }),
  );
  const items = rows.map(
    ({ orphan, row }): ItemDraft => ({
      ...toItem(orphan),
      ...{ state: 'orphan', messageId: row.id, fault: 'document-not-found' },
    }),
  );
  return [...known, ...items];
}

/** Judges one whose document is here. */
function toKnownItem(matched: Matched, hashes: Set<string>, judging: Judging): ItemDraft | undefined {
  const { subject, addressee, status, sha256, messageId, trace } = matched;
  if (!subject || !addressee) return undefined;
  const key = `${subject.deliveryId} ${sha256}`;
  const draft = { subject, addressee, status, origin: toOrigin(trace), item: 0 };
  const written = hashes.has(key) ? undefined : judging.add(draft, messageId);
  hashes.add(key);
  if (!written) return { ...toItem(matched), state: 'repeated', messageId };
  return { ...toItem(matched), state: 'accepted', messageId: written.id };
}

async function takeIn(
  client: ClientBase,
  rooms: DocumentRooms,
  matched: readonly Matched[],
): Promise<{ readonly items: readonly ItemDraft[]; readonly units: readonly string[] }> {
  const subjects = matched.flatMap(({ subject }) => subject ?? []);
  await lockAnswered(
    client,
    rooms,
    matched.flatMap(({ subject, status }) => (subject ? { subject, status } : [])),
  );
  const judging = createJudging(await readStandings(client, subjects));
  const hashes = await readHashes(client, subjects);
  const found = matched.flatMap((one) => toKnownItem(one, hashes, judging) ?? []);
  const orphans = await writeOrphans(
    client,
    rooms,
    matched.filter(({ subject }) => !subject),
  );
  await answerChanges(client, rooms, judging.judged);
  const items = [...found, ...orphans];
  await saveItems(client, items);
  await writeJudged(client, rooms, judging);
  return { items, units: toArrived(judging) };
}

/**
 * Takes statuses in, all in one transaction.
 * @returns the items as they were written
 * @throws Error of the database
 */
export async function takeStatuses(
  rooms: DocumentRooms,
  arrivals: readonly StatusArrival[],
): Promise<readonly ItemDraft[]> {
  if (arrivals.length === 0) return [];
  const matched = await match(rooms, arrivals);
  const { items, units } = await withRepeatedTransaction(rooms.pool, (client) =>
    takeIn(client, rooms, matched),
  );
  if (units.length > 0) rooms.onArrival(units);
  return items;
}
