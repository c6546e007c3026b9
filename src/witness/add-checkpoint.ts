// What a witness answers to a checkpoint. It decides and remembers in one go, so that two requests never come between each
// other. Source: C2SP tlog-witness, add-checkpoint.
import { parseHash } from '../evidence/bytes.ts';
import { type Checkpoint, parseCheckpointText } from '../evidence/checkpoint.ts';
import { openNote, parseNote, type VerifierKey } from '../evidence/note.ts';
import { isConsistent } from '../evidence/tree.ts';
import type { ConflictBook } from './conflicts.ts';
import type { LogRecord } from './log-record.ts';

/** A log that the witness knows. */
export interface KnownLog {
  readonly origin: string;
  /** Any of them may sign: a log changes its key with an overlap. */
  readonly keys: readonly VerifierKey[];
  readonly record: LogRecord;
}

/** An answer; `body` is plain text but for `size`. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly body: string;
  /** Whether the body is the size of the newest head that was cosigned. */
  readonly isSize?: boolean;
}

/** What a witness works with. */
export interface Witness {
  findLog(origin: string): KnownLog | undefined;
  /** What contradicts heads that it cosigned. */
  readonly conflicts: ConflictBook;
  /** The line of a cosignature over the text of a checkpoint. */
  sign(text: string): string;
}

interface Submission {
  readonly oldSize: number;
  readonly proof: readonly Buffer[];
  readonly note: string;
}

const mostProofLines = 63;

class Malformed extends Error {}

/** @throws Malformed */
function parseSubmission(body: string): Submission {
  const end = body.indexOf('\n\n');
  if (end < 0) throw new Malformed('there is no empty line before the checkpoint');
  const [first = '', ...lines] = body.slice(0, end).split('\n');
  const oldSize = Number(/^old (0|[1-9][0-9]*)$/u.exec(first)?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(oldSize)) throw new Malformed('the first line must be: old <size>');
  if (lines.length > mostProofLines) throw new Malformed(`more than ${mostProofLines} lines of proof`);
  try {
    return { oldSize, proof: lines.map(parseHash), note: body.slice(end + 2) };
  } catch {
    throw new Malformed('a line of the proof is no hash in base64');
  }
}

/** @throws Malformed */
function parseCheckpoint(note: string): { readonly text: string; readonly checkpoint: Checkpoint } {
  try {
    const { text } = parseNote(note);
    return { text, checkpoint: parseCheckpointText(text) };
  } catch (error) {
    throw new Malformed(error instanceof Error ? error.message : 'the checkpoint is malformed');
  }
}

/** Whether one of the keys signed the note, and none of them wrongly. */
function isSigned(note: string, keys: readonly VerifierKey[]): boolean {
  const opened = parseNote(note);
  const signers = keys.filter((key) => opened.signaturesOf(key).length > 0);
  try {
    for (const key of signers) openNote(note, key);
    return signers.length > 0;
  } catch {
    return false;
  }
}

const refuse = (status: 400 | 403 | 404 | 422, why: string): WitnessAnswer => ({ status, body: `${why}\n` });
const conflict = (size: number): WitnessAnswer => ({ status: 409, body: `${size}\n`, isSize: true });

function judge(witness: Witness, { oldSize, proof, note }: Submission): WitnessAnswer {
  const { text, checkpoint } = parseCheckpoint(note);
  const log = witness.findLog(checkpoint.origin);
  if (!log) return refuse(404, 'this witness does not know the log');
  if (!isSigned(note, log.keys)) return refuse(403, 'no key of the log that is known here signed it');
  const { head } = log.record;
  const isOther = head.size > 0 && checkpoint.size === head.size && !checkpoint.root.equals(head.root);
  // Before any answer, whatever else is wrong with the submission: the log's key signed it.
  if (isOther) witness.conflicts.keep('two-heads', log.origin, head, note);
  if (oldSize > checkpoint.size) return refuse(400, 'the old size is beyond that of the checkpoint');
  if (oldSize !== head.size || isOther) return conflict(head.size);
  if (!isConsistent(head, checkpoint, proof)) {
    if (head.size > 0) witness.conflicts.keep('no-proof', log.origin, head, note);
    return refuse(422, 'the proof does not lead from the old head to the checkpoint');
  }
  const seen = { size: checkpoint.size, root: checkpoint.root, note };
  // Before the signature: whatever happens after it, no other head of this size is ever signed.
  if (checkpoint.size > head.size || head.note === undefined) log.record.take(seen);
  witness.conflicts.settle(log.origin, seen);
  return { status: 200, body: witness.sign(text) };
}

/**
 * Answers one submission.
 * @throws Error of the system when the head cannot be remembered; then nothing was signed
 */
export function addCheckpoint(witness: Witness, body: string): WitnessAnswer {
  try {
    return judge(witness, parseSubmission(body));
  } catch (error) {
    if (error instanceof Malformed) return refuse(400, error.message);
    throw error;
  }
}
