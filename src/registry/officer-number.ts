// An officer's personal number at rest: sealed under a key that the database never sees, bound to the officer's id. Only
// the adapter of a source may see the opened number.
import { openText, sealedExtraBytes, sealText } from './sealed-text.ts';

const digits = 12;

const toContext = (officerId: string): string => `officer-number\0${officerId}`;

const isNumber = (value: string): boolean => /^\d{12}$/.test(value);

/**
 * Encrypts an officer's 12-digit number: 41 bytes.
 * @param key 32 bytes, `Keys.field`
 * @throws Error when it is not 12 digits; the message does not repeat it
 */
export function sealNumber(key: Buffer, officerId: string, number: string): Buffer {
  if (!isNumber(number)) throw new Error(`the number of officer ${officerId} does not have 12 digits`);
  return sealText(key, toContext(officerId), number);
}

/**
 * Decrypts what `sealNumber` made for the same officer.
 * @param key 32 bytes, `Keys.field`
 * @throws Error when it was sealed under another key or for another officer, or was altered
 */
export function openNumber(key: Buffer, officerId: string, sealed: Buffer): string {
  const refusal = `the stored number of officer ${officerId} cannot be opened with this key`;
  if (sealed.length !== digits + sealedExtraBytes) throw new Error(refusal);
  return openText(key, toContext(officerId), sealed, refusal);
}
