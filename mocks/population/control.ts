// The addresses for tests and developers: the fault switch, the journal and the list of test people. Whoever knows the
// address may use it: the control key is part of it. None is part of the source's protocol.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Settings } from './config.ts';
import type { Parts } from './exchange.ts';
import { faultModes, parseFault } from './faults.ts';
import { toFullName } from './person.ts';

const bodyLimitBytes = 16_384;
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
export const toControlPath = ({ path, controlKey }: Pick<Settings, 'path' | 'controlKey'>): string =>
  `${path}/${controlKey}`;

/** What of the control addresses a path names (`/fault`, …); undefined when the key is missing or wrong. */
function readAddress(pathname: string, settings: Settings): string | undefined {
  const end = pathname.lastIndexOf('/');
  const isKnown = timingSafeEqual(hash(pathname.slice(0, end)), hash(toControlPath(settings)));
  return isKnown ? pathname.slice(end) : undefined;
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of message) {
    text += String(chunk);
    if (text.length > bodyLimitBytes) throw new Error('the body is too large');
  }
  return JSON.parse(text);
}

function toWhole(text: string | null, otherwise: number, most: number): number {
  const value = Number(text ?? otherwise);
  return Number.isInteger(value) && value >= 1 ? Math.min(value, most) : otherwise;
}

async function serveFault(
  message: IncomingMessage,
  response: ServerResponse,
  { faults }: Parts,
): Promise<void> {
  if (message.method === 'PUT') {
    try {
      faults.set(parseFault(await readJson(message)));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'not readable';
      sendJson(response, 400, { error: reason, modes: faultModes });
      return;
    }
  } else if (message.method === 'DELETE') faults.clear();
  else if (message.method !== 'GET') {
    sendJson(response, 405, { error: 'GET, PUT or DELETE' });
    return;
  }
  sendJson(response, 200, { ...faults.show(), modes: faultModes });
}

async function serveJournal(
  query: URLSearchParams,
  response: ServerResponse,
  { journal }: Parts,
): Promise<void> {
  const from = toWhole(query.get('from'), 1, Number.MAX_SAFE_INTEGER);
  const limit = toWhole(query.get('limit'), pageMost, pageMost);
  const entries = await journal.read(from, limit);
  const { count, syncs } = journal.counts();
  const next = from + entries.length;
  sendJson(response, 200, { count, syncs, entries, next: next <= count ? next : null });
}

function servePeople(query: URLSearchParams, response: ServerResponse, { people }: Parts): void {
  const name = query.get('case');
  const cases: Record<string, number> = {};
  for (const person of people.all) for (const label of person.cases) cases[label] = (cases[label] ?? 0) + 1;
  const chosen = name === null ? people.all : people.all.filter((person) => person.cases.includes(name));
  const from = toWhole(query.get('from'), 1, people.all.length);
  const limit = toWhole(query.get('limit'), 50, pageMost);
  const listed = chosen.slice(from - 1, from - 1 + limit).map((person) => ({
    number: person.number ?? null,
    oldNumber: person.oldNumber ?? null,
    fullName: toFullName(person.name),
    birthDate: person.birth.date ?? person.birth.year,
    cases: person.cases,
  }));
  sendJson(response, 200, { count: chosen.length, cases, people: listed });
}

/** Serves `<path>/<control key>/` with `fault`, `journal` and `people`; anything else is 404. */
export async function serveControl(
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
  parts: Parts,
): Promise<void> {
  const what = readAddress(url.pathname, parts.settings);
  if (what === '/fault') await serveFault(message, response, parts);
  else if (what !== '/journal' && what !== '/people') sendJson(response, 404, { error: 'not found' });
  else if (message.method !== 'GET') sendJson(response, 405, { error: 'GET only' });
  else if (what === '/journal') await serveJournal(url.searchParams, response, parts);
  else servePeople(url.searchParams, response, parts);
}
