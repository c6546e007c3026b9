// A text at rest: AES-256-GCM under a key that the database never sees, bound to what the text belongs to, so that
// sealed bytes cannot be moved to another row.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes;

/** Bytes that sealing adds to a text. */
export const sealedExtraBytes = headBytes + tagBytes;

/**
 * Encrypts a text: version byte ‖ 12-byte random nonce ‖ ciphertext ‖ 16-byte tag.
 * @param key 32 bytes, `Keys.field`
 * @param context what the text belongs to, the same when it is opened
 * Source: NIST SP 800-38D §8.2.2 (random nonce)
 */
export function sealText(key: Buffer, context: string, text: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context, 'utf8'));
  return Buffer.concat([
    Buffer.of(version),
    nonce,
    cipher.update(text, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/**
 * Decrypts what `sealText` made in the same context.
 * @param refusal the message of the error; it names the row and holds nothing of the text
 * @throws Error when it was sealed under another key or in another context, or was altered
 */
export function openText(key: Buffer, context: string, sealed: Buffer, refusal: string): string {
  if (sealed.length < sealedExtraBytes || sealed[0] !== version) throw new Error(refusal);
  const nonce = sealed.subarray(1, headBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    const open = [decipher.update(sealed.subarray(headBytes, -tagBytes)), decipher.final()];
    return Buffer.concat(open).toString('utf8');
  } catch (cause) {
    throw new Error(refusal, { cause });
  }
}
