// The configuration of the older variant. What payment-platform.md §2 leaves open has its default here.
import type { Reader } from '../../reader.ts';
import { address, parseFields, secretForm, type WireLimits, webAddress, word } from '../setting-forms.ts';

const callbackFields = [
  ...(['client_id', 'command', 'status', 'trans_amount', 'transaction_id', 'version'] as const),
  ...(['addition_fee', 'return_code', 'return_msg'] as const),
] as const;

/** A member of the callback that its check may cover. */
export type CallbackField = (typeof callbackFields)[number];

/** Without one of these under the check, anybody could write it. */
const needed: readonly CallbackField[] = ['client_id', 'status', 'trans_amount', 'transaction_id'];

/** KeyPay through the national portal. §2 */
export interface KeyPaySettings extends WireLimits {
  readonly variant: 'keypay';
  readonly url: string;
  readonly clientId: string;
  /** Of our requests. */
  readonly hashKey1: string;
  /** Of its callbacks. */
  readonly hashKey2: string;
  /** Where a demand names none. */
  readonly returnUrl: string | undefined;
  /** `addition_fee`, VND. */
  readonly additionFee: string;
  /** How the request is written: not stated. */
  readonly bodyForm: 'json' | 'form';
  /** The member of the answer with the address to pay at: not stated. */
  readonly urlField: string;
  /** Under hash key 2, in order: not stated; alphabetical as the request's [inferred]. */
  readonly callbackFields: readonly CallbackField[];
  /** Longest `bill_info`: unknown. */
  readonly mostText: number;
}

/** Reads the members of this variant. */
export function parseKeyPay(reader: Reader, wire: WireLimits, mistakes: string[]): KeyPaySettings {
  const fields = parseFields(reader, 'callbackFields', callbackFields, callbackFields.slice(0, 6), mistakes);
  for (const name of needed)
    if (!fields.includes(name)) mistakes.push(`payment-platform.callbackFields lacks ${name}`);
  return {
    ...wire,
    variant: 'keypay',
    url: reader.text('url', address),
    clientId: reader.text('clientId', word),
    hashKey1: reader.text('hashKey1', secretForm),
    hashKey2: reader.text('hashKey2', secretForm),
    returnUrl: reader.optional('returnUrl', webAddress),
    additionFee: reader.optional('additionFee', /^(0|[1-9]\d{0,8})$/) ?? '0',
    bodyForm: reader.choice('bodyForm', ['json', 'form'], 'json'),
    urlField: reader.optional('urlField', /^\w{1,40}$/) ?? 'url',
    callbackFields: fields,
    mostText: reader.whole('mostText', 20, 2_000, 250),
  };
}
