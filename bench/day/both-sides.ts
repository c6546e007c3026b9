// Compares what both sides wrote down: the hub's lists of what was sent, the axis' journal, and the systems' own ledger.
import type { components } from '../../openapi/types/documents.v1.ts';
import { createGate } from './inboxes.ts';
import { type ExpectedDelivery, isAfter, type Ledger, statusesExpected, toKey } from './ledger.ts';
import type { PlannedDocument } from './plan.ts';
import type { Unit } from './senders.ts';
import type { HubSession } from './session.ts';

type Schema = components['schemas'];
type HubDelivery = Schema['SentItem']['deliveries'][number];

/** What both sides say. */
export interface Account {
  /** Documents in the hub's lists. */
  readonly accepted: number;
  /** Deliveries that the hub has as over, their receiver registered, and, outside, the axis has as done. */
  readonly delivered: number;
  /** Statuses that came to the senders. */
  readonly statuses: number;
  /** Deliveries and statuses that did not come, and documents that only one side knows. */
  readonly lost: number;
  /** Documents and statuses that took effect twice. */
  readonly duplicated: number;
  readonly outOfOrder: number;
  /** Deliveries of which the hub and their receiver say different things. */
  readonly disagreements: number;
}

/** What is compared. */
export interface SidesOptions {
  readonly session: HubSession;
  readonly ledger: Ledger;
  readonly units: readonly Unit[];
  readonly plan: readonly PlannedDocument[];
  readonly run: string;
  /** When the day began. */
  readonly since: Date;
  readonly journalUrl: string;
  /** Items of the axis' queues before the day. */
  readonly itemsBefore: number;
}

const listsAtOnce = 4;

async function readSent({ session, run, since }: SidesOptions, unit: Unit): Promise<Schema['SentItem'][]> {
  const items: Schema['SentItem'][] = [];
  let cursor = '';
  for (;;) {
    const query = `?limit=200&since=${encodeURIComponent(since.toISOString())}${cursor && `&cursor=${cursor}`}`;
    const { bytes } = await session.call(unit.id, { method: 'GET', path: '/documents/v1/documents', query });
    const page: Schema['SentPage'] = JSON.parse(bytes.toString());
    items.push(...page.items.filter(({ documentId }) => documentId.includes(`.${run}/`)));
    if (page.next === null) return items;
    cursor = page.next;
  }
}

interface JournalItem {
  readonly kind: 'edoc' | 'status';
  readonly to: string;
  readonly documentId: string;
  readonly documentType?: string;
  readonly state: string;
}

interface JournalPage {
  readonly count: number;
  readonly entries: readonly JournalItem[];
  readonly next: number | null;
}

async function readPage(journalUrl: string, from: number): Promise<JournalPage> {
  const response = await fetch(`${journalUrl}?view=items&from=${from}`);
  if (!response.ok) throw new Error(`the axis' journal: ${response.status}`);
  return JSON.parse(await response.text());
}

/** How many items the axis' queues have had so far. */
export const countItems = async (journalUrl: string): Promise<number> =>
  (await readPage(journalUrl, 1)).count;

/** First places, by what receivers tell documents apart by, of items that were done; a repeat counts with the first. */
async function readAxis({
  journalUrl,
  itemsBefore,
  run,
}: SidesOptions): Promise<ReadonlyMap<string, number>> {
  const done = new Map<string, number>();
  let place = 0;
  for (let from: number | null = itemsBefore + 1; from !== null; ) {
    const page: JournalPage = await readPage(journalUrl, from);
    for (const { kind, documentId, documentType = '', to, state } of page.entries) {
      place += 1;
      const key = toKey(documentId, documentType, to);
      if (kind === 'edoc' && state === 'done' && documentId.includes(`.${run}/`) && !done.has(key))
        done.set(key, place);
    }
    from = page.next;
  }
  return done;
}

const keyOf = ({ documentId, type, receiver }: ExpectedDelivery): string => toKey(documentId, type, receiver);

/** Whether the hub has it as over. */
const isOver = ({ state, route }: HubDelivery): boolean =>
  state === (route === 'axis' ? 'sent' : 'acknowledged');

function countOutOfOrder({ ledger, plan }: SidesOptions, axis: ReadonlyMap<string, number>): number {
  let count = 0;
  for (const codes of ledger.statuses.values())
    if (codes.some((code, at) => at > 0 && code < (codes[at - 1] ?? ''))) count += 1;
  for (const { n, updates } of plan) {
    const [update, target] = [ledger.sent.get(n), ledger.sent.get(updates ?? -1)];
    if (updates === undefined || !update || !target) continue;
    for (const delivery of update.deliveries) {
      const key = keyOf(delivery);
      const earlier = toKey(target.documentId, '0', delivery.receiver);
      const isAxisWrong = delivery.isOutside && (axis.get(key) ?? 0) < (axis.get(earlier) ?? 0);
      if (isAxisWrong || !isAfter(ledger, key, earlier)) count += 1;
    }
  }
  return count;
}

/** Reads both sides and compares them. */
export async function compareSides(options: SidesOptions): Promise<Account> {
  const { ledger, units, plan } = options;
  const gate = createGate(listsAtOnce);
  const lists = await Promise.all(units.map((unit) => gate(() => readSent(options, unit))));
  const axis = await readAxis(options);
  const documents = lists.flat();
  const atHub = new Map<string, HubDelivery>();
  for (const { deliveries } of documents)
    for (const delivery of deliveries) atHub.set(delivery.deliveryId, delivery);
  let [delivered, disagreements, missing] = [0, 0, 0];
  for (const delivery of ledger.deliveries.values()) {
    const key = keyOf(delivery);
    const known = atHub.get(delivery.deliveryId);
    const isThere = ledger.registered.has(key) && (!delivery.isOutside || axis.has(key));
    const said = ledger.statuses.get(delivery.deliveryId) ?? [];
    missing += statusesExpected.filter((code) => !said.includes(code)).length;
    if (isThere && known && isOver(known)) delivered += 1;
    if (isThere !== (known !== undefined && isOver(known)) || known?.status !== said.at(-1))
      disagreements += 1;
  }
  const known = new Set(documents.map(({ documentId }) => documentId));
  const sent = [...ledger.sent.values()];
  const planned = plan.reduce(
    (sum, { n, receivers }) => sum + (ledger.sent.has(n) ? receivers.length : 0),
    0,
  );
  const unlisted = sent.filter(({ documentId }) => !known.has(documentId)).length;
  return {
    accepted: known.size,
    delivered,
    statuses: ledger.statusCount,
    lost: planned - delivered + missing + unlisted,
    duplicated: ledger.duplicated + documents.length - known.size,
    outOfOrder: countOutOfOrder(options, axis),
    disagreements,
  };
}
