// Entries before they are written: a leaf, what it seals, and the facts it is looked up by.
import { createRandom } from '../random.ts';
import {
  type EntryTime,
  type KindPart,
  type Leaf,
  parseLeafText,
  type SealedPart,
  toFacts,
  toLeaf,
  toPrivateText,
} from './leaf.ts';
import type { EntryKind, ExchangeFacts, PrivateFacts } from './types.ts';

/** An entry ready to be written. */
export interface Entry {
  readonly kind: EntryKind;
  readonly facts: ExchangeFacts;
  readonly problem: string | undefined;
  readonly leaf: Leaf;
  readonly sealed: SealedPart;
}

/** The keys that subjects are hashed with, by the UTC month of the entry. */
export interface MonthKeys {
  month(at: Date): Buffer;
}

const takeSalt = createRandom(32);

/** The private part with a salt of its own. */
export function seal(facts: PrivateFacts, keys: MonthKeys, at: Date): SealedPart {
  return { salt: takeSalt(), text: toPrivateText(facts, () => keys.month(at)) };
}

/** An entry of any kind. */
export function toEntry(
  kind: EntryKind,
  facts: ExchangeFacts,
  time: EntryTime,
  part: KindPart,
  sealed: SealedPart,
): Entry {
  return { kind, facts, problem: part.problem, leaf: toLeaf(kind, facts, time, part, sealed), sealed };
}

const nothingSealed = (): SealedPart => ({ salt: takeSalt(), text: '{}' });

/** "unknown", after the entry "opened" whose text and hash are given. @throws Error when the text is not a leaf */
export function toUnknown(opened: Leaf, time: EntryTime): Entry {
  const earlier = opened.hash.toString('base64');
  return toEntry('unknown', toFacts(parseLeafText(opened.text)), time, { earlier }, nothingSealed());
}

/** "resolved" for an exchange of which it is certain that nothing was sent. */
export function toNotSent(facts: ExchangeFacts, unknownHash: Buffer, time: EntryTime): Entry {
  const part = { outcome: 'not-sent', earlier: unknownHash.toString('base64') } as const;
  return toEntry('resolved', facts, time, part, nothingSealed());
}
