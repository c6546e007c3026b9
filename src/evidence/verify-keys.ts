// The offline verifier of the keys of a log: from a key that one trusts to the key of today, entry by entry. Pure; nothing of
// the hub's is trusted but that first key.
import { type Checkpoint, parseCheckpointText } from './checkpoint.ts';
import type { PublicPart } from './leaf.ts';
import { openNote, parseNote, parseVerifierKey, toVerifierKey } from './note.ts';
import { toBase } from './origin.ts';
import { isReceipt } from './receipt.ts';
import { type Verdict, verifyReceipt } from './verify.ts';

/** A key that the chain leads to. */
export interface TrustedKey {
  readonly key: string;
  /** Most leaves of a head that it signs; undefined: no entry retired it. */
  readonly until: number | undefined;
  /** Database time of the entry that retired it. */
  readonly retiredAt?: string;
}

/**
 * What was found; `keys` begins with the trusted one and ends with the one of today. After a restore they are also those of
 * the hub's other logs to which one of them leads, each in the name of its log.
 */
export type ChainVerdict =
  | { readonly ok: true; readonly checked: readonly string[]; readonly keys: readonly TrustedKey[] }
  | { readonly ok: false; readonly reason: string };

interface Link {
  readonly key: string;
  readonly added: unknown;
  readonly retired: unknown;
}

const mostKeys = 1_000;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the file says of since, until and state counts for nothing: it follows from the receipts. */
function parseChain(chain: unknown): readonly Link[] {
  if (!isObject(chain) || !Array.isArray(chain['keys']) || chain['keys'].length > mostKeys)
    throw new Error('the key chain does not have the members of a key chain');
  return chain['keys'].map((link: unknown) => {
    if (!isObject(link) || typeof link['key'] !== 'string')
      throw new Error('the key chain does not have the members of a key chain');
    return { key: link['key'], added: link['added'], retired: link['retired'] };
  });
}

interface Checked {
  readonly leaf: PublicPart;
  readonly treeSize: number;
}

function checkNotice(receipt: unknown, key: string, notice: PublicPart['notice'], words: string): Checked {
  const verdict = verifyReceipt(receipt, key);
  if (!verdict.ok) throw new Error(`the entry of ${words} does not hold: ${verdict.reason}`);
  if (verdict.leaf.kind !== 'notice' || verdict.leaf.notice !== notice || !isReceipt(receipt))
    throw new Error(`the entry of ${words} tells of something else`);
  return { leaf: verdict.leaf, treeSize: receipt.treeSize };
}

const shorten = (key: string): string => key.split('+').slice(0, 2).join('+');

function checkAdded(link: Link, before: string): Checked {
  const words = `the coming of ${shorten(link.key)}`;
  const { leaf, treeSize } = checkNotice(link.added, before, 'key-added', words);
  if (leaf.about?.['key'] !== link.key || leaf.about['after'] !== before)
    throw new Error(`the entry of ${words} names other keys`);
  if (leaf.about['stolen'] !== undefined)
    throw new Error(
      `the entry of ${words} says that the key before it was stolen, so that its signature proves nothing of what came after; take the new key from where the province publishes it`,
    );
  return { leaf, treeSize };
}

function checkRetired(link: Link, by: string): Pick<TrustedKey, 'until' | 'retiredAt'> {
  const words = `the going of ${shorten(link.key)}`;
  const { leaf, treeSize } = checkNotice(link.retired, by, 'key-retired', words);
  if (leaf.about?.['key'] !== link.key) throw new Error(`the entry of ${words} names another key`);
  return { until: treeSize, retiredAt: leaf.databaseAt };
}

function follow(links: readonly Link[], trusted: string, checked: string[]): readonly TrustedKey[] {
  const { name } = parseVerifierKey(trusted);
  const place = links.findIndex(({ key }) => key === trusted);
  if (place < 0) throw new Error('the key chain does not hold the key that is trusted');
  const known: { link: Link; until: number | undefined }[] = [];
  let sizeBefore = 0;
  for (const [n, link] of links.slice(place).entries()) {
    const before = known.at(-1)?.link.key;
    // A key that is only announced has no receipt yet, and is the last.
    if (before !== undefined && link.added === undefined && place + n === links.length - 1) break;
    if (before !== undefined) {
      if (parseVerifierKey(link.key).name !== name) throw new Error('the key chain is of several logs');
      const { treeSize } = checkAdded(link, before);
      if (treeSize < sizeBefore) throw new Error('the entries of the key chain are not in their order');
      sizeBefore = treeSize;
      checked.push(
        `${shorten(link.key)} follows ${shorten(before)}, by an entry under a head that this one signed`,
      );
    }
    known.push({ link, until: undefined });
  }
  const keys = known.map(({ link }, n): TrustedKey => {
    const next = known[n + 1];
    if (link.retired === undefined || !next) return { key: link.key, until: undefined };
    const retired = checkRetired(link, next.link.key);
    checked.push(
      `${shorten(link.key)} was retired: alone it vouches for no head above ${retired.until} leaves`,
    );
    return { key: link.key, ...retired };
  });
  return keys;
}

