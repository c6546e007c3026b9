// The addresses for tests: fault switch, journal, payments without a browser, forged CONFIRMs, bill look-up, differences,
// settings. Whoever knows the address may use it: the control key is part of it. None is part of the platform's protocol.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createReader, type Reader } from '../parts/reader.ts';
import { parseFields, readBody, sendAnswer, toJson } from './answer.ts';
import { attempt, confirmAndRespond, toReturnUrl, type Wish } from './attempt.ts';
import { askBill } from './bill.ts';
import { type Fields, signedFields, toChecksum } from './checksum.ts';
import type { Settings } from './config.ts';
import { toConfirm } from './confirm.ts';
import { faultModes, parseFaults } from './faults.ts';
import type { Payment } from './ledger.ts';
import { confirmModeNames, confirmModes, parseLive, parsePlan } from './live.ts';
import type { Parts } from './parts.ts';
import { parseDifference } from './reconciliation.ts';

const pageMost = 1_000;
const mostMs = 30 * 86_400_000;

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Where the addresses for tests begin, without a slash at the end. */
export const toControlPath = ({ controlKey }: Pick<Settings, 'controlKey'>): string =>
  `/mock/payment-platform/${controlKey}`;

/** What of the control addresses a path names; undefined when the key is missing or wrong. */
function readAddress(pathname: string, settings: Settings): string | undefined {
  const end = pathname.lastIndexOf('/');
  const isKnown = timingSafeEqual(hash(pathname.slice(0, end)), hash(toControlPath(settings)));
  return isKnown ? pathname.slice(end + 1) : undefined;
}

/** A request for one of the addresses. */
interface Asked {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly response: ServerResponse;
}

const send = (response: ServerResponse, body: object, parts: Parts, status = 200): Promise<void> =>
  sendAnswer(response, toJson(body, status), undefined, parts.signal);

/** Reads a body whole. @throws Error with every mistake */
function read<T>(json: unknown, name: string, take: (reader: Reader) => T): T {
  const mistakes: string[] = [];
  const reader = createReader(json, name, mistakes);
  const taken = take(reader);
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return taken;
}

function toWhole(text: string | null, otherwise: number, most: number): number {
  const value = Number(text ?? otherwise);
  return Number.isInteger(value) && value >= 1 ? Math.min(value, most) : otherwise;
}

function toRow(payment: Payment): object {
  const { content: _content, token: _token, plan, ...row } = payment;
  return { ...row, mode: plan?.mode ?? null };
}

async function serveFault({ method, body, response }: Asked, parts: Parts): Promise<void> {
  const { faults, settings } = parts;
  if (method === 'PUT') faults.set(parseFaults(body, settings.seed));
  else if (method === 'DELETE') faults.set([]);
  await send(response, { faults: faults.show(), modes: faultModes, confirmModes }, parts);
}

async function serveJournal({ query, response }: Asked, parts: Parts): Promise<void> {
  const { journal, ledger } = parts;
  const from = toWhole(query.get('from'), 1, Number.MAX_SAFE_INTEGER);
  const limit = toWhole(query.get('limit'), pageMost, pageMost);
  const { count, syncs } = journal.counts();
  const counts = ledger.counts();
  const view = query.get('view');
  if (view === 'counts') {
    await send(response, { count, syncs, counts }, parts);
    return;
  }
  const isPayments = view === 'payments';
  const reference = query.get('reference');
  const all = ledger.all().filter((one) => reference === null || one.reference === reference);
  const entries = isPayments
    ? all.slice(from - 1, from - 1 + limit).map(toRow)
    : await journal.read(from, limit);
  const next = from + entries.length;
  const last = isPayments ? all.length : count;
  await send(response, { count: last, syncs, counts, entries, next: next <= last ? next : null }, parts);
}

function findPayment(reference: string, { ledger }: Parts): Payment {
  const payment = ledger.find(reference);
  if (payment === undefined) throw new Error('reference: no such payment');
  return payment;
}

async function servePay({ body, response }: Asked, parts: Parts): Promise<void> {
  const live = parts.live();
  const { reference, ...wish } = read(body, 'pay', (reader): Wish & { reference: string } => {
    const paidAt = reader.optional('paidAt', { match: /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/ });
    return {
      reference: reader.text('reference'),
      outcome: reader.choice('outcome', ['success', 'fail', 'abandon', 'pending'], 'success'),
      by: 'control',
      plan: parsePlan(reader, live, live.confirmMode),
      paidAtMs: paidAt === undefined ? undefined : Date.parse(paidAt),
      pendingMs: reader.whole('pendingMs', { least: 0, most: mostMs, otherwise: live.pendingMs }),
      becomes: reader.choice('pendingBecomes', ['success', 'fail'], live.pendingBecomes),
    };
  });
  const payment = findPayment(reference, parts);
  const attempted = await attempt(payment, wish, parts);
  if (attempted !== 'done') {
    await send(response, { error: attempted, ...toRow(payment) }, parts, 409);
    return;
  }
  const respond = (): Promise<void> =>
    send(response, { ...toRow(payment), returnUrl: toReturnUrl(payment, parts) ?? null }, parts);
  await confirmAndRespond(payment, respond, parts);
}

