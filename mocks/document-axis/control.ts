// The addresses for tests: fault switch, journal, directory of units, messages to order. Whoever knows the address may use
// it: the control key is part of it. None is part of the axis' protocol.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createReader } from '../parts/reader.ts';
import { acceptMessage } from './accept.ts';
import type { Settings } from './config.ts';
import { type ExchangeParts, readJson } from './exchange.ts';
import { faultModes, parseFaults } from './faults.ts';
import type { Item } from './queues.ts';
import { composeMessage, parseInjection } from './sample.ts';

const pageMost = 1_000;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Where the addresses for tests begin, without a slash at the end. */
export const toControlPath = ({ controlKey }: Pick<Settings, 'controlKey'>): string =>
  `/mock/document-axis/${controlKey}`;

/** What of the control addresses a path names; undefined when the key is missing or wrong. */
function readAddress(pathname: string, settings: Settings): string | undefined {
  const end = pathname.lastIndexOf('/');
  const isKnown = timingSafeEqual(hash(pathname.slice(0, end)), hash(toControlPath(settings)));
  return isKnown ? pathname.slice(end + 1) : undefined;
}

function toWhole(text: string | null, otherwise: number, most: number): number {
  const value = Number(text ?? otherwise);
  return Number.isInteger(value) && value >= 1 ? Math.min(value, most) : otherwise;
}

async function serveFault(
  message: IncomingMessage,
  response: ServerResponse,
  { faults }: ExchangeParts,
): Promise<void> {
  if (message.method === 'PUT') faults.set(parseFaults(await readJson(message)));
  else if (message.method === 'DELETE') faults.set([]);
  sendJson(response, 200, { faults: faults.show(), modes: faultModes });
}

function toItemView({ docId, to, message, state, listed, fetched, acknowledged }: Item): object {
  const { kind, documentId, documentType, statusCode, answers, sha256, from, bytes, spoil } = message;
  const told = { kind, from, to, documentId, documentType, statusCode, answers, sha256, bytes, spoil };
  return { docId, senderDocId: message.docId, ...told, state, listed, fetched, acknowledged };
}

/** Lines of the journal, or with `view=items` what they add up to for each queue item, or with `view=counts` counts only. */
async function serveJournal(
  query: URLSearchParams,
  response: ServerResponse,
  { journal, queues }: ExchangeParts,
): Promise<void> {
  const from = toWhole(query.get('from'), 1, Number.MAX_SAFE_INTEGER);
  const limit = toWhole(query.get('limit'), pageMost, pageMost);
  const { count, syncs } = journal.counts();
  const counts = queues.counts();
  const view = query.get('view');
  if (view === 'counts') {
    sendJson(response, 200, { count, syncs, counts });
    return;
  }
  const isItems = view === 'items';
  const entries = isItems ? queues.page(from, limit).map(toItemView) : await journal.read(from, limit);
  const all = isItems ? counts.items.edoc + counts.items.status : count;
  const next = from + entries.length;
  sendJson(response, 200, { count: all, syncs, counts, entries, next: next <= all ? next : null });
}

/** `{"agencies": 111000, "dirty": true, "lock": [code], "unlock": [code], "close": [code]}`, each optional. */
async function serveUnits(
  message: IncomingMessage,
  response: ServerResponse,
  { units }: ExchangeParts,
): Promise<void> {
  if (message.method === 'PUT') {
    const mistakes: string[] = [];
    const reader = createReader(await readJson(message), 'units', mistakes);
    const agencies = reader.has('agencies')
      ? reader.whole('agencies', { least: 0, most: 500_000 })
      : undefined;
    const dirty = reader.has('dirty') ? reader.flag('dirty', false) : undefined;
    const [lock, unlock, close] = [
      reader.texts('lock', []),
      reader.texts('unlock', []),
      reader.texts('close', []),
    ];
    reader.end();
    if (mistakes.length > 0) throw new Error(mistakes.join('; '));
    if (agencies !== undefined) units.setAgencies(agencies);
    if (dirty !== undefined) units.setDirty(dirty);
    for (const code of lock) units.setLocked(code, true);
    for (const code of unlock) units.setLocked(code, false);
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    for (const code of close) units.remove(code, day);
  }
  sendJson(response, 200, { count: units.count() });
}

async function serveInjection(
  message: IncomingMessage,
  response: ServerResponse,
  parts: ExchangeParts,
): Promise<void> {
  const injection = parseInjection(await readJson(message));
  const stored = await parts.store.save(composeMessage(injection, Date.now()));
  if (stored === undefined) throw new Error('injection: larger than messageBytes');
  const { kind, from, to, spoil } = injection;
  const sending = { system: undefined, kind, from, to, spoil, fault: spoil };
  const outcome = await acceptMessage(stored, sending, parts);
  if (outcome.is === 'done')
    sendJson(response, 200, { ...outcome.fields, sha256: stored.sha256, bytes: stored.bytes });
  else
    throw new Error(outcome.is === 'refused' ? `injection: ${outcome.code} ${outcome.reason}` : 'injection');
}

const methods: Readonly<Record<string, readonly string[]>> = {
  fault: ['GET', 'PUT', 'DELETE'],
  journal: ['GET'],
  units: ['GET', 'PUT'],
  inject: ['POST'],
};

/** Serves `<control path>/` with `fault`, `journal`, `units`, `inject`; anything else is 404. A mistake is 400. */
export async function serveControl(
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
  parts: ExchangeParts,
): Promise<void> {
  const what = readAddress(url.pathname, parts.settings) ?? '';
  const allowed = Object.hasOwn(methods, what) ? methods[what] : undefined;
  if (!allowed) {
    sendJson(response, 404, { error: 'not found' });
    return;
  }
  if (!allowed.includes(message.method ?? '')) {
    sendJson(response, 405, { error: `${allowed.join(', ')} only` });
    return;
  }
  try {
    if (what === 'fault') await serveFault(message, response, parts);
    else if (what === 'journal') await serveJournal(url.searchParams, response, parts);
    else if (what === 'units') await serveUnits(message, response, parts);
    else await serveInjection(message, response, parts);
  } catch (cause) {
    sendJson(response, 400, {
      error: cause instanceof Error ? cause.message : 'not readable',
      modes: faultModes,
    });
  }
}
