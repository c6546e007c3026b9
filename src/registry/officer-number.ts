// An officer's personal number at rest: AES-256-GCM, bound to the officer's id, under a key that the database never
// sees. Only the adapter of a source may see the opened number.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes;

const toContext = (officerId: string): Buffer => Buffer.from(`officer-number\0${officerId}`, 'utf8');

const isNumber = (value: string): boolean => /^\d{12}$/.test(value);

/**
 * Encrypts an officer's 12-digit number: version byte ‖ 12-byte random nonce ‖ ciphertext ‖ 16-byte tag, 41 bytes.
 * @param key 32 bytes, `Keys.field`
 * @throws Error when it is not 12 digits; the message does not repeat it
 * Source: NIST SP 800-38D §8.2.2 (random nonce)
 */
export function sealNumber(key: Buffer, officerId: string, number: string): Buffer {
  if (!isNumber(number)) throw new Error(`the number of officer ${officerId} does not have 12 digits`);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(toContext(officerId));
  return Buffer.concat([
    Buffer.of(version),
    nonce,
    cipher.update(number, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/**
 * Decrypts what `sealNumber` made for the same officer.
 * @param key 32 bytes, `Keys.field`
 * @throws Error when it was sealed under another key or for another officer, or was altered
 */
export function openNumber(key: Buffer, officerId: string, sealed: Buffer): string {
  const refusal = `the stored number of officer ${officerId} cannot be opened with this key`;
  if (sealed.length !== headBytes + 12 + tagBytes || sealed[0] !== version) throw new Error(refusal);
  const nonce = sealed.subarray(1, headBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(toContext(officerId));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(headBytes, -tagBytes)), decipher.final()]).toString(
      'utf8',
    );
  } catch (cause) {
    throw new Error(refusal, { cause });
  }
}
