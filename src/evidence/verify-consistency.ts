// The offline verifier of two checkpoints, pure: whether the newer log only adds to the older one.
import { parseHash } from './bytes.ts';
import { parseCheckpointText } from './checkpoint.ts';
import { openNote, parseVerifierKey } from './note.ts';
import { isConsistent } from './tree.ts';

interface ConsistencyAnswer {
  readonly from: number;
  readonly to: number;
  readonly proof: readonly string[];
}

const isAnswer = (value: unknown): value is ConsistencyAnswer => {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 3) return false;
  const members = new Map(Object.entries(value));
  const proof: unknown = members.get('proof');
  return (
    Number.isSafeInteger(members.get('from')) &&
    Number.isSafeInteger(members.get('to')) &&
    Array.isArray(proof) &&
    proof.every((hash) => typeof hash === 'string')
  );
};

/**
 * Checks that of two signed checkpoints the newer extends the older; their order is found by their sizes.
 * @param proof what `GET /log/consistency?from=…&to=…` answers, parsed; undefined for two of one size, which need none
 * @returns sentences of what was checked
 * @throws Error that says what does not fit
 */
export function verifyConsistency(
  notes: readonly [one: string, other: string],
  proof: unknown,
  verifierKey: string,
): readonly string[] {
  const key = parseVerifierKey(verifierKey);
  const [one, other] = [
    parseCheckpointText(openNote(notes[0], key)),
    parseCheckpointText(openNote(notes[1], key)),
  ];
  const [older, newer] = one.size <= other.size ? [one, other] : [other, one];
  for (const { origin } of [older, newer])
    if (origin !== key.name) throw new Error(`a checkpoint is of another log: ${origin}`);
  if (older.size === newer.size && !older.root.equals(newer.root))
    throw new Error(
      `the key of ${key.name} signed two histories: two heads of ${older.size} leaves with different roots. Both together prove it to anyone: keep them`,
    );
  if (proof === undefined && older.size === newer.size)
    return [`both checkpoints are signed by ${key.name}`, `they are the same head of ${older.size} leaves`];
  if (!isAnswer(proof)) throw new Error('the proof does not have the members from, to and proof');
  if (proof.from !== older.size || proof.to !== newer.size)
    throw new Error(`the proof is for ${proof.from} and ${proof.to} leaves, the checkpoints are of others`);
  if (!isConsistent(older, newer, proof.proof.map(parseHash)))
    throw new Error(
      `the tree of ${newer.size} leaves does not extend that of ${older.size}: the log was rewritten`,
    );
  return [
    `both checkpoints are signed by ${key.name}`,
    `the log of ${newer.size} leaves begins with the very ${older.size} leaves of the older checkpoint`,
  ];
}
