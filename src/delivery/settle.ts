// Writes down what came of attempts: rows and entries of many in one transaction.
import type { ClientBase } from 'pg';
import type { ProblemCode } from '../problem-codes.ts';
import {
  applyChanges,
  type Change,
  type LockedDelivery,
  lockByDispatch,
  type Recorder,
  type Step,
} from './journal.ts';
import type { AttemptTrace, ClaimedDispatch, DispatchOutcome, Responsible } from './types.ts';

/** An attempt that is over. `interrupted`: by this process's own end. */
export interface Attempt {
  readonly dispatch: Pick<ClaimedDispatch, 'id' | 'attempt'>;
  readonly outcome: DispatchOutcome | { readonly kind: 'interrupted' };
}

/** What became of a dispatch by its attempt. `late`: others had taken it, its lease having run out. */
export type Settled = 'sent' | 'failed' | 'dead' | 'abandoned' | 'split' | 'interrupted' | 'late';

const firstPauseMs = 1_000;
const longestPauseMs = 15 * 60_000;
/** While the whole route rests, that is the pause. */
const awayPauseMs = 500;

/** How long a dispatch waits after so many failures in a row: doubling, spread by a fifth to both sides. */
export function toPauseMs(failures: number, random: number): number {
  const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 20), longestPauseMs);
  return Math.round(Math.min(pauseMs * (0.8 + 0.4 * random), longestPauseMs));
}

interface LockedDispatch {
  readonly id: string;
  readonly attempts: number;
  readonly failures: number;
  readonly is_sending: boolean;
  readonly is_over: boolean;
}

/** What is written to a dispatch. */
interface DispatchChange {
  readonly id: string;
  readonly state: 'waiting' | 'done' | 'dead' | 'abandoned';
  readonly failures: number;
  readonly pauseMs: number;
  readonly problem?: ProblemCode;
  readonly responsible?: Responsible;
  readonly answer?: unknown;
}

interface Verdict {
  readonly settled: Settled;
  readonly row: DispatchChange;
  readonly state: Change['state'];
  readonly steps: readonly Step[];
}

const toSources = (source: AttemptTrace | undefined) => (source ? { sources: [source].flat() } : {});

function toFailed(
  attempt: number,
  outcome: Extract<DispatchOutcome, { readonly problem: ProblemCode }>,
): Step {
  const { problem, responsible, source } = outcome;
  return { step: 'failed', attempt, problem, private: { responsible, ...toSources(source) } };
}

function toEnded(
  to: 'dead' | 'abandoned',
  { id, attempts, failures }: LockedDispatch,
  outcome: Extract<DispatchOutcome, { readonly problem: ProblemCode }>,
  problem: ProblemCode,
): Verdict {
  const { responsible } = outcome;
  return {
    settled: to,
    row: { id, state: to, failures, pauseMs: 0, problem, responsible },
    state: to,
    steps: [toFailed(attempts, outcome), { step: to, problem, private: { responsible } }],
  };
}

function toRetry(
  row: LockedDispatch,
  outcome: Extract<DispatchOutcome, { readonly kind: 'retry' }>,
): Verdict {
  if (row.is_over) return toEnded('dead', row, outcome, 'delivery-given-up');
  const failures = row.failures + (outcome.isRouteAway ? 0 : 1);
  const pauseMs = outcome.isRouteAway
    ? awayPauseMs
    : Math.max(toPauseMs(failures, Math.random()), outcome.afterMs ?? 0);
  const { problem, responsible } = outcome;
  return {
    settled: 'failed',
    row: { id: row.id, state: 'waiting', failures, pauseMs, problem, responsible },
    state: 'waiting',
    steps: [toFailed(row.attempts, outcome)],
  };
}

function toVerdict(row: LockedDispatch, { outcome }: Attempt): Verdict {
  const { id, attempts: attempt, failures } = row;
  if (outcome.kind === 'retry') return toRetry(row, outcome);
  if (outcome.kind === 'dead' || outcome.kind === 'abandoned')
    return toEnded(outcome.kind, row, outcome, outcome.problem);
  if (outcome.kind === 'sent') {
    const step: Step = { step: 'sent', attempt, private: toSources(outcome.source) };
    const done = { id, state: 'done', failures: 0, pauseMs: 0, answer: outcome.answer } as const;
    return { settled: 'sent', row: done, state: 'sent', steps: [step] };
  }
  if (outcome.kind === 'split') {
    const sealed = { result: 'split', ...toSources(outcome.source) };
    const row = { id, state: 'done', failures, pauseMs: 0, answer: { split: true } } as const;
    return { settled: 'split', row, state: 'waiting', steps: [{ step: 'failed', attempt, private: sealed }] };
  }
  const waiting = { id, state: 'waiting', failures, pauseMs: 0 } as const;
  const step: Step = { step: 'interrupted', attempt, private: {} };
  return { settled: 'interrupted', row: waiting, state: 'waiting', steps: [step] };
}

// One that was taken back from this process, and by nobody since, is still settled as sent: sending it again is worse.
const lock = `SELECT d.id::text AS id, d.attempts, d.failures, d.state = 'sending' AS is_sending,
    d.give_up_at <= clock_timestamp() AS is_over
  FROM jsonb_to_recordset($1::jsonb) AS g (id bigint, attempt integer, sent boolean)
  JOIN dispatch d ON d.id = g.id
  WHERE d.attempts = g.attempt
    AND (d.state = 'sending' AND d.process_id = $2 OR d.state = 'waiting' AND g.sent)
  ORDER BY d.id FOR UPDATE OF d`;

