// Checks a ticket: is its signature the log's, and is the promised leaf in the tree? Says so in plain words. A question that
// could not be asked is never taken for an answer.
import { setTimeout as pause } from 'node:timers/promises';
import { toMessage } from '../database/start-error.ts';
import { parseHash } from '../evidence/bytes.ts';
import { type Checkpoint, parseCheckpointText } from '../evidence/checkpoint.ts';
import { openNote, parseNote, parseVerifierKey, type VerifierKey } from '../evidence/note.ts';
import { type Ticket, verifyTicket } from '../evidence/ticket.ts';
import { isIncluded } from '../evidence/tree.ts';
import { explainKeyChain } from './receipt.ts';
import type { LogKey } from './sandbox-option.ts';

/** What a ticket may be asked about. */
export interface TicketQuestion {
  /** The ticket, or the headers of an answer with the line Exchange-Ticket. */
  readonly text: string;
  readonly logKey: LogKey;
  /** Address of the hub, without a slash at the end. */
  readonly hubUrl: string;
  /** Text of a key chain (`/log/keys`), which leads from the key to those that sign heads now. */
  readonly chain?: string | undefined;
  /** From the promise to the first question; default 10,000. */
  readonly settleMs?: number;
}

/** A head that a hub gave, with its signature checked. */
interface CheckedHead {
  readonly checkpoint: Checkpoint;
  readonly note: string;
}

/** A key that may have signed a head; `until`: of at most so many leaves. */
interface HeadKey {
  readonly key: VerifierKey;
  readonly until?: number | undefined;
}

const defaultSettleMs = 10_000;
const fetchMs = 15_000;
const answerCharacters = 100_000;

/** The error of a question that found no answer. */
export const undecided = (why: string, cause?: unknown): Error => new Error(`not decided: ${why}`, { cause });

