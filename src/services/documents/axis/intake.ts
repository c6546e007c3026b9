// One item of the queue at a time: fetched, its bytes durable and all that follows from it written, before anybody tells the
// axis. Knows no order and no list.
import { SourceError, type SourceTrace } from '../../../../adapters/adapter.ts';
import type { AxisCall, AxisItem, DocumentAxis } from '../../../../adapters/document-axis/axis.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { type ItemDraft, type ItemState, isNeverStored, saveItems, toParties } from './items.ts';
import { type Received, type ReceivedUnreadable, receive } from './receive.ts';
import { takeDocument } from './take-document.ts';
import { type StatusArrival, takeStatuses } from './take-statuses.ts';

/** An item that was fetched. */
export interface Fetched {
  readonly item: AxisItem;
  /** Undefined: the axis will never give it. */
  readonly received: Received | undefined;
  readonly trace: SourceTrace | undefined;
}

/** Codes by which the axis says that it will never give this one. Source: document-axis.md §3.3 */
const neverGiven: ReadonlySet<string | undefined> = new Set(['10', '22']);

/**
 * Fetches an item and reads it.
 * @param call its request code is that of the delivery that it will be
 * @throws SourceError for what can pass or is no fault of this item; Error of the disk
 */
export async function fetchItem(
  { blobs, rules }: DocumentRooms,
  axis: DocumentAxis,
  item: AxisItem,
  call: AxisCall,
): Promise<Fetched> {
  try {
    const { content, trace } = await axis.fetch(item.docId, call);
    const received = await receive(blobs, rules, content);
    return { item, received, trace: trace() };
  } catch (error) {
    if (!(error instanceof SourceError) || error.kind !== 'refused' || !neverGiven.has(error.code))
      throw error;
    return { item, received: undefined, trace: error.trace };
  }
}

async function keepUnreadable(
  { pool }: DocumentRooms,
  item: AxisItem,
  { fault, place, blob }: ReceivedUnreadable,
): Promise<ItemState> {
  const { sha256, bytes } = await blob.commit();
  const { docId, kind } = item;
  await saveItems(pool, [{ ...toParties(item), docId, kind, state: 'kept', fault, place, sha256, bytes }]);
  return 'kept';
}

async function fail({ pool }: DocumentRooms, item: AxisItem, fault: string): Promise<ItemState> {
  const { docId, kind } = item;
  await saveItems(pool, [{ ...toParties(item), docId, kind, state: 'failed', fault }]);
  return 'failed';
}

/** Takes one status in, or keeps its bytes where the database will never take it. */
async function takeStatus(rooms: DocumentRooms, arrival: StatusArrival): Promise<readonly ItemDraft[]> {
  try {
    return await takeStatuses(rooms, [arrival]);
  } catch (error) {
    if (!isNeverStored(error)) throw error;
  }
  const { item, status } = arrival;
  const blob = await rooms.blobs.begin();
  try {
    await blob.write(status.bytes);
    const { sha256, bytes } = await blob.commit();
    const { docId, kind } = item;
    const fault = 'not-storable';
    const kept: ItemDraft = { ...toParties(item), docId, kind, state: 'kept', fault, sha256, bytes };
    await saveItems(rooms.pool, [kept]);
    return [kept];
  } finally {
    // What was committed is not touched by it.
    await blob.abort().catch(() => undefined);
  }
}

/**
 * Writes down what a fetched item comes to.
 * @throws Error of the database or the disk; then nothing of it is written
 */
export async function takeItem(rooms: DocumentRooms, fetched: Fetched): Promise<ItemState> {
  const { item, received } = fetched;
  if (received === undefined) return fail(rooms, item, 'axis-file-refused');
  switch (received.kind) {
    case 'secret':
      return fail(rooms, item, 'state-secret');
    case 'unreadable':
      return keepUnreadable(rooms, item, received);
    case 'status': {
      const [taken] = await takeStatus(rooms, { item, status: received.status, trace: fetched.trace });
      return taken?.state ?? 'repeated';
    }
    case 'document':
      return (await takeDocument(rooms, { item, received, trace: fetched.trace })).state;
  }
}

/** Statuses among what was fetched, in its order, and all else. */
export function splitStatuses(all: readonly Fetched[]) {
  const statuses = all.flatMap((fetched) =>
    fetched.received?.kind === 'status'
      ? [{ item: fetched.item, status: fetched.received.status, trace: fetched.trace }]
      : [],
  );
  return { statuses, others: all.filter(({ received }) => received?.kind !== 'status') };
}

/**
 * Takes a page of statuses in together; where one of them cannot be written, each by itself.
 * @returns those that were taken; the others are looked at again
 */
export async function takeStatusPage(
  rooms: DocumentRooms,
  statuses: readonly StatusArrival[],
  onFailure: (item: AxisItem, error: unknown) => void,
): Promise<readonly ItemDraft[]> {
  try {
    return await takeStatuses(rooms, statuses);
  } catch {
    const taken: ItemDraft[] = [];
    for (const one of statuses)
      try {
        taken.push(...(await takeStatus(rooms, one)));
      } catch (error) {
        onFailure(one.item, error);
      }
    return taken;
  }
}
