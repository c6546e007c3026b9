// Dead letters: what is tried no more, why, who must act, what waits behind it, and what a person decides.
import type { ClientBase, Pool } from 'pg';
import { withRepeatedTransaction } from '../database/pool.ts';
import type { PrivateFacts } from '../evidence/types.ts';
import { type ProblemCode, problemCodes } from '../problem-codes.ts';
import { isProblemCode } from '../problem-pages.ts';
import { applyChanges, lockByDispatch, type Recorder } from './journal.ts';
import type { DeliveryState, Responsible, Route } from './types.ts';

/** A dispatch that is tried no more. */
export interface DeadLetter {
  readonly id: string;
  readonly route: string;
  readonly orderKey: string;
  readonly share: string;
  readonly priority: number;
  readonly attempts: number;
  readonly acceptedAt: Date;
  readonly diedAt: Date;
  readonly problem: ProblemCode;
  readonly responsible: Responsible;
  /** How many deliveries it takes. */
  readonly deliveries: number;
}

/** Which dead letters; absent members ask for all. */
export interface DeadLetterFilter {
  readonly route?: string | undefined;
  readonly share?: string | undefined;
  readonly problem?: string | undefined;
  /** The id of the last one of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A dead letter as a person decides on it. */
export interface DeadLetterPreview extends DeadLetter {
  /** What the route was to send: ids and codes. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly parts: readonly {
    readonly id: string;
    readonly subject: string;
    readonly actingUnit: string | undefined;
    readonly receiver: string;
    readonly state: DeliveryState;
  }[];
  /** What waits behind it under the same key. */
  readonly behind: { readonly dispatches: number; readonly deliveries: number };
  /** Words of the problem. */
  readonly words: Pick<(typeof problemCodes)[ProblemCode], 'vi' | 'en'>;
}

/** What came of a decision. `not-dead`: it was decided already. */
export type Decision = 'done' | 'not-dead' | 'not-found';

/** The dead letters of the hub. */
export interface DeadLetters {
  /** Oldest first. `next`: what `after` of the next page is; absent on the last one. */
  list(
    filter: DeadLetterFilter,
  ): Promise<{ readonly letters: readonly DeadLetter[]; readonly next: string | undefined }>;
  /** Undefined when there is no such dead letter. */
  preview(id: string): Promise<DeadLetterPreview | undefined>;
  /**
   * Tries it again, from the first pause and with all its time. Repeating it changes nothing.
   * @param by who: officer and exchange (`acceptedBy`)
   */
  replay(id: string, reason: string, by: PrivateFacts): Promise<Decision>;
  /** Ends it for good; what waits behind it goes on. Repeating it changes nothing. */
  abandon(id: string, reason: string, by: PrivateFacts): Promise<Decision>;
}

interface LetterRow extends Omit<DeadLetter, 'problem'> {
  readonly problem: string;
}

const columns = `d.id::text AS id, d.route, d.order_key AS "orderKey", d.share, d.priority::int AS priority, d.attempts,
  d.accepted_at AS "acceptedAt", d.ended_at AS "diedAt", d.problem, d.responsible,
  (SELECT count(*)::int FROM delivery y WHERE y.dispatch_id = d.id) AS deliveries`;

/** A code that the table no longer has is told as the hub's own error. */
const toLetter = ({ problem, ...row }: LetterRow): DeadLetter => ({
  ...row,
  problem: isProblemCode(problem) ? problem : 'internal-error',
});

const isId = (id: string): boolean => /^[1-9]\d{0,17}$/u.test(id);

async function list(pool: Pool, filter: DeadLetterFilter) {
  const { route, share, problem, after, limit } = filter;
  const { rows } = await pool.query<LetterRow>(
    `SELECT ${columns} FROM dispatch d
     WHERE d.state = 'dead' AND ($1::text IS NULL OR d.route = $1) AND ($2::text IS NULL OR d.share = $2)
       AND ($3::text IS NULL OR d.problem = $3) AND d.id > $4::bigint
     ORDER BY d.id LIMIT $5`,
    [route, share, problem, after !== undefined && isId(after) ? after : '0', limit + 1],
  );
  const letters = rows.slice(0, limit).map(toLetter);
  return { letters, next: rows.length > limit ? letters.at(-1)?.id : undefined };
}

async function preview(pool: Pool, id: string): Promise<DeadLetterPreview | undefined> {
  if (!isId(id)) return undefined;
  const { rows } = await pool.query<LetterRow & Pick<DeadLetterPreview, 'content' | 'parts' | 'behind'>>(
    `SELECT ${columns}, d.content,
       (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', y.id, 'subject', y.subject, 'actingUnit', y.acting_unit,
          'receiver', y.receiver, 'state', y.state) ORDER BY y.id), '[]')
        FROM delivery y WHERE y.dispatch_id = d.id) AS parts,
       (SELECT jsonb_build_object('dispatches', count(*), 'deliveries', COALESCE(sum(
          (SELECT count(*) FROM delivery y WHERE y.dispatch_id = b.id)), 0))
        FROM dispatch b WHERE b.route = d.route AND b.order_key = d.order_key AND b.position > d.position
          AND b.state IN ('held', 'waiting', 'sending', 'dead')) AS behind
     FROM dispatch d WHERE d.id = $1::bigint AND d.state = 'dead'`,
    [id],
  );
  if (!rows[0]) return undefined;
  const { content, parts, behind } = rows[0];
  const letter = toLetter(rows[0]);
  const { vi, en } = problemCodes[letter.problem];
  return { ...letter, content, parts, behind, words: { vi, en } };
}

const replayRow = `UPDATE dispatch SET state = 'waiting', failures = 0, give_up_at = NULL, ended_at = NULL,
  next_at = clock_timestamp() WHERE id = $1::bigint`;
const abandonRow =
  "UPDATE dispatch SET state = 'abandoned', ended_at = clock_timestamp() WHERE id = $1::bigint";

/** Who is told of decisions. */
export interface DecisionListeners {
  /** After a decision that lets something be sent. */
  readonly poke: () => void;
  /** The way out of this name, where this process has it. */
  readonly routeOf: (name: string) => Pick<Route, 'abandoned'> | undefined;
}

async function decide(
  client: ClientBase,
  id: string,
  step: 'replayed' | 'abandoned',
  by: PrivateFacts,
  { recorder, routeOf }: Pick<DecisionListeners, 'routeOf'> & { readonly recorder: Recorder },
): Promise<Decision> {
  const { rows } = await client.query<{ state: string; route: string }>(
    'SELECT state, route FROM dispatch WHERE id = $1::bigint FOR UPDATE',
    [id],
  );
  if (!rows[0]) return 'not-found';
  if (rows[0].state !== 'dead') return 'not-dead';
  await client.query(step === 'replayed' ? replayRow : abandonRow, [id]);
  const state = step === 'replayed' ? 'waiting' : 'abandoned';
  const locked = await lockByDispatch(client, [id]);
  await applyChanges(
    client,
    locked.map((delivery) => ({ delivery, state, steps: [{ step, private: by }] })),
    recorder,
  );
  if (state === 'abandoned') {
    const subjects = locked.map(({ subject }) => subject);
    await routeOf(rows[0].route)?.abandoned?.(client, subjects);
  }
  return 'done';
}

/** The dead letters over one database. */
export function createDeadLetters(
  pool: Pool,
  recorder: Recorder,
  { poke, routeOf }: DecisionListeners,
): DeadLetters {
  const act = (step: 'replayed' | 'abandoned') => async (id: string, reason: string, by: PrivateFacts) => {
    if (!isId(id)) return 'not-found';
    const decision = await withRepeatedTransaction(pool, (client) =>
      decide(client, id, step, { ...by, reason }, { recorder, routeOf }),
    );
    poke();
    return decision;
  };
  return {
    list: (filter) => list(pool, filter),
    preview: (id) => preview(pool, id),
    replay: act('replayed'),
    abandon: act('abandoned'),
  };
}
