// Checks a ticket: is its signature the log's, and is the promised leaf in the tree? Says so in plain words. A question that
// could not be asked is never taken for an answer.
import { setTimeout as pause } from 'node:timers/promises';
import { toMessage } from '../database/start-error.ts';
import { parseHash } from '../evidence/bytes.ts';
import type { Checkpoint } from '../evidence/checkpoint.ts';
import { type Ticket, verifyTicket } from '../evidence/ticket.ts';
import { isIncluded } from '../evidence/tree.ts';
import { openHeadByKeys, type TrustedKey } from '../evidence/verify-keys.ts';
import type { LogKey } from './sandbox-option.ts';
import { findTicketKeys, keysOfLog } from './ticket-keys.ts';
import { tellWitnesses } from './witness-lines.ts';

/** What a ticket may be asked about. */
export interface TicketQuestion {
  /** The ticket, or the headers of an answer with the line Exchange-Ticket. */
  readonly text: string;
  readonly logKey: LogKey;
  /** Text of a key chain, which leads from that key to those that followed it; default: the hub is asked for it. */
  readonly chain?: string | undefined;
  /** Address of the hub, without a slash at the end. */
  readonly hubUrl: string;
  /** Verifier keys of witnesses whose word on the head is looked for. */
  readonly witnesses?: readonly string[];
  /** From the promise to the first question; default 10,000. */
  readonly settleMs?: number;
}

/** A head that a hub gave, with its signature checked. */
interface CheckedHead {
  readonly checkpoint: Checkpoint;
  readonly note: string;
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

/** @throws Error "not decided" when no key of the log signed it */
function openHead(note: unknown, keys: readonly TrustedKey[]): CheckedHead {
  try {
    const text = String(note);
    return { checkpoint: openHeadByKeys(text, keys), note: text };
  } catch (error) {
    throw undecided(`the answer holds no head that the log signed: ${toMessage(error)}`, error);
  }
}

/** @throws Error "not decided" when the proof does not hold */
function checkProof(answer: Readonly<Record<string, unknown>>, ticket: Ticket, keys: readonly TrustedKey[]) {
  const { checkpoint, note } = openHead(answer['checkpoint'], keys);
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
  return { leafIndex: Number(leafIndex), size: checkpoint.size, note };
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

/** Says what witnesses said of the head that decides. @throws Error "not decided" when a cosignature of one of them fails */
export function showWitnesses(
  note: string,
  witnesses: readonly string[],
  show: (line: string) => void,
): void {
  try {
    for (const line of tellWitnesses(note, witnesses, 'that head')) show(`  ${line}`);
  } catch (error) {
    throw undecided(toMessage(error), error);
  }
}

/** Says that a promise was kept. */
export const showKept = (leafIndex: number, size: number, show: (line: string) => void): void =>
  show(`KEPT: it is leaf ${leafIndex} of the ${size} leaves of that head`);

/** A ticket whose signature holds, and who signed it. */
export interface OpenedTicket {
  readonly ticket: Ticket;
  /** Database time of the entry that retired the key, where one did. */
  readonly retiredAt: string | undefined;
}

/** Checks the signature and says so. @returns undefined, said as well, when it is not valid */
export function openTicket(
  text: string,
  { key, origin }: LogKey,
  keys: readonly TrustedKey[],
  show: (line: string) => void,
): OpenedTicket | undefined {
  const verdict = verifyTicket(
    readTicket(text),
    keys.map((one) => one.key),
  );
  if (!verdict.ok) {
    show(`NOT VALID: ${verdict.reason}`);
    return undefined;
  }
  const { ticket, key: signer } = verdict;
  show(`  key: ${key} (from ${origin})`);
  show(`  checked: the ticket is signed by ${signer.name}: ${promise(ticket)}`);
  const id = `${signer.name}+${signer.id.toString('hex')}+`;
  return { ticket, retiredAt: keys.find((one) => one.key.startsWith(id))?.retiredAt };
}

/** Processes go on with a key for a moment after the entry that retires it. */
const retiringMs = 60_000;

/** @throws Error "not decided" when whoever has the key since it was retired may have made the ticket */
export function checkNotRetired({ ticket, retiredAt }: OpenedTicket): void {
  if (retiredAt !== undefined && Date.parse(ticket.at) > Date.parse(retiredAt) + retiringMs)
    throw undecided(
      `the leaf is in no head, but the ticket is signed by a key that was retired ${retiredAt}, before the time that it names: it binds the log no more`,
    );
}

/**
 * Asks a hub whether it kept the promise of a ticket. A ticket younger than `settleMs` is waited for.
 * @returns true when the leaf is in the tree; false when it is not, or the ticket is not valid
 * @throws Error "not decided: …" when nobody can be blamed for what was not answered
 */
export async function askAboutTicket(
  { text, logKey, chain, hubUrl, witnesses = [], settleMs = defaultSettleMs }: TicketQuestion,
  show: (line: string) => void,
): Promise<boolean> {
  const found = await findTicketKeys(logKey, chain, hubUrl, show);
  const opened = found && openTicket(text, logKey, found, show);
  if (!opened) return false;
  const { ticket } = opened;
  const keys = keysOfLog(found, ticket.log);
  const youngMs = Math.min(settleMs, settleMs - (Date.now() - Date.parse(ticket.at)));
  if (youngMs > 0) await pause(youngMs);
  const leaf = parseHash(ticket.leaf).toString('base64url');
  const { status, text: said } = await ask(hubUrl, `/log/proof?leaf=${leaf}`);
  const answer = parseAnswer(said);
  if (status === 200) {
    const { leafIndex, size, note } = checkProof(answer, ticket, keys);
    show(`  checked: the head of ${size} leaves is signed by ${ticket.log}`);
    showWitnesses(note, witnesses, show);
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
  checkNotRetired(opened);
  showWitnesses(note, witnesses, show);
  showOmitted(
    ticket,
    { size: checkpoint.size, signedAt: `${String(answer['signedAt'])} as the hub says`, note },
    show,
  );
  return false;
}
