// The addresses for tests and developers: the fault switch and the journal. The control key is part of them; none is part
// of the scanner's protocol.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { faultModes, parseFault } from './faults.ts';
import type { Parts } from './protocol.ts';

const bodyLimitBytes = 16_384;
const pageMost = 1_000;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', connection: 'close' });
  response.end(JSON.stringify(body));
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

async function readJson(message: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of message) {
    text += String(chunk);
    if (text.length > bodyLimitBytes) throw new Error('the body is too large');
  }
  return JSON.parse(text);
}

async function serveFault(message: IncomingMessage, response: ServerResponse, { faults }: Parts) {
  try {
    if (message.method === 'PUT') faults.set(parseFault(await readJson(message)));
    else if (message.method === 'DELETE') faults.set(parseFault({}));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'not readable';
    return sendJson(response, 400, { error: reason, modes: faultModes });
  }
  sendJson(response, 200, { ...faults.show(), modes: faultModes });
}

const toWhole = (text: string | null, otherwise: number): number =>
  Math.max(1, Math.trunc(Number(text ?? otherwise)) || otherwise);

async function serveJournal(url: URL, response: ServerResponse, { journal }: Parts) {
  const from = toWhole(url.searchParams.get('from'), 1);
  const limit = Math.min(pageMost, toWhole(url.searchParams.get('limit'), pageMost));
  const entries = await journal.read(from, limit);
  sendJson(response, 200, { entries, next: entries.length === limit ? from + limit : null });
}

/** Serves `/<control key>/fault` (GET, PUT, DELETE) and `/<control key>/journal` (GET); anything else is 404. */
export async function serveControl(
  message: IncomingMessage,
  response: ServerResponse,
  parts: Parts,
): Promise<void> {
  const url = new URL(message.url ?? '/', 'http://scanner');
  const [, key = '', what] = url.pathname.split('/');
  const isKnown = timingSafeEqual(hash(key), hash(parts.settings.controlKey));
  if (isKnown && what === 'fault') await serveFault(message, response, parts);
  else if (isKnown && what === 'journal' && message.method === 'GET')
    await serveJournal(url, response, parts);
  else sendJson(response, 404, { error: 'not found' });
}
