// Whether a share has as much waiting on a route as it may: asked at every acceptance, so answered from memory for a second.
import type { ClientBase, Pool } from 'pg';

const freshMs = 1_000;
const mostAnswers = 10_000;

interface Answer {
  readonly askedAtMs: number;
  readonly isFull: Promise<boolean>;
}

/** Of these shares those that have `limit` dispatches waiting on a route. */
export async function readFullShares(
  client: Pool | ClientBase,
  route: string,
  shares: readonly string[],
  limit: number,
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ share: string }>({
    name: 'dispatch-full',
    text: `SELECT g.share FROM unnest($2::text[]) AS g (share) WHERE EXISTS (
      SELECT FROM dispatch d WHERE d.route = $1 AND d.share = g.share AND d.state = 'waiting' OFFSET $3 LIMIT 1)`,
    values: [route, shares, limit - 1],
  });
  return new Set(rows.map(({ share }) => share));
}

/**
 * @param defaultLimit most dispatches of a share that wait on a route, where nobody names another
 * @returns whether a share has reached it, at most a second ago
 */
export function createFullCheck(
  pool: Pool,
  defaultLimit: number,
): (route: string, share: string, limit?: number) => Promise<boolean> {
  const answers = new Map<string, Answer>();

  const ask = async (route: string, share: string, limit: number): Promise<boolean> =>
    (await readFullShares(pool, route, [share], limit)).has(share);

  return (route, share, limit = defaultLimit) => {
    const key = `${route} ${share} ${limit}`;
    const known = answers.get(key);
    const nowMs = performance.now();
    if (known && nowMs - known.askedAtMs < freshMs) return known.isFull;
    if (answers.size >= mostAnswers) answers.clear();
    const isFull = ask(route, share, limit);
    // A failure is told to those who wait for it, and asked anew by the next.
    isFull.catch(() => answers.delete(key));
    answers.set(key, { askedAtMs: nowMs, isFull });
    return isFull;
  };
}
