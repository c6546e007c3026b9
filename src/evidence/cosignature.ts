// What a witness puts under a checkpoint: when it saw the log's newest head, signed; pure. Source: C2SP tlog-cosignature,
// cosignature/v1 with Ed25519.
import { type KeyObject, sign, verify } from 'node:crypto';
import { toUtf8 } from './bytes.ts';
import { type OpenedNote, parseNote, parseVerifierKey, toSignatureLine, type VerifierKey } from './note.ts';

const timeBytes = 8;
const signatureBytes = 64;

/** A witness's word that a head was the newest it had seen of the log. */
export interface Cosigned {
  /** Name of the witness's key. */
  readonly name: string;
  /** By the witness's clock, in whole seconds. */
  readonly at: Date;
}

const toMessage = (text: string, seconds: bigint): Buffer =>
  toUtf8(`cosignature/v1\ntime ${seconds}\n${text}`);

/** Reads the verifier key of a witness (`…+<0x04 and key>`). @throws Error when it is none */
export const parseWitnessKey = (text: string): VerifierKey => parseVerifierKey(text, 'cosignature');

/** The line of a cosignature with its newline. @param text of the checkpoint's note, with the newline at its end */
export function cosign(text: string, name: string, privateKey: KeyObject, at: Date): string {
  const seconds = BigInt(Math.floor(at.getTime() / 1_000));
  const time = Buffer.alloc(timeBytes);
  time.writeBigUInt64BE(seconds);
  const signature = Buffer.concat([time, sign(null, toMessage(text, seconds), privateKey)]);
  return toSignatureLine(name, privateKey, 'cosignature', signature);
}

/** Times beyond the year 9999 are no times of ours. */
const latestSeconds = 253_402_300_799n;

function checkOne({ text }: OpenedNote, key: VerifierKey, signature: Buffer): Cosigned {
  const isWhole = signature.length === timeBytes + signatureBytes;
  const seconds = isWhole ? signature.readBigUInt64BE() : latestSeconds + 1n;
  const isTrue =
    seconds <= latestSeconds &&
    verify(null, toMessage(text, seconds), key.key, signature.subarray(timeBytes));
  if (!isTrue) throw new Error(`the cosignature of ${key.name} does not fit the checkpoint`);
  return { name: key.name, at: new Date(Number(seconds) * 1_000) };
}

/**
 * What a witness said of a checkpoint: its newest cosignature under the note; undefined: none.
 * @throws Error when the note is malformed, or carries one of this key that fails
 */
export function readCosignature(note: string, key: VerifierKey): Cosigned | undefined {
  const opened = parseNote(note);
  const all = opened.signaturesOf(key).map((signature) => checkOne(opened, key, signature));
  return all.sort((one, other) => one.at.getTime() - other.at.getTime()).at(-1);
}
