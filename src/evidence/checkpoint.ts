// The text of a checkpoint: origin, size and root of the tree. Source: C2SP tlog-checkpoint.
import { parseHash } from './bytes.ts';
import type { TreeHead } from './tree.ts';

/** A tree head of the log named `origin`. */
export interface Checkpoint extends TreeHead {
  readonly origin: string;
}

/** The note text of a checkpoint, without extension lines. */
export function toCheckpointText(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString('base64')}\n`;
}

/** Reads a checkpoint's note text; extension lines are passed over. @throws Error when it is malformed */
export function parseCheckpointText(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...extensions] = text.split('\n');
  if (origin === '') throw new Error('the checkpoint names no origin');
  if (!/^(0|[1-9][0-9]*)$/u.test(size) || !Number.isSafeInteger(Number(size)))
    throw new Error('the checkpoint has no tree size');
  if (extensions.pop() !== '' || extensions.includes('')) throw new Error('the checkpoint is malformed');
  return { origin, size: Number(size), root: parseHash(root) };
}
