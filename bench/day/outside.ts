// The agencies outside the province, played through the axis by a system of their own: list, fetch, prove, tell apart by
// DocumentId, receiver and type, finish, and send the statuses back. Source: document-axis.md §3.2, §9.13
import { setTimeout as pause } from 'node:timers/promises';
import type { Axis, AxisItem } from './axis.ts';
import { type ReadDocument, readDocument, writeStatus } from './edxml.ts';
import { createGate } from './inboxes.ts';
import { type Ledger, statusesExpected, toKey } from './ledger.ts';
import { toSha256 } from './plan.ts';

/** What the agencies work with. */
export interface OutsideOptions {
  readonly axis: Axis;
  readonly ledger: Ledger;
  /** In the DocumentId of this day's documents. */
  readonly run: string;
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

const idleMs = 250;

/** `yyyy/MM/dd HH:mm:ss`, local time. */
const toMoment = (ms: number): string =>
  new Date(ms + 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/');

async function sendStatuses({ axis }: OutsideOptions, document: ReadDocument, from: string): Promise<void> {
  for (const code of statusesExpected)
    await axis.sendStatus(from, document.from, writeStatus(document, from, code, toMoment(Date.now())));
}

/** Proves and registers an item. @returns the document, where it was not there yet */
async function take(
  { ledger, run }: OutsideOptions,
  { docId, to }: AxisItem,
  content: Promise<Buffer>,
): Promise<ReadDocument | undefined> {
  const document = readDocument(await content);
  // What others left in the queue is not this day's.
  if (!document?.documentId.includes(`.${run}/`)) return undefined;
  const { documentId, type, attachment } = document;
  if (toSha256(attachment) !== ledger.contents.get(documentId))
    throw new Error(`what ${to} was given of ${documentId} is not what was sent`);
  const found = ledger.register(toKey(documentId, type, to), docId);
  if (found === 'other') ledger.repeatedItems += 1;
  return found === 'new' ? document : undefined;
}

/** Plays all agencies until the signal. */
export async function playOutside(options: OutsideOptions): Promise<void> {
  const { axis, ledger, signal } = options;
  const gate = createGate(options.atOnce);
  const answers = createGate(options.atOnce);
  const reports = new Set<Promise<void>>();

  function report(document: ReadDocument, to: string): void {
    const reporting = answers(() => sendStatuses(options, document, to))
      .catch((error: unknown) => ledger.fail(error))
      .finally(() => reports.delete(reporting));
    reports.add(reporting);
  }

  async function serve(items: readonly AxisItem[]): Promise<void> {
    const fetched = items.map(({ docId }) => gate(() => axis.fetch(docId)));
    for (const content of fetched) content.catch(() => undefined);
    const finished: Promise<void>[] = [];
    // In the order of the queue, whatever order the contents come in.
    for (const [at, item] of items.entries()) {
      const document = await take(options, item, fetched[at] ?? axis.fetch(item.docId));
      if (document) report(document, item.to);
      finished.push(gate(() => axis.finish(item.docId)));
    }
    await Promise.all(finished);
  }

  while (!signal.aborted) {
    try {
      const items = await axis.list();
      await serve(items);
      if (items.length === 0) await pause(idleMs, undefined, { signal }).catch(() => undefined);
    } catch (error) {
      if (!signal.aborted) ledger.fail(error);
    }
  }
  await Promise.all(reports);
}
