// A sample that nobody can steer: which leaves are drawn follows from a seed that the auditor chose and the root of a head
// that was signed; anyone draws it again. Pure, for the verifier.
import { createHash } from 'node:crypto';
import { toUtf8 } from './bytes.ts';
import { parseCheckpointText } from './checkpoint.ts';
import { openNote, parseVerifierKey } from './note.ts';
import { isReceipt } from './receipt.ts';
import { verifyReceipt, type Witnessed } from './verify.ts';

/** What a sample is drawn from. */
export interface Draw {
  readonly seed: string;
  /** Root of the tree of `size` leaves. */
  readonly root: Buffer;
  readonly size: number;
  /** How many different leaves; at most `size`. */
  readonly count: number;
}

/**
 * Leaf indices in the order in which they are drawn: for counter 0, 1, 2 …, SHA-256(seed in UTF-8 ‖ root ‖ counter as 8
 * bytes, the highest first), read as a number of 256 bits, modulo `size`; what was drawn before is passed over.
 * @throws RangeError when there are not so many leaves
 */
export function drawSample({ seed, root, size, count }: Draw): readonly number[] {
  if (count > size) throw new RangeError(`no ${count} leaves in a tree of ${size}`);
  const drawn = new Set<number>();
  for (let counter = 0n; drawn.size < count; counter += 1n) {
    const place = Buffer.alloc(8);
    place.writeBigUInt64BE(counter);
    const digest = createHash('sha256').update(toUtf8(seed)).update(root).update(place).digest('hex');
    drawn.add(Number(BigInt(`0x${digest}`) % BigInt(size)));
  }
  return [...drawn];
}

/** What was found of a sample; `reason` says what does not hold. */
export type SampleVerdict =
  | { readonly ok: true; readonly checked: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** What the auditor knows of a sample beside its seed. What is left out is told as not checked. */
export interface SampleDemand {
  /** How many entries were asked for: a sample that was cut short steers, too. */
  readonly count?: number | undefined;
  /** The signed note of the head that was held before the seed was told: no other one could be made to suit it. */
  readonly head?: string | undefined;
  /** Verifier keys of witnesses. */
  readonly witnesses?: readonly string[] | undefined;
}

const toMembers = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

interface Found {
  readonly index: number;
  readonly root: Buffer;
  readonly isPurged: boolean;
  readonly witnessed: readonly Witnessed[];
}

/** @throws Error saying which receipt does not hold, and why */
function checkReceipts(
  receipts: readonly unknown[],
  size: number,
  verifierKey: string,
  witnesses: readonly string[],
): readonly Found[] {
  const key = parseVerifierKey(verifierKey);
  return receipts.map((receipt, at) => {
    const verdict = verifyReceipt(receipt, verifierKey, witnesses);
    if (!verdict.ok || !isReceipt(receipt))
      throw new Error(`receipt ${at + 1}: ${verdict.ok ? 'it is none' : verdict.reason}`);
    const checkpoint = parseCheckpointText(openNote(receipt.checkpoint, key));
    if (checkpoint.size !== size) throw new Error(`receipt ${at + 1} is of another checkpoint`);
    if (!receipt.private && !receipt.purgedBy)
      throw new Error(`receipt ${at + 1} lacks what its leaf sealed, and names no purge`);
    return {
      ...{ index: receipt.leafIndex, root: checkpoint.root, isPurged: receipt.private === undefined },
      witnessed: verdict.witnessed,
    };
  });
}

/** @throws Error when the head that was held is another one */
function checkHead(head: string, verifierKey: string, size: number, root: Buffer): void {
  const held = parseCheckpointText(openNote(head, parseVerifierKey(verifierKey)));
  if (held.size !== size || !held.root.equals(root))
    throw new Error(`the sample is not drawn from the head of ${held.size} leaves that was held before`);
}

function check(
  sample: unknown,
  seed: string,
  verifierKey: string,
  { count, head, witnesses = [] }: SampleDemand,
): readonly string[] {
  const { receipts, size } = toMembers(sample);
  if (!Array.isArray(receipts) || typeof size !== 'number')
    throw new Error('the sample does not have its members');
  const found = checkReceipts(receipts, size, verifierKey, witnesses);
  const [first] = found;
  if (!first) throw new Error('the sample is empty');
  if (count !== undefined && found.length !== count)
    throw new Error(`the sample has ${found.length} entries, not the ${count} that were asked for`);
  if (head !== undefined) checkHead(head, verifierKey, size, first.root);
  const drawn = drawSample({ seed, root: first.root, size, count: found.length });
  for (const [at, { index, root }] of found.entries())
    if (index !== drawn[at] || !root.equals(first.root))
      throw new Error(`entry ${at + 1} is leaf ${index}; the seed draws leaf ${drawn[at]}`);
  const purged = found.filter(({ isPurged }) => isPurged).length;
  return [
    `${found.length} receipts verify, all by the signed checkpoint of ${size} leaves`,
    'they are the leaves that the seed draws, in their order',
    `what ${found.length - purged} of them sealed is there`,
    ...(count === undefined ? [] : ['they are as many as were asked for']),
    ...(head === undefined ? [] : ['the checkpoint is the one that was held before the seed was told']),
    ...first.witnessed.map(({ name, at }) =>
      at
        ? `the checkpoint is witnessed by ${name} at ${at.toISOString()}`
        : `not checked: ${name} did not witness it`,
    ),
    ...(purged === 0
      ? []
      : [
          `not checked: what ${purged} of them sealed is gone; the purge that each names has a receipt of its own`,
        ]),
    ...(count === undefined ? ['not checked: whether more were asked for (--count)'] : []),
    ...(head === undefined ? ['not checked: whether the checkpoint was there before the seed (--head)'] : []),
    ...(witnesses.length === 0 ? ['not checked: no witness that is known here signed the checkpoint'] : []),
    'not checked: when the seed was chosen; choose it after the checkpoint was signed and witnessed',
  ];
}

/**
 * Checks a sample against the seed that the auditor chose and the log's key. Never throws.
 * @param sample the hub's answer
 */
export function verifySample(
  sample: unknown,
  seed: string,
  verifierKey: string,
  demand: SampleDemand = {},
): SampleVerdict {
  try {
    return { ok: true, checked: check(sample, seed, verifierKey, demand) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
