// The bank-side face of 2026, where it is configured: flat JSON, `x-request-id` as idempotency key, a signed answer.
// Source: payment-platform.md §4, §7.12. Paths, the signature and the words of refusals are [assumed].
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, parseFields, readBody, toJson } from './answer.ts';
import { type Fields, hmac } from './checksum.ts';
import { type Judged, serveAsked, toReference } from './exchange.ts';
import type { Initialised } from './journal.ts';
import type { Payment } from './ledger.ts';
import type { Parts } from './parts.ts';
import { toReceiptUrl } from './receipt.ts';
import type { Reason } from './refusals.ts';

const words: Readonly<Record<Payment['state'], string>> = {
  ...{ initial: 'PENDING', pending: 'PENDING', paid: 'SUCCESS', refunded: 'SUCCESS' },
  ...{ failed: 'FAILED', abandoned: 'FAILED', cancelled: 'FAILED' },
};

function sign(answer: Answer, { settings }: Parts): Answer {
  const key = settings.bankFace?.secret ?? '';
  return { ...answer, headers: { 'x-request-signature': hmac(String(answer.body), key) } };
}

function refuse(reason: Reason, status: number, parts: Parts): Judged {
  return { answer: sign(toJson({ status: 'FAILED', reason }, status), parts), code: '99', reason };
}

function done(
  payment: Pick<Payment, 'dossier' | 'transaction' | 'state'>,
  more: object,
  parts: Parts,
): Judged {
  const { dossier, transaction = '', state } = payment;
  const body = { MaHoaDon: dossier, MaGiaoDich: transaction, status: words[state], ...more };
  return { answer: sign(toJson(body), parts), code: '00' };
}

function toQr(token: string, { url }: Parts): { qr: string; url: string } {
  const address = `${url()}/thanh-toan/${token}`;
  return { qr: address, url: address };
}

/** The payment's reference is the `x-request-id` of its creation. */
function judgeCreate(requestId: string | undefined, fields: Fields, parts: Parts): Judged {
  const { settings, ledger } = parts;
  const { MaHoaDon, SoTien, NoiDung } = fields;
  const dossier = toReference(MaHoaDon);
  if (requestId === undefined || dossier === undefined) return refuse('shape', 400, parts);
  if (!Number.isSafeInteger(SoTien) || Number(SoTien) <= 0) return refuse('amount', 400, parts);
  const content = hmac(JSON.stringify([MaHoaDon, SoTien, NoiDung]), settings.controlKey);
  const known = ledger.find(requestId);
  if (known && (known.face !== 'bank' || known.content !== content)) return refuse('duplicate', 409, parts);
  if (known) return done(known, toQr(known.token, parts), parts);
  if (ledger.isBusy('bank', dossier)) return refuse('paid', 409, parts);
  const token = randomBytes(12).toString('hex');
  const effect: Initialised = {
    ...{ kind: 'initialised', amount: Number(SoTien), text: String(NoiDung ?? ''), dossier, token, content },
    members: {},
  };
  const created = { dossier, transaction: undefined, state: 'initial' } as const;
  return { ...done(created, toQr(token, parts), parts), effect };
}

function judgeBill(what: string, payment: Payment | undefined, parts: Parts): Judged {
  if (payment === undefined) return refuse('unknown', 404, parts);
  if (what === '') return done(payment, {}, parts);
  if (payment.state !== 'paid') return refuse('notPaid', 409, parts);
  if (what === 'receipt') return done(payment, { receiptUrl: toReceiptUrl(payment, parts) }, parts);
  return { ...done(payment, { refund: 'SUCCESS' }, parts), effect: { kind: 'refunded' } };
}

const form = /^bank\/payments(?:\/([\w.-]+?)(?:\/(receipt|refund))?)?$/;

/** Serves `bank/payments…`; false when the face is not configured or not meant. */
export async function serveBank(
  message: IncomingMessage,
  response: ServerResponse,
  rest: string,
  parts: Parts,
): Promise<boolean> {
  const found = form.exec(rest);
  if (!found || parts.settings.bankFace === undefined) return false;
  const [, dossier, what = ''] = found;
  if (message.method !== (dossier === undefined || what === 'refund' ? 'POST' : 'GET')) return false;
  const body = await readBody(message);
  const fields = parseFields(body) ?? {};
  const requestId = toReference(message.headers['x-request-id']);
  const ofBill = parts.ledger.all().filter((one) => one.face === 'bank' && one.dossier === dossier);
  const payment = ofBill.at(-1);
  // Two creations of one bill must not pass each other: they share the lock of the bill.
  const bill = toReference(fields['MaHoaDon']) ?? '';
  const reference = dossier === undefined ? requestId : payment?.reference;
  const asked = { face: 'bank' as const, operation: 'bank', reference, body: body ?? Buffer.alloc(0) };
  const judge = (): Judged =>
    dossier === undefined ? judgeCreate(requestId, fields, parts) : judgeBill(what, payment, parts);
  await parts.locks.run(`bill ${bill}`, () => serveAsked(response, asked, judge, parts));
  return true;
}
