// KeyPay's callback: whether it is its own word under hash key 2, and our answer. Pure; it throws never.
// Source: payment-platform.md §2
import { isSame, toHmac } from '../checksum.ts';
import { amountOf, isMembers, isUnambiguous, type Members, referenceOf, textOf } from '../members.ts';
import type { Confirmation, ConfirmationAnswer, ReadMessage, RefusedWhy, WireBody } from '../payment.ts';
import type { KeyPaySettings } from './settings.ts';

/** A member as the text that is signed; amounts and codes may come as numbers. */
function signedTextOf(message: Members, name: string): string | undefined {
  const isNumeric = ['trans_amount', 'addition_fee', 'status', 'return_code'].includes(name);
  return (isNumeric ? amountOf(message, name) : undefined) ?? textOf(message, name);
}

const printable = /^[\x21-\x7e]{1,100}$/;

function judge(message: Members, settings: KeyPaySettings, at: Date): Confirmation | RefusedWhy {
  const texts = settings.callbackFields.flatMap((name) => signedTextOf(message, name) ?? []);
  const proof = textOf(message, 'check_sum');
  const amount = amountOf(message, 'trans_amount');
  const reference = textOf(message, 'transaction_id');
  const status = signedTextOf(message, 'status');
  if (texts.length < settings.callbackFields.length || !isUnambiguous(texts)) return 'malformed';
  if (proof === undefined || amount === undefined || status === undefined) return 'malformed';
  if (reference === undefined || !printable.test(reference)) return 'malformed';
  if (!/^[A-Za-z0-9._-]{1,40}$/.test(status)) return 'malformed';
  if (message['client_id'] !== settings.clientId) return 'wrong-partner';
  if (!isSame(proof, toHmac(texts, settings.hashKey2))) return 'wrong-checksum';
  const more = { currency: 'VND', transaction: undefined, bank: undefined, at };
  return { reference, amount: Number(amount), isPaid: status === '0', code: status, ...more };
}

/** Reads and verifies a callback. It states no time, so it is of the time when it came. */
export function readCallback(body: unknown, settings: KeyPaySettings, at: Date): ReadMessage<Confirmation> {
  const message = isMembers(body) ? body : {};
  const judged = judge(message, settings, at);
  return typeof judged === 'string'
    ? { kind: 'refused', why: judged, reference: referenceOf(message, 'transaction_id') }
    : { kind: 'verified', value: judged };
}

/** The answer: return_code 0 or 99, without a check, as none is stated. */
export const answerCallback = ({ isAccepted, words, reference }: ConfirmationAnswer): WireBody => ({
  return_code: isAccepted ? '0' : '99',
  return_msg: words,
  transaction_id: reference,
});