/** The chains of the logs that ended with a restore, oldest first, and of the one that is written. */
function parseChains(chain: unknown): readonly (readonly Link[])[] {
  const earlier = isObject(chain) ? (chain['earlier'] ?? []) : [];
  if (!Array.isArray(earlier) || earlier.length > mostKeys)
    throw new Error('the key chain does not have the members of a key chain');
  return [...earlier.map(parseChain), parseChain(chain)];
}

/** The key of another log of the same hub that one of `keys` is: a key signs under the name of every log that it comes to. */
function findLink(links: readonly Link[], keys: readonly TrustedKey[], isLater: boolean): string | undefined {
  const [first] = links;
  if (!first) return undefined;
  const { name } = parseVerifierKey(first.key);
  // What was retired before a log began does not vouch for it.
  const able = keys.filter(({ until }) => !isLater || until === undefined);
  const named = able.map(({ key }) => toVerifierKey(name, parseVerifierKey(key).key));
  const linked = isLater ? [first] : links;
  return linked.find(({ key }) => named.includes(key))?.key;
}

function followAll(chain: unknown, trusted: string, checked: string[]): readonly TrustedKey[] {
  const chains = parseChains(chain);
  const start = chains.findIndex((links) => links.some(({ key }) => key === trusted));
  if (start < 0) throw new Error('the key chain does not hold the key that is trusted');
  const found = follow(chains[start] ?? [], trusted, checked);
  const base = toBase(parseVerifierKey(trusted).name);
  const all: TrustedKey[] = [];
  const go = (order: readonly (readonly Link[])[], isLater: boolean): void => {
    let last = found;
    for (const links of order) {
      const key = findLink(links, last, isLater);
      if (key === undefined || toBase(parseVerifierKey(key).name) !== base) return;
      checked.push(
        `${shorten(key)} is a key of the same hub, from ${isLater ? 'after' : 'before'} a restore`,
      );
      last = follow(links, key, checked);
      all.push(...last);
    }
  };
  go(chains.slice(0, start).reverse(), false);
  all.push(...found);
  go(chains.slice(start + 1), true);
  return all;
}

/**
 * Follows the keys of a log from `trusted`, a verifier key obtained from elsewhere than the chain. Never throws. That there is
 * no second history signed by the same keys is not shown by it: for that, heads are kept and compared.
 */
export function verifyKeyChain(chain: unknown, trusted: string): ChainVerdict {
  const checked: string[] = [];
  try {
    return { ok: true, keys: followAll(chain, trusted, checked), checked };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Opens a head of the log by the newest of these keys that signed it.
 * @throws Error in one sentence when none of them may vouch for it
 */
export function openHeadByKeys(note: string, keys: readonly TrustedKey[]): Checkpoint {
  const { signaturesOf } = parseNote(note);
  const isOf = ({ key }: TrustedKey): boolean => signaturesOf(parseVerifierKey(key)).length > 0;
  const signer = keys.findLast(isOf) ?? keys.at(-1);
  if (!signer) throw new Error('there is no key to verify with');
  const key = parseVerifierKey(signer.key);
  const checkpoint = parseCheckpointText(openNote(note, key));
  if (checkpoint.origin !== key.name) throw new Error(`it is of another log: ${checkpoint.origin}`);
  if (signer.until !== undefined && checkpoint.size > signer.until)
    throw new Error(
      `the head of ${checkpoint.size} leaves is signed only by ${shorten(signer.key)}, which was retired at ${signer.until}`,
    );
  return checkpoint;
}

/** Whether a receipt holds by one of these keys: the newest that signed its head. Never throws. */
export function verifyReceiptByKeys(
  receipt: unknown,
  keys: readonly TrustedKey[],
  witnesses: readonly string[] = [],
): Verdict {
  const failures: string[] = [];
  for (const { key, until } of [...keys].reverse()) {
    const verdict = verifyReceipt(receipt, key, witnesses);
    if (verdict.ok && isReceipt(receipt) && until !== undefined && receipt.treeSize > until)
      failures.push(
        `the head of ${receipt.treeSize} leaves is signed only by ${shorten(key)}, which was retired at ${until}`,
      );
    else if (verdict.ok) return verdict;
    else failures.push(verdict.reason);
  }
  const isOfAnother = (reason: string): boolean => reason.startsWith('the note is not signed by');
  return {
    ok: false,
    reason:
      failures.find((reason) => !isOfAnother(reason)) ?? failures[0] ?? 'there is no key to verify with',
  };
}
