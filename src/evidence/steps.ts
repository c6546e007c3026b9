// Steps of deliveries as entries of the exchange log, recorded in the transaction of whoever changes the delivery: the
// change and its entry are durable together or not at all.
import type pg from 'pg';
import { type Entry, type MonthKeys, seal, toEntry } from './entry.ts';
import type { EntryTime } from './leaf.ts';
import type { ExchangeFacts, PrivateFacts } from './types.ts';

/** A delivery as its next leaf continues it. */
export interface StepChain {
  readonly facts: ExchangeFacts;
  /** Of its last leaf; 0 before the first. */
  readonly stepNo: number;
  /** Hash of its last leaf; undefined before the first. */
  readonly leafHash: Buffer | undefined;
}

/** What happened. */
export interface StepDraft {
  readonly step: string;
  /** Which attempt at sending it, from 1. */
  readonly attempt?: number | undefined;
  /** Problem code. */
  readonly problem?: string | undefined;
  readonly private: PrivateFacts;
}

/** A step ready to be recorded. */
export interface StepEntry {
  readonly entry: Entry;
  readonly stepNo: number;
}

/** The chain after one more step, and its entry. */
export function addStep(
  chain: StepChain,
  draft: StepDraft,
  time: EntryTime,
  keys: MonthKeys,
): { readonly chain: StepChain; readonly step: StepEntry } {
  const entry = toEntry(
    'step',
    chain.facts,
    time,
    {
      step: draft.step,
      ...(draft.attempt !== undefined && { attempt: draft.attempt }),
      ...(draft.problem !== undefined && { problem: draft.problem }),
      ...(chain.leafHash && { earlier: chain.leafHash.toString('base64') }),
    },
    seal(draft.private, keys, time.at),
  );
  const stepNo = chain.stepNo + 1;
  return { chain: { ...chain, stepNo, leafHash: entry.leaf.hash }, step: { entry, stepNo } };
}

/**
 * The parts of a statement that record steps, so that what they tell of can be written in the same one: each statement
 * wakes a process of the database and costs as much as what it does.
 * @param parameter of the statement that holds `toStepRows`, e.g. `$1`
 */
export const toStepParts = (parameter: string): string => `given_step AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(${parameter}::jsonb) AS r (
    n integer, exchange uuid, step integer, text text, hash text, unit text, system text, service text, operation text,
    problem text, salt text, private text)
), written_step AS (
  INSERT INTO entry
    (exchange_id, kind, step_no, text, leaf_hash, acting_unit, system_id, service, operation, problem)
  SELECT exchange, 'step', step, text, decode(hash, 'base64'), unit, system, service, operation, problem
  FROM given_step ORDER BY n
  RETURNING id, exchange_id, step_no
), sealed_step AS (
  INSERT INTO entry_private (exchange_id, entry_id, salt, text)
  SELECT w.exchange_id, w.id, decode(g.salt, 'base64'), g.private
  FROM written_step w JOIN given_step g ON g.exchange = w.exchange_id AND g.step = w.step_no
), pending_step AS (
  INSERT INTO entry_pending (entry_id, exchange_id) SELECT id, exchange_id FROM written_step
)`;

const statement = `WITH ${toStepParts('$1')} SELECT`;

const toRow = ({ entry, stepNo }: StepEntry, n: number): object => ({
  n,
  exchange: entry.facts.exchangeId,
  step: stepNo,
  text: entry.leaf.text,
  hash: entry.leaf.hash.toString('base64'),
  unit: entry.facts.actingUnit,
  system: entry.facts.systemId,
  service: entry.facts.service,
  operation: entry.facts.operation,
  problem: entry.problem,
  salt: entry.sealed.salt.toString('base64'),
  private: entry.sealed.text,
});

/** What `toStepParts` takes. Those of one delivery come in their order. */
export const toStepRows = (steps: readonly StepEntry[]): string => JSON.stringify(steps.map(toRow));

/**
 * Records steps in one statement, durable with the caller's transaction. Those of one delivery come in their order.
 * @throws Error when a delivery has a step of that number already: someone moved it without holding its row
 */
export async function recordSteps(client: pg.ClientBase, steps: readonly StepEntry[]): Promise<void> {
  if (steps.length === 0) return;
  await client.query({
    name: 'record-steps',
    text: statement,
    values: [toStepRows(steps)],
  });
}
