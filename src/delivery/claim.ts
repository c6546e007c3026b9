// Takes dispatches whose turn has come. What is taken is `sending` under a lease, with its entries, before a byte leaves.
import type { Pool } from 'pg';
import { withTransaction } from '../database/pool.ts';
import { applyChanges, type LockedDelivery, lockByDispatch, type Recorder } from './journal.ts';
import type { ClaimedDispatch, Route } from './types.ts';

/** A dispatch taken by this process, and whose turn it used. */
export interface Claimed {
  readonly dispatch: ClaimedDispatch;
  readonly share: string;
}

/** What claiming works with. */
export interface ClaimOptions {
  readonly pool: Pool;
  readonly processId: string;
  readonly recorder: Recorder;
}

/** An attempt that runs over its time is given this much more before others may take the dispatch. */
const leaseSlackMs = 15_000;
/** Most candidates looked at in one claim, over all shares. */
const mostCandidates = 256;

// Shares are found one by one in the index, never by reading all that waits. The first of its key is the one with the
// earliest position; parts of a split have the same one and do not wait for each other. Both are asked as "the first in the
// index", which leaves the planner no other way however its statistics lag.
const claim = `WITH RECURSIVE shares AS (
  (SELECT share FROM dispatch WHERE route = $1 AND state = 'waiting' ORDER BY share LIMIT 1)
  UNION ALL
  SELECT (SELECT d.share FROM dispatch d
    WHERE d.route = $1 AND d.state = 'waiting' AND d.share > s.share ORDER BY d.share LIMIT 1)
  FROM shares s WHERE s.share IS NOT NULL
), due AS MATERIALIZED (
  SELECT c.id, s.share,
    row_number() OVER (PARTITION BY s.share ORDER BY c.priority DESC, c.position, c.id) AS turn
  FROM (
    SELECT share, least($2::bigint, greatest(1, ${mostCandidates} / count(*) OVER ())) AS most
    FROM shares WHERE share IS NOT NULL
  ) s CROSS JOIN LATERAL (
    SELECT d.id, d.priority, d.position FROM dispatch d
    WHERE d.route = $1 AND d.share = s.share AND d.state = 'waiting' AND d.next_at <= clock_timestamp()
      AND d.position = (SELECT e.position FROM dispatch e
        WHERE e.route = $1 AND e.order_key = d.order_key AND e.state IN ('held', 'waiting', 'sending', 'dead')
        ORDER BY e.position LIMIT 1)
    ORDER BY d.priority DESC, d.position, d.id LIMIT s.most
  ) c
), taken AS MATERIALIZED (
  SELECT d.id FROM due JOIN dispatch d ON d.id = due.id
  LEFT JOIN jsonb_each_text($3::jsonb) AS served (share, turn) ON served.share = due.share
  WHERE d.state = 'waiting' AND d.next_at <= clock_timestamp()
  ORDER BY d.priority DESC, due.turn, COALESCE(served.turn::bigint, 0), d.position
  LIMIT $2 FOR UPDATE OF d SKIP LOCKED
)
UPDATE dispatch u SET state = 'sending', process_id = $4, attempts = u.attempts + 1,
  lease_until = clock_timestamp() + $5 * interval '1 millisecond',
  give_up_at = COALESCE(u.give_up_at, clock_timestamp() + u.give_up_hours * interval '1 hour')
FROM taken t WHERE u.id = t.id
RETURNING u.id::text AS id, u.order_key, u.share, u.content, u.attempts`;

interface ClaimedRow {
  readonly id: string;
  readonly order_key: string;
  readonly share: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly attempts: number;
}

function toClaimed(row: ClaimedRow, deliveries: readonly LockedDelivery[]): Claimed {
  const taken = deliveries.map(({ chain, subject, receiver }) => ({
    ...{ id: chain.facts.exchangeId, subject, receiver },
  }));
  const { id, order_key: orderKey, content, attempts: attempt } = row;
  return { share: row.share, dispatch: { id, orderKey, content, attempt, deliveries: taken } };
}

/**
 * Takes up to `places` dispatches of a route: urgent ones first, then in turn between shares, those first that were not
 * served lately.
 * @param served share → a number that grows with each dispatch taken of it
 */
export function claimDue(
  { pool, processId, recorder }: ClaimOptions,
  route: Pick<Route, 'name' | 'attemptMs'>,
  places: number,
  served: ReadonlyMap<string, number>,
): Promise<readonly Claimed[]> {
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query<ClaimedRow>({
      name: 'dispatch-claim',
      text: claim,
      values: [
        ...[route.name, places, JSON.stringify(Object.fromEntries(served))],
        ...[processId, route.attemptMs + leaseSlackMs],
      ],
    });
    if (rows.length === 0) return [];
    const attempts = new Map(rows.map(({ id, attempts: attempt }) => [id, attempt]));
    const locked = await lockByDispatch(client, [...attempts.keys()]);
    const changes = locked.map((delivery) => {
      const attempt = attempts.get(delivery.dispatchId ?? '');
      return {
        delivery,
        state: 'sending',
        steps: [{ step: 'sending', attempt, private: {} }],
      } as const;
    });
    await applyChanges(client, changes, recorder);
    return rows.map((row) =>
      toClaimed(
        row,
        locked.filter(({ dispatchId }) => dispatchId === row.id),
      ),
    );
  });
}

/** Whether anything of the route may wait: asked first, so that an idle route costs one look at an index. */
export async function hasWaiting(pool: Pool, route: string): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>({
    name: 'dispatch-has-waiting',
    text: "SELECT EXISTS (SELECT FROM dispatch WHERE route = $1 AND state = 'waiting') AS found",
    values: [route],
  });
  return rows[0]?.found ?? false;
}
