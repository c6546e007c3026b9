// What follows from the journal: messages, queue items by receiver, and counts. Every change comes by `apply`; nothing is
// read from disk here.
import type { Entry, ItemState, Kind, Received } from './journal.ts';
import type { Units } from './units.ts';

/** One message on its way to one receiver. */
export interface Item {
  readonly docId: string;
  readonly to: string;
  readonly message: Message;
  state: ItemState;
  updatedMs: number;
  listed: number;
  fetched: number;
  acknowledged: number;
}

/** A message with its items. */
export interface Message extends Omit<Received, 'items' | 'event'> {
  readonly items: readonly Item[];
  readonly createdMs: number;
}

/** Counts of all that happened since the journal began. */
export interface Counts {
  readonly received: Readonly<Record<Kind, number>>;
  readonly items: Readonly<Record<Kind, number>>;
  readonly open: Readonly<Record<Kind, number>>;
  readonly states: Readonly<Record<ItemState, number>>;
  readonly listed: number;
  readonly fetched: number;
  readonly acknowledged: number;
  readonly refused: number;
}

/** The state of all queues. */
export interface Queues {
  readonly apply: (entry: Entry) => void;
  readonly findItem: (docId: string) => Item | undefined;
  readonly findMessage: (docId: string) => Message | undefined;
  /** Items that a system has not finished, oldest first; `to` chooses one receiver. */
  readonly open: (systemId: string, kind: Kind, to?: string) => Iterable<Item>;
  readonly countOpen: (systemId: string, kind: Kind) => number;
  /** Messages of one sending system, newest first. */
  readonly sent: (systemId: string, kind: Kind) => Iterable<Message>;
  /** Items from number `from` (1 is the oldest). */
  readonly page: (from: number, limit: number) => readonly Item[];
  readonly counts: () => Counts;
}

/** Ordered sets by key; taking out is cheap. */
class Shelves {
  readonly #shelves = new Map<string, Map<string, Item>>();

  put(key: string, item: Item): void {
    const shelf = this.#shelves.get(key) ?? new Map<string, Item>();
    this.#shelves.set(key, shelf.set(item.docId, item));
  }

  take(key: string, item: Item): void {
    this.#shelves.get(key)?.delete(item.docId);
  }

  get(key: string): ReadonlyMap<string, Item> {
    return this.#shelves.get(key) ?? new Map();
  }
}

const isOpen = (state: ItemState): boolean => state === 'initial' || state === 'processing';

/** A terminal state stays; `processing` does not go back. */
export function isStep(from: ItemState, to: ItemState): boolean {
  return isOpen(from) ? to !== 'initial' : from === to;
}

function createCounts() {
  return {
    received: { edoc: 0, status: 0 },
    items: { edoc: 0, status: 0 },
    open: { edoc: 0, status: 0 },
    states: { initial: 0, processing: 0, done: 0, fail: 0 },
    listed: 0,
    fetched: 0,
    acknowledged: 0,
    refused: 0,
  };
}

function toMessage({ event: _event, items, ...told }: Received, createdMs: number): Message {
  const made: Item[] = [];
  const message = { ...told, items: made, createdMs };
  for (const { docId, to } of items)
    made.push({
      docId,
      to,
      message,
      state: 'initial',
      updatedMs: createdMs,
      listed: 0,
      fetched: 0,
      acknowledged: 0,
    });
  return message;
}

/** Empty queues. */
export function createQueues(units: Units): Queues {
  const counts = createCounts();
  const items = new Map<string, Item>();
  const inOrder: Item[] = [];
  const messages = new Map<string, Message>();
  const bySender = new Map<string, Message[]>();
  const shelves = new Shelves();

  /** One shelf for each system and kind, and one for each receiver in it. */
  const keysOf = ({ to, message: { kind } }: Item): readonly string[] =>
    units.serving(to).flatMap(({ systemId }) => [`${systemId} ${kind}`, `${systemId} ${kind} ${to}`]);

  const receive = (received: Received, atMs: number): void => {
    const message = toMessage(received, atMs);
    messages.set(message.docId, message);
    counts.received[message.kind] += 1;
    const sender = `${message.system} ${message.kind}`;
    const earlier = bySender.get(sender);
    if (earlier) earlier.push(message);
    else bySender.set(sender, [message]);
    for (const item of message.items) {
      items.set(item.docId, item);
      inOrder.push(item);
      counts.items[message.kind] += 1;
      counts.open[message.kind] += 1;
      counts.states.initial += 1;
      for (const key of keysOf(item)) shelves.put(key, item);
    }
  };
  const acknowledge = (item: Item, state: ItemState, atMs: number): void => {
    item.acknowledged += 1;
    counts.acknowledged += 1;
    if (!isStep(item.state, state)) return;
    counts.states[item.state] -= 1;
    counts.states[state] += 1;
    if (isOpen(item.state) && !isOpen(state)) {
      counts.open[item.message.kind] -= 1;
      for (const key of keysOf(item)) shelves.take(key, item);
    }
    item.state = state;
    item.updatedMs = atMs;
  };
  const noteListed = (docIds: readonly string[]): void => {
    for (const docId of docIds) {
      const item = items.get(docId);
      if (item) item.listed += 1;
      counts.listed += 1;
    }
  };
  const noteFetched = (docId: string): void => {
    const item = items.get(docId);
    if (item) item.fetched += 1;
    counts.fetched += 1;
  };
  return {
    apply: (entry) => {
      const atMs = Date.parse(entry.at);
      if (entry.event === 'received') receive(entry, atMs);
      else if (entry.event === 'listed') noteListed(entry.docIds);
      else if (entry.event === 'fetched') noteFetched(entry.docId);
      else if (entry.event === 'acknowledged') {
        const item = items.get(entry.docId);
        if (item) acknowledge(item, entry.state, atMs);
      } else if (entry.event === 'registered')
        units.register(entry.unit, entry.system, entry.at.slice(0, 10).replaceAll('-', '/'));
      else if (entry.event === 'removed')
        units.remove(entry.code, entry.at.slice(0, 10).replaceAll('-', '/'));
      else counts.refused += 1;
    },
    findItem: (docId) => items.get(docId),
    findMessage: (docId) => messages.get(docId),
    open: (systemId, kind, to) =>
      shelves.get(to === undefined ? `${systemId} ${kind}` : `${systemId} ${kind} ${to}`).values(),
    countOpen: (systemId, kind) => shelves.get(`${systemId} ${kind}`).size,
    sent: function* (systemId, kind) {
      const all = bySender.get(`${systemId} ${kind}`) ?? [];
      for (let at = all.length - 1; at >= 0; at -= 1) {
        const message = all[at];
        if (message) yield message;
      }
    },
    page: (from, limit) => inOrder.slice(from - 1, from - 1 + limit),
    counts: () => counts,
  };
}
