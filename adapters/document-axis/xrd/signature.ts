// How a request to the XrdAdapter is signed: all parameters are headers, and the HMAC is over the literal JSON text that
// goes into one of them. Pure: the same input gives the same headers. Source: document-axis.md §3.1
import { createHmac } from 'node:crypto';
import { toHeaderValue } from '../plain-text.ts';

const prefix = 'XroadVnpt-';
/** Hồ Chí Minh City keeps UTC+7 the whole year. */
const zoneMs = 7 * 3_600_000;

/** Parameters in the order in which they are signed. */
export type Parameters = readonly (readonly [name: string, value: string])[];

/** Who signs, and how. */
export interface Signer {
  readonly systemId: string;
  readonly secret: string;
  /** Whether the names in `sign-header-key` carry the prefix: not stated. */
  readonly signKeyNames: 'plain' | 'prefixed';
}

/** `ddMMyyyy'T'HHmmss+SSSS` in local time; after the `+` stand milliseconds, not a zone. */
export function toTimestamp(epochMs: number): string {
  const [, year = '', month, day, hour, minute, second, milli = ''] =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})/.exec(new Date(epochMs + zoneMs).toISOString()) ??
    [];
  return `${day}${month}${year}T${hour}${minute}${second}+${milli.padStart(4, '0')}`;
}

/** Hex of a hash without the leading zero of each byte, as the vendor's clients write it. @param sha256 64 digits */
export const toUnpadded = (sha256: string): string =>
  Buffer.from(sha256, 'hex').reduce((hex, byte) => hex + byte.toString(16), '');

/** The headers of one request: made anew for each, so that no parameter of another stays. */
export function toSignedHeaders(
  signer: Signer,
  parameters: Parameters,
  epochMs: number,
): { readonly headers: Record<string, string>; readonly signed: string } {
  const all: Parameters = [['systemid', signer.systemId], ['timestamp', toTimestamp(epochMs)], ...parameters];
  const shown = Object.fromEntries(
    all.map(([name, value]) => [`${prefix}${name}`, toHeaderValue(name, value)]),
  );
  const signed = JSON.stringify(shown);
  const names = all.map(([name]) => (signer.signKeyNames === 'prefixed' ? `${prefix}${name}` : name));
  const headers = {
    ...shown,
    [`${prefix}sign-header-key`]: names.join(';'),
    [`${prefix}sign-header`]: signed,
    [`${prefix}hash-header`]: createHmac('sha256', signer.secret).update(signed, 'utf8').digest('hex'),
    [`${prefix}version`]: '3.0.201608',
    'User-Agent': 'JAVASDKAgent/1.0.0 XRoad/VPCP',
  };
  return { headers, signed };
}