/** The ticket of a text: the text itself, or the last header Exchange-Ticket among an answer's headers. */
export function readTicket(text: string): string {
  const found = [...text.matchAll(/^exchange-ticket:\s*(\S+)\s*$/gim)].at(-1)?.[1];
  return found ?? text.trim();
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseAnswer(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {}
  throw undecided('the answer is no JSON object; something else than the hub may have answered');
}

/** @throws Error "not decided" when there is no answer */
async function ask(hubUrl: string, path: string) {
  const init: RequestInit = {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(fetchMs),
  };
  try {
    const response = await fetch(`${hubUrl}${path}`, init);
    const text = await response.text();
    if (text.length > answerCharacters) throw new Error('the answer is too long');
    return { status: response.status, text };
  } catch (cause) {
    throw undecided(`the hub at ${hubUrl} cannot be reached; ask again`, cause);
  }
}

/** @param keys of the ticket's log, the newest last @throws Error "not decided" when none of them signed it */
function openHead(note: unknown, keys: readonly HeadKey[]): CheckedHead {
  try {
    const text = String(note);
    const { signaturesOf } = parseNote(text);
    const found = keys.findLast((one) => signaturesOf(one.key).length > 0) ?? keys[0];
    if (!found) throw new Error('no key of its log is known');
    const { key, until } = found;
    const checkpoint = parseCheckpointText(openNote(text, key));
    if (until !== undefined && checkpoint.size > until)
      throw new Error(`it is signed only by a key that was retired at ${until} leaves`);
    if (checkpoint.origin !== key.name) throw new Error(`it is of another log: ${checkpoint.origin}`);
    return { checkpoint, note: text };
  } catch (error) {
    throw undecided(`the answer holds no head that the log signed: ${toMessage(error)}`, error);
  }
}

/** @throws Error "not decided" when the proof does not hold */
function checkProof(answer: Readonly<Record<string, unknown>>, ticket: Ticket, keys: readonly HeadKey[]) {
  const { checkpoint } = openHead(answer['checkpoint'], keys);
  const { leafIndex, treeSize, inclusionProof: proof } = answer;
  try {
    const hashes = Array.isArray(proof) ? proof.map((hash: unknown) => parseHash(String(hash))) : [];
    const holds =
      Number.isSafeInteger(leafIndex) &&
      Number(leafIndex) < checkpoint.size &&
      treeSize === checkpoint.size &&
      isIncluded(parseHash(ticket.leaf), Number(leafIndex), checkpoint.size, hashes, checkpoint.root);
    if (!holds) throw new Error('it does not lead from the leaf to the root');
  } catch (error) {
    throw undecided(`the proof is no good: ${toMessage(error)}`, error);
  }
  return { leafIndex: Number(leafIndex), size: checkpoint.size };
}

const promise = ({ leaf, exchange, at }: Ticket): string =>
  `leaf ${leaf} of exchange ${exchange}, recorded ${at}`;

/** What those who hold a broken promise can do with it. */
const proofForOthers = [
  'the ticket and a full copy of the log (an archive) up to a head later than the ticket prove it to anyone:',
  'the ticket is signed by the key of the log, and no leaf of the copy has the hash that it promises.',
  'Keep the ticket and this head:',
];

/** Says that a promise is broken, by the signed head that lacks the leaf. */
export function showOmitted(
  ticket: Ticket,
  head: { readonly size: number; readonly signedAt: string; readonly note: string },
  show: (line: string) => void,
): void {
  show(`  the ticket promises: ${promise(ticket)}`);
  show(
    `  it is lacked by: the head of ${head.size} leaves of the log ${ticket.log}, signed ${head.signedAt}`,
  );
  for (const line of [...proofForOthers, ...head.note.trimEnd().split('\n')]) show(`  ${line}`);
  show('OMITTED');
}

/** Says that a promise was kept. */
export const showKept = (leafIndex: number, size: number, show: (line: string) => void): void =>
  show(`KEPT: it is leaf ${leafIndex} of the ${size} leaves of that head`);

/** Checks the signature and says so. @returns undefined, said as well, when it is not valid */
export function openTicket(
  text: string,
  { key, origin }: LogKey,
  show: (line: string) => void,
): { readonly ticket: Ticket; readonly key: VerifierKey } | undefined {
  const verdict = verifyTicket(readTicket(text), [key]);
  if (!verdict.ok) {
    show(`NOT VALID: ${verdict.reason}`);
    return undefined;
  }
  show(`  key: ${key} (from ${origin})`);
  show(`  checked: the ticket is signed by ${verdict.key.name}: ${promise(verdict.ticket)}`);
  return verdict;
}

/**
 * Asks a hub whether it kept the promise of a ticket. A ticket younger than `settleMs` is waited for.
 * @returns true when the leaf is in the tree; false when it is not, or the ticket is not valid
 * @throws Error "not decided: …" when nobody can be blamed for what was not answered
 */
export async function askAboutTicket(
  { text, logKey, hubUrl, chain, settleMs = defaultSettleMs }: TicketQuestion,
  show: (line: string) => void,
): Promise<boolean> {
  const opened = openTicket(text, logKey, show);
  if (!opened) return false;
  const { ticket, key } = opened;
  const followed = chain === undefined ? [] : explainKeyChain(chain, logKey, show);
  if (!followed) return false;
  const later = followed.map((one) => ({ key: parseVerifierKey(one.key), until: one.until }));
  const keys = chain === undefined ? [{ key }] : later.filter((one) => one.key.name === ticket.log);
  const youngMs = Math.min(settleMs, settleMs - (Date.now() - Date.parse(ticket.at)));
  if (youngMs > 0) await pause(youngMs);
  const leaf = parseHash(ticket.leaf).toString('base64url');
  const { status, text: said } = await ask(hubUrl, `/log/proof?leaf=${leaf}`);
  const answer = parseAnswer(said);
  if (status === 200) {
    const { leafIndex, size } = checkProof(answer, ticket, keys);
    show(`  checked: the head of ${size} leaves is signed by ${key.name}`);
    showKept(leafIndex, size, show);
    return true;
  }
  if (status !== 404 || answer['code'] !== 'leaf-not-in-tree')
    throw undecided(`the hub answered ${status}, ${String(answer['code'] ?? 'no problem document')}`);
  const { checkpoint, note } = openHead(answer['checkpoint'], keys);
  if (answer['recorded'] !== false)
    throw undecided(
      'the hub has the entry, but no signed head holds it yet; ask again. A hub that says so for minutes is not right',
    );
  showOmitted(
    ticket,
    { size: checkpoint.size, signedAt: `${String(answer['signedAt'])} as the hub says`, note },
    show,
  );
  return false;
}
