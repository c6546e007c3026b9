// The platform's own messages, posted to one address and told apart by LoaiBanTin. Source: payment-platform.md §1.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseFields, readBody, toReply } from './answer.ts';
import { settleDue } from './attempt.ts';
import { type Fields, signedFields } from './checksum.ts';
import { type Judged, refuse, serveAsked, toReference } from './exchange.ts';
import type { FaultRule } from './faults.ts';
import { checkInit, checkProof, toInitialised } from './init.ts';
import type { Payment } from './ledger.ts';
import type { Parts } from './parts.ts';
import { toReceiptPdf, toReceiptUrl } from './receipt.ts';

/** `TrangThaiGD`: 1 success, 3 pending (bank time-out), 4 failed. What was given back did succeed. §1.4 */
function toStateCode({ state }: Payment, untried: string): string {
  if (state === 'initial') return untried;
  if (state === 'pending') return '3';
  return state === 'paid' || state === 'refunded' ? '1' : '4';
}

function judgeInit(fields: Fields, fault: FaultRule | undefined, parts: Parts): Judged {
  const { settings, ledger, live, schedule, url } = parts;
  const reason = checkInit(fields, settings, schedule.nowMs());
  if (reason !== undefined) return refuse(reason, parts);
  const effect = toInitialised(fields, settings);
  const known = ledger.find(String(fields['MaThamChieu']));
  if (known && (known.face !== 'platform' || known.content !== effect.content))
    return refuse('duplicate', parts);
  const address = `${url()}/thanh-toan/${known?.token ?? effect.token}`;
  const reply = {
    ...{ MaLoi: '00', MoTaLoi: 'Thành công' },
    ...(fault?.mode !== 'noUrl' && { UrlThanhToan: address }),
  };
  return { answer: toReply(reply, live().replyForm), code: '00', ...(!known && { effect }) };
}

function judgeQuery(payment: Payment, fault: FaultRule | undefined, { settings, live }: Parts): Judged {
  const state = fault?.mode === 'pending' ? '3' : toStateCode(payment, settings.untriedState);
  const TrangThaiGD = settings.stateForm === 'number' ? Number(state) : state;
  const reply = { MaLoi: '00', MoTaLoi: 'Thành công', TrangThaiGD };
  return { answer: toReply(reply, live().replyForm), code: '00', state };
}

function judgeBill(payment: Payment, _fault: FaultRule | undefined, parts: Parts): Judged {
  const { live, schedule } = parts;
  const { receiptForm, receiptDelayMs, replyForm } = live();
  if (payment.state !== 'paid') return refuse('notPaid', parts);
  if ((payment.paidAtMs ?? 0) + receiptDelayMs > schedule.nowMs()) return refuse('notReady', parts);
  if (receiptForm === 'pdf')
    return {
      answer: { status: 200, type: 'application/pdf', body: toReceiptPdf(payment, parts.settings) },
      code: '00',
    };
  const reply = { MaLoi: '00', MoTaLoi: 'Thành công', UrlBienLai: toReceiptUrl(payment, parts) };
  return { answer: toReply(reply, replyForm), code: '00' };
}

function judgeCancel(payment: Payment, _fault: FaultRule | undefined, parts: Parts): Judged {
  if (payment.state === 'paid' || payment.state === 'refunded') return refuse('paid', parts);
  if (payment.state === 'pending') return refuse('ended', parts);
  const done = {
    answer: toReply({ MaLoi: '00', MoTaLoi: 'Thành công' }, parts.live().replyForm),
    code: '00',
  };
  return payment.isCancelled ? done : { ...done, effect: { kind: 'cancelled' } };
}

function judgeRefund(payment: Payment, _fault: FaultRule | undefined, parts: Parts): Judged {
  if (payment.state !== 'paid' && payment.state !== 'refunded') return refuse('notPaid', parts);
  const done = {
    answer: toReply({ MaLoi: '00', MoTaLoi: 'Thành công' }, parts.live().replyForm),
    code: '00',
  };
  return payment.state === 'refunded' ? done : { ...done, effect: { kind: 'refunded' } };
}

/** Messages about a payment that there is. CANCEL and REFUND are [assumed]. */
const about: Readonly<
  Record<string, (payment: Payment, fault: FaultRule | undefined, parts: Parts) => Judged>
> = { QUERY: judgeQuery, GET_BILL: judgeBill, CANCEL: judgeCancel, REFUND: judgeRefund };

async function judgeAbout(
  operation: string,
  fields: Fields,
  fault: FaultRule | undefined,
  parts: Parts,
): Promise<Judged> {
  const judge = Object.hasOwn(about, operation) ? about[operation] : undefined;
  if (!judge) return refuse('shape', parts);
  const reason = checkProof(fields, signedFields.QUERY, parts.settings, parts.schedule.nowMs());
  if (reason !== undefined) return refuse(reason, parts);
  const payment = parts.ledger.find(String(fields['MaThamChieu']));
  if (payment?.face !== 'platform') return refuse('unknown', parts);
  await settleDue(payment, parts);
  return judge(payment, fault, parts);
}

/** Serves one message of a provider. */
export async function serveMessage(
  message: IncomingMessage,
  response: ServerResponse,
  parts: Parts,
): Promise<void> {
  const body = await readBody(message);
  const fields = parseFields(body) ?? {};
  const { LoaiBanTin, MaThamChieu, ThoiGianGD } = fields;
  const operation = ['INIT', ...Object.keys(about)].find((name) => name === LoaiBanTin) ?? 'other';
  const reference = toReference(MaThamChieu);
  const asked = {
    ...{ face: 'platform' as const, operation, reference, body: body ?? Buffer.alloc(0) },
    ...(typeof ThoiGianGD === 'string' && { stamp: ThoiGianGD }),
  };
  const judge = (fault: FaultRule | undefined): Judged | Promise<Judged> => {
    if (reference === undefined) return refuse('shape', parts);
    if (operation === 'INIT') return judgeInit(fields, fault, parts);
    return judgeAbout(operation, fields, fault, parts);
  };
  await serveAsked(response, asked, judge, parts);
}
