// KeyPay's request for a payment, and its answer. Pure. Source: payment-platform.md §2
import { toHmac } from '../checksum.ts';
import type { ClientAnswer } from '../client.ts';
import { checkDemand, toText } from '../demand.ts';
import { isMembers, toKeptCode } from '../members.ts';
import type { CreateOutcome, PaymentDemand, WireBody } from '../payment.ts';
import { toUnmapped, toUnreadable } from '../refusals.ts';
import { parseJson, urlOf } from '../reply.ts';
import type { KeyPaySettings } from './settings.ts';

/** The request as it is sent. @throws SourceError `unmapped` where the demand cannot be said exactly */
export function toPaymentRequest(demand: PaymentDemand, settings: KeyPaySettings): WireBody {
  checkDemand(demand);
  const returnUrl = demand.returnUrl ?? settings.returnUrl;
  if (returnUrl === undefined) throw toUnmapped('return_url', 'not configured', 'hub');
  // In the order of their check.
  const signed = {
    addition_fee: settings.additionFee,
    client_id: settings.clientId,
    command: 'PAY',
    trans_amount: String(demand.amount),
    transaction_id: demand.reference,
    version: '3.0',
  };
  return {
    ...signed,
    bill_info: toText('bill_info', demand.text, settings.mostText),
    return_url: returnUrl,
    check_sum: toHmac(Object.values(signed), settings.hashKey1),
  };
}

/** The request's bytes. */
export function toRequestBody(fields: WireBody, { bodyForm }: KeyPaySettings) {
  if (bodyForm === 'json') return { body: Buffer.from(JSON.stringify(fields), 'utf8') };
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  const form = new URLSearchParams(pairs).toString();
  return { body: Buffer.from(form, 'utf8'), contentType: 'application/x-www-form-urlencoded' };
}

/** What it was answered with: return_code 0 and an address, else a refusal. @throws SourceError `unreadable` */
export function toKeyPayOutcome({ bytes, trace }: ClientAnswer, { urlField }: KeyPaySettings): CreateOutcome {
  const members = parseJson(bytes);
  if (!isMembers(members)) throw toUnreadable(bytes.length === 0 ? 'empty' : 'not-json', trace);
  const code = members['return_code'];
  if (typeof code !== 'string' && typeof code !== 'number') throw toUnreadable('no-code', trace);
  const isFine = ['0', '00'].includes(String(code));
  const url = isFine ? urlOf({ members, trace }, urlField) : undefined;
  return url === undefined ? { kind: 'refused', code: toKeptCode(code) } : { kind: 'url', url };
}
