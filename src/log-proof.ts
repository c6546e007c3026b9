// The public answer to whether a leaf is in the log: its place and proof, or the signed head that lacks it.
import type { EvidenceReader } from './evidence/read.ts';
import { Problem } from './problem.ts';

const hashCharacters = 43;

/** @throws Problem request-invalid unless it is the base64url of 32 bytes in its one canonical spelling */
function parseLeaf(text: unknown): Buffer {
  const hash = Buffer.from(typeof text === 'string' ? text.slice(0, hashCharacters + 1) : '', 'base64url');
  if (hash.length === 32 && hash.toString('base64url') === text) return hash;
  throw new Problem('request-invalid', {
    errors: [
      {
        where: '/query/leaf',
        vi: 'phải là băm của lá, base64url không đệm, 43 ký tự',
        en: 'must be the hash of a leaf, base64url without padding, 43 characters',
      },
    ],
  });
}

/**
 * The answer of `/log/proof`.
 * @param leaf of the query
 * @throws Problem request-invalid | leaf-not-in-tree, with the members recorded, checkpoint, signedAt and readAt |
 *   log-unavailable | receipt-not-ready before the first head
 */
export async function proveLeaf(reader: Pick<EvidenceReader, 'leafOf'>, leaf: unknown): Promise<object> {
  const found = await reader.leafOf(parseLeaf(leaf)).catch((cause: unknown) => {
    throw new Problem('log-unavailable', { cause, retryAfterS: 5 });
  });
  if (!found) throw new Problem('receipt-not-ready', { retryAfterS: 1 });
  if ('leafIndex' in found) return found;
  const { isRecorded, checkpoint, signedAt, readAt } = found;
  const times = { signedAt: signedAt.toISOString(), readAt: readAt.toISOString() };
  throw new Problem('leaf-not-in-tree', {
    ...(isRecorded && { retryAfterS: 1 }),
    members: { recorded: isRecorded, checkpoint, ...times },
  });
}
