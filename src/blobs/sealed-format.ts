// The format of a file at rest, bytes in and bytes out; knows no files.
//
//   head     4 bytes `LGB1` ‖ 8 bytes key id ‖ 32 bytes random salt
//   chunk i  64 KiB of plain bytes, the last one fewer, encrypted ‖ 16-byte tag
//   seal     SHA-256 of all plain bytes, encrypted ‖ 16-byte tag
//
// AES-256-GCM under a key of the file's own, HKDF-SHA-256(key, salt). Nonce: 7 zero bytes ‖ 4 bytes counter ‖ 1 byte, 1 for
// the seal and 0 for a chunk; the associated data are the head, and of the seal also the number of plain bytes. So a chunk
// that was altered, moved, or brought from another file does not open, and no seal opens behind a file that was cut; the
// seal says which content it ends, so that a file in the place of another is found before a byte of it is read.
// Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance",
// CRYPTO 2015, construction STREAM; NIST SP 800-38D §8.2.1 (deterministic nonce); RFC 5869 (HKDF).
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

const magic = Buffer.from('LGB1', 'latin1');
const keyIdBytes = 8;
const tagBytes = 16;
const hashBytes = 32;
const keyBytes = 32;
const nonceBytes = 12;
const counterAt = 7;
const lastAt = 11;
const info = 'lgsp blob 1';

/** Random bytes that make the file's own key. */
export const saltBytes = 32;
/** Plain bytes in a chunk. */
export const chunkBytes = 65_536;
/** Where the first chunk begins. */
export const headBytes = magic.length + keyIdBytes + saltBytes;
/** Bytes of a whole chunk at rest. */
export const sealedChunkBytes = chunkBytes + tagBytes;
/** Bytes at the end of the file. */
export const sealBytes = hashBytes + tagBytes;

/** What is needed to seal and open the chunks of one file. */
export interface FileKey {
  readonly key: Buffer;
  readonly head: Buffer;
}

/** The first eight bytes of a key's HMAC over a fixed text: names it, tells nothing of it. */
export const toKeyId = (key: Buffer): Buffer =>
  createHmac('sha256', key).update('id of a blob key').digest().subarray(0, keyIdBytes);

const deriveKey = (key: Buffer, salt: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, info, keyBytes));

/** The head and key of a new file. @param salt 32 bytes, random, of this file only */
export function makeFileKey(key: Buffer, salt: Buffer): FileKey {
  return { key: deriveKey(key, salt), head: Buffer.concat([magic, toKeyId(key), salt]) };
}

/**
 * The key of a file by its head.
 * @param keys all that may have sealed it
 * @returns undefined when it is no head, or of a key that is not here
 */
export function findFileKey(keys: readonly Buffer[], head: Buffer): FileKey | undefined {
  if (head.length !== headBytes || !head.subarray(0, magic.length).equals(magic)) return undefined;
  const id = head.subarray(magic.length, magic.length + keyIdBytes);
  const key = keys.find((known) => toKeyId(known).equals(id));
  return key && { key: deriveKey(key, head.subarray(magic.length + keyIdBytes)), head };
}

function toNonce(counter: number, isSeal: boolean): Buffer {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeUInt32BE(counter, counterAt);
  nonce[lastAt] = isSeal ? 1 : 0;
  return nonce;
}

function toSealData(head: Buffer, bytes: number): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes));
  return Buffer.concat([head, length]);
}

function seal({ key }: FileKey, nonce: Buffer, data: Buffer, plain: Uint8Array): readonly [Buffer, Buffer] {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(data);
  const sealed = cipher.update(plain);
  cipher.final();
  return [sealed, cipher.getAuthTag()];
}

/** The plain bytes; undefined when the tag does not fit. */
function open({ key }: FileKey, nonce: Buffer, data: Buffer, sealed: Buffer): Buffer | undefined {
  const end = sealed.length - tagBytes;
  if (end < 0) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(data);
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** Chunk `counter` at rest, in two pieces. */
export const sealChunk = (file: FileKey, counter: number, plain: Uint8Array): readonly [Buffer, Buffer] =>
  seal(file, toNonce(counter, false), file.head, plain);

/** The plain bytes of chunk `counter`; undefined when they are not those that were sealed there. */
export const openChunk = (file: FileKey, counter: number, sealed: Buffer): Buffer | undefined =>
  open(file, toNonce(counter, false), file.head, sealed);

const toChunks = (bytes: number): number => Math.ceil(bytes / chunkBytes);

/** The end of a file of `bytes` plain bytes. @param hash their SHA-256 */
export const sealEnd = (file: FileKey, bytes: number, hash: Buffer): readonly [Buffer, Buffer] =>
  seal(file, toNonce(toChunks(bytes), true), toSealData(file.head, bytes), hash);

/** The SHA-256 that the end of a file states; undefined when the file is not whole. */
export const openEnd = (file: FileKey, bytes: number, sealed: Buffer): Buffer | undefined =>
  open(file, toNonce(toChunks(bytes), true), toSealData(file.head, bytes), sealed);

/** Number of plain bytes in a file of that size; undefined when no file has it. */
export function toPlainBytes(fileBytes: number): number | undefined {
  const body = fileBytes - headBytes - sealBytes;
  const chunks = Math.ceil(body / sealedChunkBytes);
  const bytes = body - chunks * tagBytes;
  return body >= 0 && bytes >= 0 && toChunks(bytes) === chunks ? bytes : undefined;
}
