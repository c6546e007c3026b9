// A receipt: one entry, its way to the root, and the signed checkpoint that holds the root. One JSON object.
import { parseBase64 } from './bytes.ts';
import type { SealedPart } from './leaf.ts';

/** A private part in JSON; `salt` is base64 of 32 bytes. */
export interface PrivatePart {
  readonly salt: string;
  readonly text: string;
}

/** The notice in the log by which a private part was purged. */
export interface PurgedBy {
  readonly exchangeId: string;
  /** Absent until the notice is in the tree. */
  readonly leafIndex?: number;
}

/** A receipt as it is handed out. */
export interface Receipt {
  /** The canonical text that is the leaf. */
  readonly entry: string;
  readonly leafIndex: number;
  /** Size of the tree of `checkpoint`. */
  readonly treeSize: number;
  /** Base64 hashes, leaf to root. */
  readonly inclusionProof: readonly string[];
  /** The signed note (C2SP tlog-checkpoint). */
  readonly checkpoint: string;
  readonly private?: PrivatePart;
  /** What the hub says of a private part that is gone; the receipt of that notice proves it. */
  readonly purgedBy?: PurgedBy;
}

/** A private part as a receipt carries it. */
export function toPrivatePart(part: SealedPart): PrivatePart {
  return { salt: part.salt.toString('base64'), text: part.text };
}

/** Reads a private part. @throws Error when the salt is not 32 bytes in canonical base64 */
export function parsePrivatePart(part: PrivatePart): SealedPart {
  const salt = parseBase64(part.salt);
  if (salt.length !== 32) throw new Error('the salt is not 32 bytes');
  return { salt, text: part.text };
}

const isPrivatePart = (value: unknown): value is PrivatePart =>
  hasExactly(value, ['salt', 'text'], []) &&
  typeof value['salt'] === 'string' &&
  typeof value['text'] === 'string';

const isPurgedBy = (value: unknown): value is PurgedBy =>
  hasExactly(value, ['exchangeId'], ['leafIndex']) &&
  typeof value['exchangeId'] === 'string' &&
  (!('leafIndex' in value) || isIndex(value['leafIndex']));

function hasExactly(
  value: unknown,
  needed: readonly string[],
  allowed: readonly string[],
): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  return (
    needed.every((name) => names.includes(name)) &&
    names.every((name) => [...needed, ...allowed].includes(name))
  );
}

const isIndex = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item: unknown) => typeof item === 'string');

/** Whether a value has exactly the members of a receipt; what they hold is the verifier's business. */
export function isReceipt(value: unknown): value is Receipt {
  const needed = ['entry', 'leafIndex', 'treeSize', 'inclusionProof', 'checkpoint'];
  if (!hasExactly(value, needed, ['private', 'purgedBy'])) return false;
  if (typeof value['entry'] !== 'string' || typeof value['checkpoint'] !== 'string') return false;
  if (!isIndex(value['leafIndex']) || !isIndex(value['treeSize']) || !isTexts(value['inclusionProof']))
    return false;
  if ('purgedBy' in value && ('private' in value || !isPurgedBy(value['purgedBy']))) return false;
  return !('private' in value) || isPrivatePart(value['private']);
}
