// Signed notes and verifier keys, Ed25519 only, pure. Source: C2SP signed-note v1.0.0.
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { parseBase64, toUtf8 } from './bytes.ts';

const ed25519Type = 0x01;
const keyIdBytes = 4;
const signatureBytes = 64;
const noteCharacters = 65_536;
const signatureLines = 100;

/** A key that notes are checked with. */
export interface VerifierKey {
  readonly name: string;
  /** The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key). */
  readonly id: Buffer;
  readonly key: KeyObject;
}

function toKeyId(name: string, rawKey: Buffer): Buffer {
  const hash = createHash('sha256').update(name).update(Buffer.of(0x0a, ed25519Type)).update(rawKey);
  return hash.digest().subarray(0, keyIdBytes);
}

function toRawKey(key: KeyObject): Buffer {
  const { crv, x } = key.export({ format: 'jwk' });
  if (crv !== 'Ed25519' || x === undefined) throw new Error('not an Ed25519 key');
  return Buffer.from(x, 'base64url');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const isKeyName = (name: string): boolean => /^[^\s+\u0000-\u001f\u0085]+$/u.test(name);

/** The verifier form `<name>+<key id>+<type and key>` of a public or private Ed25519 key. @throws Error on a bad name */
export function toVerifierKey(name: string, key: KeyObject): string {
  if (!isKeyName(name)) throw new Error('a key name has neither spaces nor plus signs');
  const raw = toRawKey(key);
  const typed = Buffer.concat([Buffer.of(ed25519Type), raw]);
  return `${name}+${toKeyId(name, raw).toString('hex')}+${typed.toString('base64')}`;
}

/** Reads `<name>+<key id>+<type and key>`. @throws Error when any part does not fit the others */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name = '', idHex = '', typedBase64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(text) ?? [];
  if (!isKeyName(name)) throw new Error('not a verifier key: <name>+<key id>+<key> expected');
  const typed = parseBase64(typedBase64);
  if (typed.length !== 33 || typed[0] !== ed25519Type) throw new Error('not an Ed25519 verifier key');
  const raw = typed.subarray(1);
  const id = toKeyId(name, raw);
  if (id.toString('hex') !== idHex) throw new Error('the key id does not belong to the key');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') };
  return { name, id, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** The same key under the name of another log, which it signs too. @throws Error on a bad name */
export const renameKey = ({ key }: VerifierKey, name: string): VerifierKey =>
  parseVerifierKey(toVerifierKey(name, key));

/** A note of `text`, which ends in a newline, with one signature. @throws Error on a text that no note can carry */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  const signature = sign(null, toNoteBytes(text), privateKey);
  const id = toKeyId(name, toRawKey(createPublicKey(privateKey)));
  return `${text}\n— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

function toNoteBytes(text: string): Buffer {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  if (/[\u0000-\u0009\u000b-\u001f]/u.test(text)) throw new Error('a note holds no control character');
  if (!text.endsWith('\n')) throw new Error('the text of a note ends in a newline');
  return toUtf8(text);
}

interface SignatureLine {
  readonly name: string;
  readonly id: Buffer;
  readonly signature: Buffer;
}

function parseSignatureLine(line: string): SignatureLine {
  const [, name = '', base64 = ''] = /^— ([^ ]+) ([^ ]+)$/u.exec(line) ?? [];
  if (!isKeyName(name)) throw new Error('malformed signature line');
  const bytes = parseBase64(base64);
  if (bytes.length <= keyIdBytes) throw new Error('malformed signature line');
  return { name, id: bytes.subarray(0, keyIdBytes), signature: bytes.subarray(keyIdBytes) };
}

/**
 * The text of a note that `key` signed; signatures of other keys are passed over.
 * @throws Error when the note is malformed, lacks the key's signature, or carries one that fails
 */
export function openNote(note: string, key: VerifierKey): string {
  if (note.length > noteCharacters) throw new Error('the note is too long');
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new Error('the note has no signature');
  const text = note.slice(0, end + 1);
  const bytes = toNoteBytes(text);
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > signatureLines) throw new Error('the note has too many signatures');
  const own = lines
    .map(parseSignatureLine)
    .filter((line) => line.name === key.name && line.id.equals(key.id));
  if (own.length === 0) throw new Error(`the note is not signed by ${key.name}`);
  for (const { signature } of own)
    if (signature.length !== signatureBytes || !verify(null, bytes, key.key, signature))
      throw new Error(`the signature of ${key.name} does not fit the note`);
  return text;
}
