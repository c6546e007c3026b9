// The older KeyPay face and PayGov, where they are configured. Source: payment-platform.md §2, §3, §7.12.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseFields, readBody, toJson } from './answer.ts';
import { type Fields, hmac, isSame, join, keyPayFields } from './checksum.ts';
import type { KeyPay, PayGov, Settings } from './config.ts';
import { type Judged, serveAsked, toReference } from './exchange.ts';
import type { FaceName, Initialised } from './journal.ts';
import type { Parts } from './parts.ts';
import { toPayGovChecksum, toPayGovReturn } from './paygov-fields.ts';
import { toReceiptUrl } from './receipt.ts';

const isAmount = (value: unknown): boolean => /^[1-9]\d{0,14}$/.test(String(value));

interface Order {
  readonly reference: string;
  readonly amount: unknown;
  readonly text: unknown;
  readonly returnUrl: unknown;
}

function toInitialised({ amount, text, returnUrl }: Order, fields: Fields, settings: Settings): Initialised {
  const address = typeof returnUrl === 'string' && /^https?:\/\//.test(returnUrl) ? returnUrl : undefined;
  return {
    ...{ kind: 'initialised', amount: Number(amount), text: String(text ?? ''), dossier: '', members: {} },
    token: randomBytes(12).toString('hex'),
    ...(address !== undefined && { returnUrl: address }),
    content: hmac(JSON.stringify(Object.entries(fields).sort()), settings.controlKey),
  };
}

/** The payment's page: the same for the same content, none for another. */
function open(order: Order, face: FaceName, fields: Fields, parts: Parts) {
  const effect = toInitialised(order, fields, parts.settings);
  const known = parts.ledger.find(order.reference);
  if (known && (known.face !== face || known.content !== effect.content)) return undefined;
  const url = `${parts.url()}/thanh-toan/${known?.token ?? effect.token}`;
  return { url, ...(!known && { effect }) };
}

function judgeKeyPay(fields: Fields, { clientId, hashKey1 }: KeyPay, parts: Parts): Judged {
  const refused = (reason: Judged['reason'], words: string): Judged => ({
    answer: toJson({ return_code: '99', return_msg: words }),
    ...{ code: '99', ...(reason && { reason }) },
  });
  const reference = String(fields['transaction_id']);
  const isFormed =
    fields['command'] === 'PAY' && fields['version'] === '3.0' && toReference(reference) !== undefined;
  if (!isFormed || reference.length > 20) return refused('shape', 'Sai dinh dang');
  if (fields['client_id'] !== clientId) return refused('partner', 'Sai client_id');
  if (!isSame(fields['check_sum'], hmac(join(fields, keyPayFields), hashKey1)))
    return refused('checksum', 'Sai check_sum');
  const { trans_amount: amount, bill_info: text, return_url: returnUrl } = fields;
  if (!isAmount(amount)) return refused('amount', 'Sai so tien');
  const opened = open({ reference, amount, text, returnUrl }, 'keypay', fields, parts);
  if (opened === undefined) return refused('duplicate', 'Trung ma giao dich');
  const { url, ...more } = opened;
  return {
    answer: toJson({ return_code: '0', return_msg: 'Thanh cong', url }),
    code: '00',
    ...more,
  };
}

const payGovRefusal = (reason: NonNullable<Judged['reason']>): Judged => ({
  answer: toJson({ error_code: 'FAILED', message: reason }),
  ...{ code: '99', reason },
});

function judgePayGovInit(fields: Fields, { urlForm }: PayGov, parts: Parts): Judged {
  const { orderId, amount, orderInfo: text, returnUrl } = fields;
  const reference = toReference(orderId);
  if (reference === undefined) return payGovRefusal('shape');
  if (!isAmount(amount)) return payGovRefusal('amount');
  const opened = open({ reference, amount, text, returnUrl }, 'paygov', fields, parts);
  if (opened === undefined) return payGovRefusal('duplicate');
  const { url, ...more } = opened;
  const told = urlForm === 'urlPaygate' ? { urlPaygate: url } : { data: { url } };
  return { answer: toJson({ error_code: 'SUCCESSFUL', ...told }), code: '00', ...more };
}

function judgePayGovReturn(fields: Fields, _payGov: PayGov, parts: Parts): Judged {
  const payment = parts.ledger.find(String(fields['orderId']));
  if (payment?.face !== 'paygov') return payGovRefusal('unknown');
  const expected = toPayGovReturn(payment, parts.settings);
  const isTrue = Object.entries(expected).every(([name, value]) => isSame(fields[name], value));
  return isTrue ? { answer: toJson({ error_code: 'SUCCESSFUL' }), code: '00' } : payGovRefusal('checksum');
}

function judgePayGovReceipt(fields: Fields, { receiptFields, secret }: PayGov, parts: Parts): Judged {
  if (!/^\d\d-\d\d-\d{4}$/.test(String(fields['decisionDate']))) return payGovRefusal('shape');
  if (!isSame(fields['checksum'], toPayGovChecksum(fields, receiptFields, secret)))
    return payGovRefusal('checksum');
  const payment = parts.ledger.find(String(fields['orderId']));
  if (payment?.face !== 'paygov') return payGovRefusal('unknown');
  if (payment.state !== 'paid') return payGovRefusal('notPaid');
  const transactionReceipt = toReceiptUrl(payment, parts);
  return { answer: toJson({ error_code: 'SUCCESSFUL', transactionReceipt }), code: '00' };
}

const payGovOperations: Readonly<Record<string, (fields: Fields, payGov: PayGov, parts: Parts) => Judged>> = {
  init: judgePayGovInit,
  CheckSumUrlReturn: judgePayGovReturn,
  receipt: judgePayGovReceipt,
};

function judgePayGov(name: string, fields: Fields, payGov: PayGov, parts: Parts): Judged {
  const judge = Object.hasOwn(payGovOperations, name) ? payGovOperations[name] : undefined;
  if (judge === undefined) return payGovRefusal('shape');
  const isReturn = name === 'CheckSumUrlReturn';
  const isKnown =
    isReturn || (fields['partnerCode'] === payGov.partnerCode && fields['accessKey'] === payGov.accessKey);
  return isKnown ? judge(fields, payGov, parts) : payGovRefusal('partner');
}

/** Serves `keypay` and `paygov/…`; false when that face is not configured or not meant. */
export async function serveOtherFace(
  message: IncomingMessage,
  response: ServerResponse,
  rest: string,
  parts: Parts,
): Promise<boolean> {
  const { keyPay, payGov } = parts.settings;
  const isKeyPay = rest === 'keypay' && keyPay !== undefined;
  const isPayGov = rest.startsWith('paygov/') && payGov !== undefined;
  if (message.method !== 'POST' || (!isKeyPay && !isPayGov)) return false;
  const body = await readBody(message);
  const fields = parseFields(body, message.headers['content-type']) ?? {};
  const face = isKeyPay ? 'keypay' : 'paygov';
  const reference = toReference(fields[isKeyPay ? 'transaction_id' : 'orderId']);
  const asked = { ...({ face, operation: face, reference } as const), body: body ?? Buffer.alloc(0) };
  const judge = (): Judged =>
    isKeyPay
      ? judgeKeyPay(fields, keyPay, parts)
      : payGov === undefined
        ? payGovRefusal('shape')
        : judgePayGov(rest.slice('paygov/'.length), fields, payGov, parts);
  await serveAsked(response, asked, judge, parts);
  return true;
}
