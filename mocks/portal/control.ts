// The addresses for tests: fault switch, journal, held dossiers, dossiers to file, dictionaries. Whoever knows the address
// may use it: the control key is part of it. None is part of the portal's protocol.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseCatalogueChange } from './catalogue.ts';
import type { Settings } from './config.ts';
import type { ExchangeParts } from './exchange.ts';
import { faultModes, parseFaults } from './faults.ts';
import { parseOrders } from './filed.ts';
import { parseJson, readBody, sendJson } from './http.ts';
import { toView } from './journal.ts';

const bodyMostBytes = 1_048_576;
const pageMost = 1_000;

/** One request for an address. */
interface Request {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly json: unknown;
}

/** What is answered. */
interface Reply {
  readonly status: number;
  readonly body: object;
}

type Address = (request: Request, parts: ExchangeParts) => Promise<Reply>;

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Where the addresses for tests begin, without a slash at the end. */
export const toControlPath = ({ controlKey }: Pick<Settings, 'controlKey'>): string =>
  `/mock/portal/${controlKey}`;

const ok = (body: object, status = 200): Reply => ({ status, body });

function readPage(query: URLSearchParams): { readonly from: number; readonly limit: number } {
  const read = (key: string, otherwise: number, most: number): number => {
    const value = Number(query.get(key) ?? otherwise);
    return Number.isInteger(value) && value >= 1 ? Math.min(value, most) : otherwise;
  };
  return { from: read('from', 1, Number.MAX_SAFE_INTEGER), limit: read('limit', pageMost, pageMost) };
}

const toNext = (from: number, entries: readonly object[], all: number): number | null =>
  from + entries.length <= all ? from + entries.length : null;

const serveFault: Address = async ({ method, json }, { faults }) => {
  if (method === 'PUT') faults.set(parseFaults(json));
  else if (method === 'DELETE') faults.set([]);
  return ok({ faults: faults.show(), modes: faultModes });
};

/** Lines, or with `view=dossiers` what they add up to for each dossier, or with `view=counts` counts only. */
const serveJournal: Address = async ({ query }, { journal, dossiers, inbound, catalogue }) => {
  const { count, syncs } = journal.counts();
  const held = dossiers.counts();
  const counts = { ...held, inbound: inbound.counts(), catalogue: catalogue.counts() };
  const view = query.get('view');
  if (view === 'counts') return ok({ count, syncs, counts });
  const { from, limit } = readPage(query);
  const isRows = view === 'dossiers';
  const entries = isRows ? dossiers.page(from, limit) : (await journal.read(from, limit)).map(toView);
  const all = isRows ? held.dossiers : count;
  return ok({ count: all, syncs, counts, entries, next: toNext(from, entries, all) });
};

const serveDossiers: Address = async ({ query }, { dossiers }) => {
  const held = dossiers.show(query.get('code') ?? '');
  return held ? ok(held) : ok({ error: 'no such dossier' }, 404);
};

const serveCatalogue: Address = async ({ method, query, json }, { catalogue, journal }) => {
  if (method === 'PUT') {
    const change = parseCatalogueChange(json);
    catalogue.apply(change);
    await journal.append({ event: 'catalogue', change });
  }
  const code = query.get('code');
  if (code !== null) {
    const state = catalogue.stateOf(code);
    return ok({ ...catalogue.counts(), state, procedure: catalogue.show(code) ?? null });
  }
  const { from, limit } = readPage(query);
  const counts = catalogue.counts();
  const isPage = query.has('from') || query.has('limit');
  const entries = isPage ? catalogue.page(from, limit) : [];
  return ok({ ...counts, ...(isPage && { entries, next: toNext(from, entries, counts.procedures) }) });
};

const serveInbound: Address = async ({ method, query, json }, parts) => {
  const { inbound } = parts;
  if (method === 'POST') {
    const { orders, again, wait } = parseOrders(json, inbound.next(), Date.now(), parts);
    const taken = again.length > 0 ? await inbound.repeat(again) : await inbound.take(orders);
    if (wait) await taken.over;
    const codes = again.length > 0 ? again : orders.map(({ code }) => code);
    return ok({ codes, counts: inbound.counts() }, wait ? 200 : 202);
  }
  const { from, limit } = readPage(query);
  const entries = inbound.page(from, limit);
  const counts = inbound.counts();
  return ok({ counts, entries, next: toNext(from, entries, counts.ordered) });
};

const addresses: Readonly<Record<string, { readonly methods: readonly string[]; readonly serve: Address }>> =
  {
    fault: { methods: ['GET', 'PUT', 'DELETE'], serve: serveFault },
    journal: { methods: ['GET'], serve: serveJournal },
    dossiers: { methods: ['GET'], serve: serveDossiers },
    catalogue: { methods: ['GET', 'PUT'], serve: serveCatalogue },
    inbound: { methods: ['GET', 'POST'], serve: serveInbound },
  };

/** What of the control addresses a path names; undefined when the key is missing or wrong. */
function readAddress(pathname: string, settings: Settings): string | undefined {
  const end = pathname.lastIndexOf('/');
  const isKnown = timingSafeEqual(hash(pathname.slice(0, end)), hash(toControlPath(settings)));
  return isKnown ? pathname.slice(end + 1) : undefined;
}

/** Serves the control addresses; anything else is 404, a mistake in what a test sends is 400. */
export async function serveControl(
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
  parts: ExchangeParts,
): Promise<void> {
  const name = readAddress(url.pathname, parts.settings) ?? '';
  const address = Object.hasOwn(addresses, name) ? addresses[name] : undefined;
  const method = message.method ?? 'GET';
  const json = parseJson(await readBody(message, bodyMostBytes));
  if (!address) return sendJson(response, 404, { error: 'not found' });
  if (!address.methods.includes(method))
    return sendJson(response, 405, { error: `${address.methods.join(', ')} only` });
  try {
    const { status, body } = await address.serve({ method, query: url.searchParams, json }, parts);
    sendJson(response, status, body);
  } catch (cause) {
    sendJson(response, 400, { error: cause instanceof Error ? cause.message : 'not readable' });
  }
}
