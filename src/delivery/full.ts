// Whether a share has as much waiting on a route as it may: asked at every acceptance, so answered from memory for a second.
import type { Pool } from 'pg';

const freshMs = 1_000;
const mostAnswers = 10_000;

interface Answer {
  readonly askedAtMs: number;
  readonly isFull: Promise<boolean>;
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

  async function ask(route: string, share: string, limit: number): Promise<boolean> {
    const { rows } = await pool.query<{ full: boolean }>({
      name: 'dispatch-full',
      text: `SELECT EXISTS (
        SELECT FROM dispatch WHERE route = $1 AND share = $2 AND state = 'waiting' OFFSET $3 LIMIT 1) AS full`,
      values: [route, share, limit - 1],
    });
    return rows[0]?.full ?? false;
  }

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