const update = `UPDATE dispatch d SET state = g.state, failures = g.failures, process_id = NULL, lease_until = NULL,
    next_at = CASE WHEN g.state = 'waiting'
      THEN LEAST(clock_timestamp() + g."pauseMs" * interval '1 millisecond', GREATEST(d.give_up_at, clock_timestamp()))
      ELSE d.next_at END,
    ended_at = CASE WHEN g.state <> 'waiting' THEN clock_timestamp() END,
    problem = g.problem, responsible = g.responsible, answer = g.answer
  FROM jsonb_to_recordset($1::jsonb) AS g (
    id bigint, state text, failures integer, "pauseMs" integer, problem text, responsible text, answer jsonb)
  WHERE d.id = g.id`;

const insertParts = `WITH numbered AS MATERIALIZED (
  SELECT nextval('dispatch_id_seq') AS id, g.parent, g.delivery
  FROM jsonb_to_recordset($1::jsonb) AS g (parent bigint, delivery uuid)
), written AS (
  INSERT INTO dispatch (id, position, route, order_key, share, priority, state, content, attempts, failures, accepted_at,
    give_up_hours, give_up_at)
  OVERRIDING SYSTEM VALUE
  SELECT n.id, p.position, p.route, p.order_key, p.share, p.priority, 'waiting', p.content, p.attempts, p.failures,
    p.accepted_at, p.give_up_hours, p.give_up_at
  FROM numbered n JOIN dispatch p ON p.id = n.parent
)
SELECT id::text AS id, delivery FROM numbered`;

/** One dispatch for each delivery of those that were split, in their place. @returns by the delivery's id */
async function split(
  client: ClientBase,
  deliveries: readonly LockedDelivery[],
): Promise<ReadonlyMap<string, string>> {
  if (deliveries.length === 0) return new Map();
  const given = deliveries.map(({ dispatchId, chain }) => ({
    parent: dispatchId,
    delivery: chain.facts.exchangeId,
  }));
  const { rows } = await client.query<{ id: string; delivery: string }>(insertParts, [JSON.stringify(given)]);
  return new Map(rows.map(({ id, delivery }) => [delivery, id]));
}

/** A call for one delivery that was refused "for one of them" can be split no more. */
function toHonest(attempt: Attempt, count: number): Attempt {
  if (attempt.outcome.kind !== 'split' || count > 1) return attempt;
  const { source } = attempt.outcome;
  const outcome = { kind: 'dead', problem: 'internal-error', responsible: 'hub', source } as const;
  return { ...attempt, outcome };
}

function byDispatch(deliveries: readonly LockedDelivery[]): ReadonlyMap<string, readonly LockedDelivery[]> {
  const groups = new Map<string, LockedDelivery[]>();
  for (const delivery of deliveries) {
    const key = delivery.dispatchId ?? '';
    const group = groups.get(key);
    if (group) group.push(delivery);
    else groups.set(key, [delivery]);
  }
  return groups;
}

/**
 * Writes what came of attempts, in the caller's transaction.
 * @returns what became of each, in the order given
 */
export async function settle(
  client: ClientBase,
  attempts: readonly Attempt[],
  processId: string,
  recorder: Recorder,
): Promise<readonly Settled[]> {
  const given = attempts.map(({ dispatch, outcome }) => ({ ...dispatch, sent: outcome.kind === 'sent' }));
  const { rows } = await client.query<LockedDispatch>({
    name: 'dispatch-lock-attempts',
    text: lock,
    values: [JSON.stringify(given), processId],
  });
  const locked = new Map(rows.map((row) => [row.id, row]));
  const deliveries = byDispatch(await lockByDispatch(client, [...locked.keys()]));
  const verdicts = new Map<string, Verdict>();
  for (const attempt of attempts) {
    const row = locked.get(attempt.dispatch.id);
    const count = deliveries.get(attempt.dispatch.id)?.length ?? 0;
    // Of two attempts at one dispatch in a batch only the one that is locked counts.
    if (row?.attempts === attempt.dispatch.attempt)
      verdicts.set(row.id, toVerdict(row, toHonest(attempt, count)));
  }
  const parts = await split(
    client,
    [...verdicts].flatMap(([id, { settled }]) => (settled === 'split' ? (deliveries.get(id) ?? []) : [])),
  );
  const changes = [...verdicts].flatMap(([id, { state, steps }]) =>
    (deliveries.get(id) ?? []).map((delivery): Change => {
      const dispatchId = parts.get(delivery.chain.facts.exchangeId);
      return { delivery, state, steps, ...(dispatchId !== undefined && { dispatchId }) };
    }),
  );
  await applyChanges(client, changes, recorder);
  const values = [JSON.stringify([...verdicts.values()].map(({ row }) => row))];
  await client.query({ name: 'dispatch-settle', text: update, values });
  return attempts.map(({ dispatch }) =>
    locked.get(dispatch.id)?.attempts === dispatch.attempt
      ? (verdicts.get(dispatch.id)?.settled ?? 'late')
      : 'late',
  );
}