async function serveConfirm({ body, response }: Asked, parts: Parts): Promise<void> {
  const { settings, ledger, confirmer } = parts;
  const fields = parseFields(Buffer.from(JSON.stringify(body ?? {}))) ?? {};
  const { fields: written = {}, ...rest } = fields;
  const { reference, mode, isSigned } = read(rest, 'confirm', (reader) => ({
    reference: reader.text('reference', { otherwise: 'ordered' }),
    mode: reader.choice('mode', confirmModeNames, 'valid'),
    isSigned: reader.flag('sign', true),
  }));
  const payment = ledger.find(reference);
  const before: Fields = payment ? toConfirm(payment, mode, settings) : { LoaiBanTin: 'CONFIRM' };
  const over: Fields = { ...before, ...(typeof written === 'object' ? written : {}) };
  const isNew = isSigned && mode !== 'badChecksum';
  const sent = isNew ? { ...over, MaXacThuc: toChecksum(over, signedFields.CONFIRM, settings.secret) } : over;
  await send(response, { sent, ...(await confirmer.sendOrdered(reference, sent)) }, parts);
}

async function serveBill({ body, response }: Asked, parts: Parts): Promise<void> {
  const dossier = read(body, 'bill', (reader) => reader.text('dossier'));
  await send(response, await askBill(dossier, parts), parts);
}

async function serveDifferences({ method, body, response }: Asked, parts: Parts): Promise<void> {
  const { journal, ledger } = parts;
  if (method === 'PUT') {
    const { date, differences } = read(body, 'reconciliation', (reader) => ({
      date: reader.text('date', { match: /^\d{8}$/ }),
      differences: reader.children('differences').map(parseDifference),
    }));
    await journal.append({ event: 'differences', date, differences });
  } else if (method === 'DELETE')
    for (const date of Object.keys(ledger.allDifferences()))
      await journal.append({ event: 'differences', date, differences: [] });
  await send(response, { differences: ledger.allDifferences() }, parts);
}

async function serveSettings({ method, body, response }: Asked, parts: Parts): Promise<void> {
  const { live, journal, schedule, confirmer } = parts;
  if (method === 'PUT') {
    const next = read(body, 'settings', (reader) => {
      const nowIso = reader.optional('nowIso', { match: /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/ });
      const parsed = parseLive(reader, live());
      return nowIso === undefined ? parsed : { ...parsed, clockOffsetMs: Date.parse(nowIso) - Date.now() };
    });
    await journal.append({ event: 'set', live: next });
    schedule.setOffset(next.clockOffsetMs);
    confirmer.resume();
  }
  await send(response, { ...live(), nowIso: new Date(schedule.nowMs()).toISOString() }, parts);
}

const addresses: Readonly<
  Record<string, { methods: readonly string[]; serve: (asked: Asked, parts: Parts) => Promise<void> }>
> = {
  fault: { methods: ['GET', 'PUT', 'DELETE'], serve: serveFault },
  journal: { methods: ['GET'], serve: serveJournal },
  pay: { methods: ['POST'], serve: servePay },
  confirm: { methods: ['POST'], serve: serveConfirm },
  bill: { methods: ['POST'], serve: serveBill },
  reconciliation: { methods: ['GET', 'PUT', 'DELETE'], serve: serveDifferences },
  settings: { methods: ['GET', 'PUT'], serve: serveSettings },
};

/** Serves `<control path>/` with the addresses above; anything else is 404. A mistake is 400. */
export async function serveControl(
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
  parts: Parts,
): Promise<void> {
  const what = readAddress(url.pathname, parts.settings) ?? '';
  const address = Object.hasOwn(addresses, what) ? addresses[what] : undefined;
  const { method = '' } = message;
  if (!address) return send(response, { error: 'not found' }, parts, 404);
  if (!address.methods.includes(method))
    return send(response, { error: `${address.methods.join(', ')} only` }, parts, 405);
  try {
    const body = ['PUT', 'POST'].includes(method) ? parseFields(await readBody(message)) : undefined;
    await address.serve({ method, query: url.searchParams, body, response }, parts);
  } catch (cause) {
    if (response.headersSent) throw cause;
    await send(response, { error: cause instanceof Error ? cause.message : 'not readable' }, parts, 400);
  }
}
