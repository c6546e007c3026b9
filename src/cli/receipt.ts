// Fetches a receipt, verifies receipts, and says in plain words what was checked.
import { writeFileSync } from 'node:fs';
import { toMessage } from '../database/start-error.ts';
import { parseVerifierKey, toVerifierKey } from '../evidence/note.ts';
import { toBase, toLogNumber } from '../evidence/origin.ts';
import { type Verdict, verifyReceipt } from '../evidence/verify.ts';
import { type TrustedKey, verifyKeyChain, verifyReceiptByKeys } from '../evidence/verify-keys.ts';
import { verifyPurge } from '../evidence/verify-purge.ts';
import { hasRepeatedMember } from '../json.ts';
import { type CallingSystem, makeHeaders } from './calling-system.ts';
import { readText } from './read-text.ts';
import type { LogKey } from './sandbox-option.ts';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/;
const fetchMs = 15_000;

/** The exchange id of an argument: the id itself, or the last header Exchange-Id in a file of an answer's headers. */
export function readExchangeId(argument: string): string {
  if (new RegExp(`^${uuid.source}$`, 'i').test(argument)) return argument.toLowerCase();
  const found = [...readText(argument).matchAll(new RegExp(`^exchange-id:\\s*(${uuid.source})\\s*$`, 'gim'))];
  const id = found.at(-1)?.[1];
  if (id === undefined) throw new Error(`${argument} holds no header Exchange-Id; was the call answered?`);
  return id;
}

/** The code and, in English, what is wrong: of a problem document. */
function describeProblem(text: string): string {
  try {
    const { code, en } = JSON.parse(text);
    return `${code}: ${en.title}`;
  } catch {
    return 'the answer is no problem document';
  }
}

/**
 * Reads what the hub has at `/evidence/v1/exchanges/<id>/<what>`.
 * @throws Error in one sentence with the hub's problem code
 */
export async function fetchEvidence(
  system: CallingSystem,
  exchangeId: string,
  what: 'receipt' | 'explanation',
): Promise<string> {
  const url = `${system.hubUrl}/evidence/v1/exchanges/${exchangeId}/${what}`;
  const headers = await makeHeaders(system, 'GET', url);
  const init: RequestInit = { headers, redirect: 'error', signal: AbortSignal.timeout(fetchMs) };
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new Error(`the hub at ${system.hubUrl} cannot be reached`, { cause });
  });
  const text = await response.text();
  if (response.status === 200) return text;
  throw new Error(`no ${what}, status ${response.status}, ${describeProblem(text)}`);
}

/** Saves a receipt byte for byte as it was released, so that every byte of the file counts; 0600. */
export const saveReceipt = (file: string, text: string): void => writeFileSync(file, text, { mode: 0o600 });

/**
 * The key for a receipt of another log of the same hub: before a restore, or after one. The name is part of what is signed,
 * so a head of one log never passes for one of another.
 */
function toKeyOfReceipt(receipt: unknown, key: string): string {
  if (typeof receipt !== 'object' || receipt === null || !('checkpoint' in receipt)) return key;
  const origin = String(receipt.checkpoint).split('\n', 1)[0] ?? '';
  const known = parseVerifierKey(key);
  const isOther = origin !== known.name && toLogNumber(toBase(known.name), origin) !== undefined;
  return isOther ? toVerifierKey(origin, known.key) : key;
}

/** What is not JSON in one reading only is not looked at. */
export function parseStrictly(text: string): { readonly value: unknown } | { readonly reason: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (!hasRepeatedMember(text)) return { value };
    return { reason: 'a member stands in it twice, and readers would differ in which one they take' };
  } catch {
    return { reason: 'it is no JSON' };
  }
}

/** Follows a key chain's text from a key and says so. @returns undefined when it does not hold, which is said */
export function explainKeyChain(
  text: string,
  { key }: LogKey,
  show: (line: string) => void,
): readonly TrustedKey[] | undefined {
  const parsed = parseStrictly(text);
  const verdict =
    'reason' in parsed ? { ok: false as const, reason: parsed.reason } : verifyKeyChain(parsed.value, key);
  if (!verdict.ok) {
    show(`NOT VALID: key chain: ${verdict.reason}`);
    return undefined;
  }
  for (const line of verdict.checked) show(`  checked: ${line}`);
  return verdict.keys;
}

/** What a receipt is held against beside the key of the log. */
export interface ReceiptTrust {
  /** Verifier keys of those whose word is looked for; without it the receipt holds all the same. */
  readonly witnesses?: readonly string[];
  /** Text of a key chain (`/log/keys`), which leads from the key to those that follow it. */
  readonly chain?: string | undefined;
  /** Text of the receipt of the entry that purged the private part. */
  readonly purge?: string | undefined;
}

/** Sentences of what the receipt of the purge shows. @throws Error that says what does not fit */
function checkPurge(
  receipt: unknown,
  text: string,
  verify: (receipt: unknown) => Verdict,
): readonly string[] {
  const parsed = parseStrictly(text);
  if ('reason' in parsed) throw new Error(`the receipt of the purge: ${parsed.reason}`);
  return verifyPurge(receipt, parsed.value, verify);
}

const saidOfPurge = 'not checked: the private part was purged';

/**
 * Verifies a receipt's text offline and says so.
 * @returns true when it holds
 */
export function explainReceipt(
  text: string,
  logKey: LogKey,
  show: (line: string) => void,
  { witnesses = [], chain, purge }: ReceiptTrust = {},
): boolean {
  const say = (reason: string): false => {
    show(`NOT VALID: ${reason}`);
    return false;
  };
  const { key, origin } = logKey;
  const parsed = parseStrictly(text);
  if ('reason' in parsed) return say(parsed.reason);
  const keyOfLog = toKeyOfReceipt(parsed.value, key);
  const keys = chain === undefined ? undefined : explainKeyChain(chain, logKey, show);
  if (chain !== undefined && !keys) return false;
  const verify = (receipt: unknown): Verdict =>
    keys
      ? verifyReceiptByKeys(receipt, keys, witnesses)
      : verifyReceipt(receipt, toKeyOfReceipt(receipt, key), witnesses);
  const verdict = verify(parsed.value);
  if (!verdict.ok) return say(verdict.reason);
  let purged: readonly string[] = [];
  try {
    if (purge !== undefined) purged = checkPurge(parsed.value, purge, verify);
  } catch (error) {
    return say(toMessage(error));
  }
  show(`  key: ${key} (from ${origin})`);
  if (keyOfLog !== key)
    show(`  the receipt is of another log of this hub, from before or after a restore: the key is the same`);
  const checked = verdict.checked.filter((line) => purge === undefined || !line.startsWith(saidOfPurge));
  for (const line of [...checked, ...purged])
    show(line.startsWith('not checked') ? `  ${line}` : `  checked: ${line}`);
  for (const { name, at } of verdict.witnessed) if (!at) show(`  not witnessed by ${name}`);
  if (witnesses.length === 0) show('  not checked: whether a witness saw it (--witness)');
  show('VALID');
  return true;
}
