// The receiving side inside the province: every unit asks for its inbox in turns, fetches what came, proves that it is what
// was sent, acknowledges and reports; statuses of what it sent itself are noted and acknowledged.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { components } from '../../openapi/types/documents.v1.ts';
import { type Ledger, toKey } from './ledger.ts';
import { toSha256 } from './plan.ts';
import type { Unit } from './senders.ts';
import type { HubSession } from './session.ts';

type Schema = components['schemas'];
type Item = Schema['InboxItem'];

/** What the receivers work with. */
export interface InboxesOptions {
  readonly session: HubSession;
  readonly ledger: Ledger;
  readonly units: readonly Unit[];
  /** In the DocumentId of this day's documents. */
  readonly run: string;
  /** Fetches at once, of all units. */
  readonly atOnce: number;
  /** From one look into an inbox to the next. */
  readonly everyMs: () => number;
  /** No more is sought once it is aborted. */
  readonly signal: AbortSignal;
}

const pageItems = 200;
const waitS = 5;
const statusBatch = 100;

/** So many at once; the others wait in their order. */
export function createGate(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

const inParts = <T>(all: readonly T[], most: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / most) }, (_, at) => all.slice(at * most, (at + 1) * most));

/** Posts JSON under a key of its own. */
async function post(session: HubSession, unitId: string, path: string, body: object): Promise<Buffer> {
  const { bytes } = await session.call(unitId, {
    ...{ method: 'POST', path, body: Buffer.from(JSON.stringify(body)) },
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
  });
  return bytes;
}

async function take({ session, ledger }: InboxesOptions, unit: Unit, item: Item): Promise<void> {
  const { bytes } = await session.call(unit.id, {
    method: 'GET',
    path: `/documents/v1/messages/${item.messageId}/attachments/1`,
  });
  if (toSha256(bytes) !== ledger.contents.get(item.documentId))
    throw new Error(`what ${unit.code} was given of ${item.documentId} is not what was sent`);
}

/** Registers in the order of the inbox, whatever order the fetches came in. */
function registerAll({ ledger }: InboxesOptions, { code }: Unit, items: readonly Item[]): void {
  for (const { documentId, businessType, deliveryId } of items) {
    const key = toKey(documentId, businessType === 'update' ? '2' : '0', code);
    if (ledger.register(key, deliveryId) === 'other') ledger.duplicated += 1;
  }
}

async function acknowledge(
  { session }: InboxesOptions,
  unit: Unit,
  deliveryIds: readonly string[],
): Promise<void> {
  await post(session, unit.id, '/documents/v1/inbox/acknowledgements', { deliveryIds });
}

async function report(
  { session, ledger }: InboxesOptions,
  unit: Unit,
  items: readonly Item[],
): Promise<void> {
  const statuses = items.flatMap(({ deliveryId }) => [
    { deliveryId, code: '03' },
    { deliveryId, code: '06' },
  ]);
  for (const part of inParts(statuses, statusBatch)) {
    const answer = await post(session, unit.id, '/documents/v1/statuses', { statuses: part });
    const { results }: Schema['StatusResults'] = JSON.parse(answer.toString());
    for (const { outcome, code, deliveryId } of results)
      if (outcome === 'refused') ledger.fail(`status ${code} of delivery ${deliveryId} was refused`);
  }
}

/** Goes through one page. */
async function work(
  options: InboxesOptions,
  gate: ReturnType<typeof createGate>,
  unit: Unit,
  items: readonly Item[],
): Promise<void> {
  const ours = items.filter(({ documentId }) => documentId.includes(`.${options.run}/`));
  const documents = ours.filter(({ kind }) => kind === 'document');
  await Promise.all(documents.map((item) => gate(() => take(options, unit, item))));
  registerAll(options, unit, documents);
  for (const { kind, aboutDeliveryId = '', statusCode = '' } of ours)
    if (kind === 'status') options.ledger.noteStatus(aboutDeliveryId, statusCode);
  // What is not this day's is left as it is.
  if (ours.length > 0)
    await acknowledge(
      options,
      unit,
      ours.map(({ deliveryId }) => deliveryId),
    );
  if (documents.length > 0) await report(options, unit, documents);
}

async function serve(
  options: InboxesOptions,
  gate: ReturnType<typeof createGate>,
  unit: Unit,
): Promise<void> {
  const { session, ledger, signal } = options;
  let cursor = '';
  // Units do not all look at once.
  await pause(Math.random() * options.everyMs(), undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    let isMore = false;
    try {
      const query = `?limit=${pageItems}&waitS=${waitS}${cursor && `&cursor=${cursor}`}`;
      const { bytes } = await session.call(unit.id, { method: 'GET', path: '/documents/v1/inbox', query });
      const page: Schema['InboxPage'] = JSON.parse(bytes.toString());
      await work(options, gate, unit, page.items);
      cursor = page.next;
      isMore = page.isMore;
    } catch (error) {
      if (!signal.aborted) ledger.fail(error);
    }
    if (!isMore) await pause(options.everyMs(), undefined, { signal }).catch(() => undefined);
  }
}

/** Plays all units until the signal. */
export async function receiveAll(options: InboxesOptions): Promise<void> {
  const gate = createGate(options.atOnce);
  await Promise.all(options.units.map((unit) => serve(options, gate, unit)));
}
