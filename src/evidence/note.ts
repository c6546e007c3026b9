// Signed notes and verifier keys, Ed25519 only, pure. Source: C2SP signed-note v1.0.0.
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { parseBase64, toUtf8 } from './bytes.ts';

/** Signature types of notes: `note` signs the text; `cosignature` is a witness's, with a time. Source: C2SP signed-note. */
export const signatureTypes = { note: 0x01, cosignature: 0x04 } as const;
/** One of `signatureTypes`. */
export type SignatureType = keyof typeof signatureTypes;

const keyIdBytes = 4;
const signatureBytes = 64;
const noteCharacters = 65_536;
const signatureLines = 100;

/** A key that notes are checked with. */
export interface VerifierKey {
  readonly name: string;
  /** The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key). */
  readonly id: Buffer;
  readonly key: KeyObject;
}

function toKeyId(name: string, rawKey: Buffer, type: SignatureType): Buffer {
  const typed = Buffer.of(0x0a, signatureTypes[type]);
  const hash = createHash('sha256').update(name).update(typed).update(rawKey);
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
export function toVerifierKey(name: string, key: KeyObject, type: SignatureType = 'note'): string {
  if (!isKeyName(name)) throw new Error('a key name has neither spaces nor plus signs');
  const raw = toRawKey(key);
  const typed = Buffer.concat([Buffer.of(signatureTypes[type]), raw]);
  return `${name}+${toKeyId(name, raw, type).toString('hex')}+${typed.toString('base64')}`;
}

/** Reads `<name>+<key id>+<type and key>`. @throws Error when any part does not fit the others */
export function parseVerifierKey(text: string, type: SignatureType = 'note'): VerifierKey {
  const [, name = '', idHex = '', typedBase64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(text) ?? [];
  if (!isKeyName(name)) throw new Error('not a verifier key: <name>+<key id>+<key> expected');
  const typed = parseBase64(typedBase64);
  if (typed.length !== 33 || typed[0] !== signatureTypes[type])
    throw new Error(`not an Ed25519 ${type === 'note' ? 'verifier key' : 'key of a witness'}`);
  const raw = typed.subarray(1);
  const id = toKeyId(name, raw, type);
  if (id.toString('hex') !== idHex) throw new Error('the key id does not belong to the key');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') };
  return { name, id, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** The same key under the name of another log, which it signs too. @throws Error on a bad name */
export const renameKey = ({ key }: VerifierKey, name: string): VerifierKey =>
  parseVerifierKey(toVerifierKey(name, key));

/**
 * A note of `text`, which ends in a newline, with a signature of each key, all of one name.
 * @throws Error on a text that no note can carry, or without a key
 */
export function signNote(text: string, name: string, ...privateKeys: readonly KeyObject[]): string {
  const bytes = toNoteBytes(text);
  if (privateKeys.length === 0) throw new Error('a note is signed by at least one key');
  const lines = privateKeys.map((key) => toSignatureLine(name, key, 'note', sign(null, bytes, key)));
  return `${text}\n${lines.join('')}`;
}

/** A line of a note by the holder of `privateKey`, with the newline at its end. */
export function toSignatureLine(
  name: string,
  privateKey: KeyObject,
  type: SignatureType,
  signature: Buffer,
): string {
  const id = toKeyId(name, toRawKey(createPublicKey(privateKey)), type);
  return `— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
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

/** A note taken apart; nothing of it is checked. */
export interface OpenedNote {
  /** With the newline at its end. */
  readonly text: string;
  /** What the lines of this key hold after the key id; empty: it did not sign. */
  signaturesOf(key: VerifierKey): readonly Buffer[];
}

/** Takes a note apart. @throws Error when it is malformed */
export function parseNote(note: string): OpenedNote {
  if (note.length > noteCharacters) throw new Error('the note is too long');
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new Error('the note has no signature');
  const text = note.slice(0, end + 1);
  toNoteBytes(text);
  const parts = note.slice(end + 2, -1).split('\n');
  if (parts.length > signatureLines) throw new Error('the note has too many signatures');
  const lines = parts.map(parseSignatureLine);
  return {
    text,
    signaturesOf: (key) =>
      lines
        .filter((line) => line.name === key.name && line.id.equals(key.id))
        .map(({ signature }) => signature),
  };
}

/**
 * The text of a note that `key` signed; signatures of other keys are passed over.
 * @throws Error when the note is malformed, lacks the key's signature, or carries one that fails
 */
export function openNote(note: string, key: VerifierKey): string {
  const opened = parseNote(note);
  const own = opened.signaturesOf(key);
  if (own.length === 0) throw new Error(`the note is not signed by ${key.name}`);
  for (const signature of own)
    if (signature.length !== signatureBytes || !verify(null, toUtf8(opened.text), key.key, signature))
      throw new Error(`the signature of ${key.name} does not fit the note`);
  return opened.text;
}
