// A sample that nobody can steer: which leaves are drawn follows from a seed that the auditor chose and the root of a head
// that was signed; anyone draws it again. Pure, for the verifier.
import { createHash } from 'node:crypto';
import { parseHash, toUtf8 } from './bytes.ts';
import { parseCheckpointText } from './checkpoint.ts';
import { openNote, parseVerifierKey } from './note.ts';
import { isReceipt } from './receipt.ts';
import { verifyReceipt } from './verify.ts';

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

const toMembers = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function check(
  sample: unknown,
  seed: string,
  verifierKey: string,
  witnesses: readonly string[],
): readonly string[] {
  const { receipts, size } = toMembers(sample);
  if (!Array.isArray(receipts) || typeof size !== 'number')
    throw new Error('the sample does not have its members');
  const key = parseVerifierKey(verifierKey);
  const found = receipts.map((receipt: unknown, at) => {
    const verdict = verifyReceipt(receipt, verifierKey, witnesses);
    if (!verdict.ok || !isReceipt(receipt))
      throw new Error(`receipt ${at + 1}: ${verdict.ok ? 'it is none' : verdict.reason}`);
    const checkpoint = parseCheckpointText(openNote(receipt.checkpoint, key));
    if (checkpoint.size !== size) throw new Error(`receipt ${at + 1} is of another checkpoint`);
    return { index: receipt.leafIndex, root: checkpoint.root, witnessed: verdict.witnessed };
  });
  const [first] = found;
  if (!first) throw new Error('the sample is empty');
  const drawn = drawSample({ seed, root: first.root, size, count: found.length });
  for (const [at, { index, root }] of found.entries())
    if (index !== drawn[at] || !root.equals(parseHash(first.root.toString('base64'))))
      throw new Error(`entry ${at + 1} is leaf ${index}; the seed draws leaf ${drawn[at]}`);
  const { witnessed } = first;
  return [
    `${found.length} receipts verify, all by the signed checkpoint of ${size} leaves`,
    'they are the leaves that the seed draws, in their order',
    ...witnessed.map(({ name, at }) =>
      at
        ? `the checkpoint is witnessed by ${name} at ${at.toISOString()}`
        : `not checked: ${name} did not witness it`,
    ),
    'not checked: when the seed was chosen; choose it after the checkpoint was signed and witnessed',
  ];
}

/**
 * Checks a sample against the seed that the auditor chose and the log's key. Never throws.
 * @param sample the hub's answer
 * @param witnesses verifier keys of those whose word on the checkpoint is looked for
 */
export function verifySample(
  sample: unknown,
  seed: string,
  verifierKey: string,
  witnesses: readonly string[] = [],
): SampleVerdict {
  try {
    return { ok: true, checked: check(sample, seed, verifierKey, witnesses) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
