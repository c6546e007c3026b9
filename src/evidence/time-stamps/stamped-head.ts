// A head of the log with the time stamp that an authority gave it, as it is handed out and as it is checked offline. Pure.
import { createHash, type X509Certificate } from 'node:crypto';
import { parseBase64 } from '../bytes.ts';
import { type Checkpoint, parseCheckpointText } from '../checkpoint.ts';
import { openNote, type VerifierKey } from '../note.ts';
import { type VerifiedStamp, verifyStamp } from './verify.ts';

/** What is stamped: SHA-256 of the text of the note, without its signatures. */
export const hashHead = (note: string): Buffer => {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) throw new Error('the head is no signed note');
  return createHash('sha256')
    .update(note.slice(0, end + 1))
    .digest();
};

/** As `/log/time-stamps` lists them. */
export interface StampedHead {
  /** The signed note (C2SP tlog-checkpoint). */
  readonly checkpoint: string;
  /** Base64 of the token's DER (RFC 3161). */
  readonly token: string;
}

/** Whether a value has the members of a stamped head; what they hold is the check's business. */
export const isStampedHead = (value: unknown): value is StampedHead =>
  typeof value === 'object' &&
  value !== null &&
  'checkpoint' in value &&
  typeof value.checkpoint === 'string' &&
  'token' in value &&
  typeof value.token === 'string';

/**
 * Checks that the log signed the head, and that a trusted authority stamped it.
 * @throws Error in one sentence that says what does not hold
 */
export function verifyStampedHead(
  { checkpoint: note, token }: StampedHead,
  key: VerifierKey,
  authorities: readonly X509Certificate[],
): { readonly checkpoint: Checkpoint; readonly stamp: VerifiedStamp } {
  const checkpoint = parseCheckpointText(openNote(note, key));
  if (checkpoint.origin !== key.name) throw new Error(`the head is of another log: ${checkpoint.origin}`);
  const stamp = verifyStamp({ token: parseBase64(token), sha256: hashHead(note), authorities });
  return { checkpoint, stamp };
}
