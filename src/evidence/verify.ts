// The offline verifier of receipts: pure, no network, no database, nothing of the hub's to be trusted but the key.
import { parseHash, toUtf8 } from './bytes.ts';
import { parseCheckpointText } from './checkpoint.ts';
import { type Cosigned, parseWitnessKey, readCosignature } from './cosignature.ts';
import { hashSealed, type PublicPart, parseLeafText } from './leaf.ts';
import { openNote, parseVerifierKey } from './note.ts';
import { isReceipt, parsePrivatePart } from './receipt.ts';
import { hashLeaf, isIncluded } from './tree.ts';

/** What one witness that was asked for said of the checkpoint; without a time it said nothing. */
export interface Witnessed {
  readonly name: string;
  readonly at: Date | undefined;
}

/** What was found. `checked` says in sentences what holds; `reason` says what does not. */
export type Verdict =
  | {
      readonly ok: true;
      readonly checked: readonly string[];
      readonly leaf: PublicPart;
      /** One for each witness whose key was given, in that order. */
      readonly witnessed: readonly Witnessed[];
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Checks a receipt against the log's key, given as `<name>+<key id>+<key>` and obtained from elsewhere than the receipt.
 * Any altered byte of any member is found, but for the signature lines of keys that are not given. Never throws.
 * Source: RFC 9162 §2.1.3.2, C2SP signed-note, tlog-checkpoint and tlog-cosignature, RFC 8785.
 * @param witnesses verifier keys; a checkpoint that lacks one's cosignature is told in `witnessed` and is no less valid
 */
export function verifyReceipt(
  receipt: unknown,
  verifierKey: string,
  witnesses: readonly string[] = [],
): Verdict {
  const checked: string[] = [];
  try {
    const { leaf, note } = check(receipt, verifierKey, checked);
    return { ok: true, leaf, checked, witnessed: checkWitnesses(note, witnesses, checked) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

const toWords = ({ kind, step }: PublicPart): string => (step === undefined ? kind : `${kind} ${step}`);

/**
 * What these witnesses said of a checkpoint, told in `checked` where they did.
 * @param witnesses verifier keys of type 0x04
 * @throws Error when one of the keys is none, or a cosignature of it fails
 */
export function checkWitnesses(
  note: string,
  witnesses: readonly string[],
  checked: string[],
): readonly Witnessed[] {
  return witnesses.map((text) => {
    const key = parseWitnessKey(text);
    const cosigned: Cosigned | undefined = readCosignature(note, key);
    if (cosigned) checked.push(`witnessed by ${key.name} at ${cosigned.at.toISOString()}`);
    return { name: key.name, at: cosigned?.at };
  });
}

function check(
  receipt: unknown,
  verifierKey: string,
  checked: string[],
): { readonly leaf: PublicPart; readonly note: string } {
  const key = parseVerifierKey(verifierKey);
  if (!isReceipt(receipt)) throw new Error('the receipt does not have the members of a receipt');
  const leaf = parseLeafText(receipt.entry);
  checked.push(`the entry is canonical JSON of a leaf: ${toWords(leaf)}, exchange ${leaf.exchange}`);

  const checkpoint = parseCheckpointText(openNote(receipt.checkpoint, key));
  checked.push(`the checkpoint is signed by ${key.name}`);
  if (checkpoint.origin !== key.name)
    throw new Error(`the checkpoint is of another log: ${checkpoint.origin}`);
  if (checkpoint.size !== receipt.treeSize) throw new Error('the tree size is not that of the checkpoint');
  checked.push(`the checkpoint is of the log ${checkpoint.origin}, with ${checkpoint.size} leaves`);

  if (receipt.leafIndex >= receipt.treeSize) throw new Error('the leaf lies outside the tree');
  const hash = hashLeaf(toUtf8(receipt.entry));
  const proof = receipt.inclusionProof.map(parseHash);
  if (!isIncluded(hash, receipt.leafIndex, receipt.treeSize, proof, checkpoint.root))
    throw new Error('the inclusion proof does not lead from the entry to the root of the checkpoint');
  checked.push(`the entry is leaf ${receipt.leafIndex} of that tree`);

  if (receipt.private) {
    if (!hashSealed(parsePrivatePart(receipt.private)).equals(parseHash(leaf.sealed)))
      throw new Error('the private part is not the one that the entry sealed');
    checked.push('the private part is the one that the entry sealed');
  }
  if ((receipt.purgedBy?.leafIndex ?? receipt.treeSize) <= receipt.leafIndex)
    throw new Error('the private part cannot have been purged by an entry that stands before it');
  if (receipt.purgedBy)
    checked.push(
      `not checked: the private part was purged, as the hub says, by ${receipt.purgedBy.leafIndex === undefined ? 'an entry beyond this tree' : `leaf ${receipt.purgedBy.leafIndex}`}, exchange ${receipt.purgedBy.exchangeId}`,
    );
  return { leaf, note: receipt.checkpoint };
}
