// Public answers about the log: whether a leaf is in it, by its proof or the signed head that lacks it; and stamped heads.
import type { EvidenceReader } from './evidence/read.ts';
import type { ReadStamps } from './evidence/time-stamps/list.ts';
import { Problem } from './problem.ts';

const hashCharacters = 43;
const mostStamps = 100;
const usualStamps = 10;

const toUnavailable = (cause: unknown): never => {
  throw new Problem('log-unavailable', { cause, retryAfterS: 5 });
};

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
  const found = await reader.leafOf(parseLeaf(leaf)).catch(toUnavailable);
  if (!found) throw new Problem('receipt-not-ready', { retryAfterS: 1 });
  if ('leafIndex' in found) return found;
  const { isRecorded, checkpoint, signedAt, readAt } = found;
  const times = { signedAt: signedAt.toISOString(), readAt: readAt.toISOString() };
  throw new Problem('leaf-not-in-tree', {
    ...(isRecorded && { retryAfterS: 1 }),
    members: { recorded: isRecorded, checkpoint, ...times },
  });
}

function toWhole(text: unknown, name: string, most: number): number | undefined {
  if (text === undefined) return undefined;
  const whole = typeof text === 'string' && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (whole <= most) return whole;
  throw new Problem('request-invalid', {
    errors: [
      {
        where: `/query/${name}`,
        vi: `phải là số nguyên từ 1 đến ${most}`,
        en: `must be a whole number from 1 to ${most}`,
      },
    ],
  });
}

/**
 * The answer of `/log/time-stamps`, newest first.
 * @param query `limit`, 1 to 100, default 10; `before`: only stamps with a smaller `no`
 * @throws Problem request-invalid | log-unavailable
 */
export async function listStamps(
  read: ReadStamps,
  { limit, before }: Readonly<Record<string, unknown>>,
): Promise<object> {
  const wanted = toWhole(limit, 'limit', mostStamps) ?? usualStamps;
  const place = toWhole(before, 'before', Number.MAX_SAFE_INTEGER);
  return { timeStamps: await read(wanted, place).catch(toUnavailable) };
}
