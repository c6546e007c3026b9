// Takes a stored message into the queues: who sends, who receives, what the axis adds. One line of the journal makes it
// all true at once. Source: document-axis.md §3.2, §3.3, §8.2, §8.3.
import { randomBytes, randomUUID } from 'node:crypto';
import { toMoment } from './clock.ts';
import type { Settings, System } from './config.ts';
import type { Journal, Kind } from './journal.ts';
import { done, type Outcome, refuse } from './outcome.ts';
import type { MessageHead } from './scan-header.ts';
import type { Spoil } from './spoil.ts';
import type { Store, Stored } from './store.ts';
import type { Units } from './units.ts';

/** What stands beside a message. */
export interface Sending {
  /** Undefined: injected by a test, from whatever unit it says. */
  readonly system: System | undefined;
  readonly kind: Kind;
  /** Undefined: as the message says. */
  readonly from: string | undefined;
  readonly to: readonly string[] | undefined;
  readonly spoil: Spoil | undefined;
  readonly fault: string | undefined;
}

/** What accepting needs. */
export interface AcceptParts {
  readonly settings: Settings;
  readonly units: Units;
  readonly store: Store;
  readonly journal: Journal;
}

const toXmlText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function toHop(head: MessageHead, { traceHeader, traceOrganId }: Settings) {
  if (head.trace === undefined || traceHeader === 'none') return undefined;
  const { atByte, prefix } = head.trace;
  const element = (name: string, text: string): string => `<${prefix}${name}>${text}</${prefix}${name}>`;
  const organ = traceHeader === 'withOrganId' ? element('OrganId', toXmlText(traceOrganId)) : '';
  const text = element('TraceHeader', organ + element('Timestamp', toMoment(Date.now())));
  return { atByte, text };
}

function checkHead(head: MessageHead | undefined, kind: Kind): Outcome | MessageHead {
  if (head === undefined) return refuse('22');
  if (kind === 'edoc' && head.documentId === '') return refuse('22', 'DocumentId');
  if (kind === 'status' && head.statusCode === '') return refuse('22', 'StatusCode');
  return head;
}

/** Locked units take nothing; closed ones only statuses, for documents of the time before. */
function checkReceiver(code: string, kind: Kind, units: Units): Outcome | undefined {
  const unit = units.find(code);
  if (unit === undefined) return refuse('18', code);
  if (unit.locked) return refuse('23', code);
  if (unit.deleted && kind === 'edoc')
    return refuse('23', unit.successor ? `${code} -> ${unit.successor}` : code);
  return undefined;
}

function isSender(code: string, { system, kind }: Sending, units: Units): boolean {
  if (system === undefined) return true;
  const unit = units.find(code);
  return unit !== undefined && !(unit.deleted && kind === 'edoc') && units.isServed(code, system);
}

function toReceivers(head: MessageHead, { to, kind }: Sending): readonly string[] {
  const named = kind === 'edoc' ? head.to : head.answers.map(({ organId }) => organId);
  return [...new Set(to ?? named)].filter((code) => code !== '');
}

function toDocId({ docIdForm }: Settings): string {
  return docIdForm === 'uuid' ? randomUUID() : randomBytes(12).toString('hex');
}

function check(stored: Stored, sending: Sending, units: Units): Outcome | MessageHead {
  const head = checkHead(stored.head, sending.kind);
  if ('is' in head) return head;
  const from = sending.from ?? head.from;
  if (!isSender(from, sending, units)) return refuse('19', from);
  const receivers = toReceivers(head, sending);
  if (receivers.length === 0) return refuse('18');
  for (const code of receivers) {
    const refusal = checkReceiver(code, sending.kind, units);
    if (refusal) return refusal;
  }
  return head;
}

async function keep(
  stored: Stored,
  head: MessageHead,
  sending: Sending,
  parts: AcceptParts,
): Promise<string> {
  const { settings, store, journal } = parts;
  const { system, kind, spoil, fault } = sending;
  const spoiled = spoil === undefined ? stored : await store.spoil(stored, spoil);
  const hop = toHop(spoiled.head ?? head, settings);
  const docId = toDocId(settings);
  const answers = head.answers[0]?.documentId;
  await journal.append({
    event: 'received',
    docId,
    ...(system && { system: system.systemId }),
    from: sending.from ?? head.from,
    kind,
    documentId: head.documentId,
    ...(head.documentType && { documentType: head.documentType }),
    ...(head.statusCode && { statusCode: head.statusCode }),
    ...(answers && { answers }),
    sha256: stored.sha256,
    bytes: stored.bytes,
    place: store.keep(spoiled),
    ...(hop && { hop }),
    ...(spoil && { spoil }),
    ...(fault && { fault }),
    items: toReceivers(head, sending).map((to) => ({ docId: toDocId(settings), to })),
  });
  return docId;
}

/** Queues a stored message for each receiver, or refuses it and removes its file. */
export async function acceptMessage(stored: Stored, sending: Sending, parts: AcceptParts): Promise<Outcome> {
  const checked = check(stored, sending, parts.units);
  if (!('is' in checked)) return done({ DocId: await keep(stored, checked, sending, parts) });
  await parts.store.remove(stored);
  return checked;
}
