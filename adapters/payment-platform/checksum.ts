// The proofs of the platform: SHA-256 over texts joined by `|` with the secret last, and KeyPay's HMAC. Pure; the secret
// goes in and never comes out. Source: payment-platform.md §1, §2
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const digestOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** `MaXacThuc`: lower-case hex of SHA-256 over the texts, in order, and the secret. */
export const toChecksum = (texts: readonly string[], secret: string): string =>
  digestOf([...texts, secret].join('|')).toString('hex');

/** `check_sum`: lower-case hex of HMAC-SHA256 over the texts, in order. */
export const toHmac = (texts: readonly string[], key: string): string =>
  createHmac('sha256', key).update(texts.join('|'), 'utf8').digest('hex');

/** Whether two texts are the same to the letter, in a time that depends on neither: their digests are compared. */
export const isSame = (given: string, expected: string): boolean =>
  timingSafeEqual(digestOf(given), digestOf(expected));
