// Grows a tree from its left edge out of complete subtrees, keeping only those that nothing is above yet. Pure.
import { emptyRoot, hashNode, type Subtree } from './tree.ts';

/** A complete subtree and its hash. */
export interface HashedSubtree extends Subtree {
  readonly hash: Buffer;
}

/** Subtrees side by side, as few as they can be: at most two for each level. */
export interface Subtrees {
  /** The leaf that the next subtree begins with. */
  readonly next: number;
  /** Adds one. @throws Error when it does not begin at `next`: leaves are missing, stand twice or in another order */
  add(subtree: HashedSubtree): void;
  /** What was added, merged; left to right. */
  list(): readonly HashedSubtree[];
}

/** @param from the leaf that the first subtree begins with */
export function createSubtrees(from: number): Subtrees {
  const stack: HashedSubtree[] = [];
  let next = from;

  function push(added: HashedSubtree): void {
    let top = added;
    for (let left = stack.at(-1); left && isPair(left, top); left = stack.at(-1)) {
      stack.pop();
      top = { level: top.level + 1, index: left.index / 2, hash: hashNode(left.hash, top.hash) };
    }
    stack.push(top);
  }

  return {
    get next() {
      return next;
    },
    add(subtree) {
      const width = 2 ** subtree.level;
      if (subtree.index * width !== next)
        throw new Error(`leaf ${next} is expected, and leaf ${subtree.index * width} comes`);
      next += width;
      push(subtree);
    },
    list: () => stack,
  };
}

const isPair = (left: HashedSubtree, right: HashedSubtree): boolean =>
  left.level === right.level && left.index % 2 === 0;

/** Root of the tree whose left edge these are, from leaf 0 on. Source: RFC 6962 §2.1. */
export const rootOfSubtrees = (subtrees: readonly HashedSubtree[]): Buffer =>
  subtrees.length === 0
    ? emptyRoot
    : subtrees.map(({ hash }) => hash).reduceRight((right, left) => hashNode(left, right));
