// The Merkle tree of the exchange log, pure: hashes, and proofs named as ranges of leaves. Source: RFC 6962 §2.1,
// RFC 9162 §2.1. Where hashes are kept is none of its business. Indices and sizes are safe integers, never 32-bit.
import { hash } from 'node:crypto';

/** Leaves `from` (inclusive) to `to` (exclusive); proofs consist of the hashes of such ranges. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A complete subtree: leaves `index · 2^level` up to, not including, `(index + 1) · 2^level`. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

const leafPrefix = Buffer.of(0x00);

/** Hash of one leaf. Source: RFC 6962 §2.1. */
export function hashLeaf(data: Buffer): Buffer {
  return hash('sha256', Buffer.concat([leafPrefix, data]), 'buffer');
}

// Written anew for every node: a whole log is hashed without a buffer for each.
const nodeBytes = Buffer.of(0x01, ...Buffer.alloc(64));

/** Hash of an inner node, from two hashes. Source: RFC 6962 §2.1. */
export function hashNode(left: Buffer, right: Buffer): Buffer {
  nodeBytes.set(left, 1);
  nodeBytes.set(right, 33);
  return hash('sha256', nodeBytes, 'buffer');
}

/** Root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot = hash('sha256', '', 'buffer');

/** The largest power of two smaller than `count`, which is at least 2. */
function splitOf(count: number): number {
  let width = 1;
  while (width * 2 < count) width *= 2;
  return width;
}

/** The ranges whose hashes prove leaf `index` in the tree of `size`, leaf to root. Source: RFC 9162 §2.1.3.1. */
export function rangesOfInclusion(index: number, size: number): Range[] {
  if (index < 0 || index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const siblings: Range[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    siblings.push(index < middle ? { from: middle, to } : { from, to: middle });
    if (index < middle) to = middle;
    else from = middle;
  }
  return siblings.reverse();
}

/**
 * The ranges whose hashes prove that the tree of `older` leaves begins the tree of `newer`; none when they are equal
 * or the older is empty. Source: RFC 9162 §2.1.4.1.
 */
export function rangesOfConsistency(older: number, newer: number): Range[] {
  if (older < 0 || older > newer) throw new RangeError(`no tree of ${older} within a tree of ${newer}`);
  if (older === 0) return [];
  const ranges: Range[] = [];
  let from = 0;
  let to = newer;
  while (older < to) {
    const middle = from + splitOf(to - from);
    ranges.push(older <= middle ? { from: middle, to } : { from, to: middle });
    if (older <= middle) to = middle;
    else from = middle;
  }
  if (from > 0) ranges.push({ from, to });
  return ranges.reverse();
}

/** The complete subtrees that make up a range of a proof, left to right. */
export function subtreesOf(range: Range): Subtree[] {
  const subtrees: Subtree[] = [];
  let from = range.from;
  while (from < range.to) {
    let level = 0;
    let width = 1;
    while (width * 2 <= range.to - from) {
      width *= 2;
      level += 1;
    }
    subtrees.push({ level, index: from / width });
    from += width;
  }
  return subtrees;
}

/** The complete subtrees, each as wide as its place allows, that make up any range of leaves, left to right. */
export function coverOf(range: Range): Subtree[] {
  const subtrees: Subtree[] = [];
  let from = range.from;
  while (from < range.to) {
    let level = 0;
    let width = 1;
    while (from % (width * 2) === 0 && from + width * 2 <= range.to) {
      width *= 2;
      level += 1;
    }
    subtrees.push({ level, index: from / width });
    from += width;
  }
  return subtrees;
}

/** Hash of a range, from the hashes of its complete subtrees. */
export function hashRange(range: Range, hashOf: (subtree: Subtree) => Buffer): Buffer {
  return subtreesOf(range)
    .map(hashOf)
    .reduceRight((right, left) => hashNode(left, right));
}

/** Root over the given leaf hashes (or over subtrees of one level, 2^n of them). Source: RFC 6962 §2.1. */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return emptyRoot;
  let row = hashes;
  while (row.length > 1) {
    const above: Buffer[] = [];
    for (let at = 0; at < row.length; at += 2) {
      const [left, right] = row.slice(at, at + 2);
      if (left) above.push(right ? hashNode(left, right) : left);
    }
    row = above;
  }
  return row[0] ?? emptyRoot;
}

const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);

/** Whether `proof` leads from leaf `index` to `root` in a tree of `size`. Source: RFC 9162 §2.1.3.2. */
export function isIncluded(
  leafHash: Buffer,
  index: number,
  size: number,
  proof: readonly Buffer[],
  root: Buffer,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let leaf = index;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(leaf) || leaf === last) {
      hash = hashNode(sibling, hash);
      while (!isOdd(leaf) && leaf !== 0) [leaf, last] = [half(leaf), half(last)];
    } else {
      hash = hashNode(hash, sibling);
    }
    [leaf, last] = [half(leaf), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/** A tree head: how many leaves, and the root over them. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/** Whether `proof` shows that `newer` only appends to `older`. Source: RFC 9162 §2.1.4.2. */
export function isConsistent(older: TreeHead, newer: TreeHead, proof: readonly Buffer[]): boolean {
  if (!Number.isSafeInteger(older.size) || !Number.isSafeInteger(newer.size)) return false;
  if (older.size < 0 || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  if (older.size === 0) return proof.length === 0 && older.root.equals(emptyRoot);
  let node = older.size - 1;
  let last = newer.size - 1;
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  // An older tree whose size is a power of two is itself the first node of the path.
  const [first, ...rest] = node === 0 ? [older.root, ...proof] : proof;
  if (!first) return false;
  let oldHash = first;
  let newHash = first;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      oldHash = hashNode(sibling, oldHash);
      newHash = hashNode(sibling, newHash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newHash = hashNode(newHash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && oldHash.equals(older.root) && newHash.equals(newer.root);
}
