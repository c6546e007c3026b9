// Moves deliveries on: each change of a row and its entries in one transaction, the row being locked before.
import type { ClientBase } from 'pg';
import type { MonthKeys } from '../evidence/entry.ts';
import type { EntryTime } from '../evidence/leaf.ts';
import {
  addStep,
  recordSteps,
  type StepChain,
  type StepDraft,
  type StepEntry,
  toStepParts,
  toStepRows,
} from '../evidence/steps.ts';
import type { DeliveryState, DeliveryStep } from './types.ts';

/** What steps are recorded with. */
export interface Recorder {
  readonly keys: MonthKeys;
  readonly now: () => EntryTime;
  /** Told after entries were written in a transaction: how many, and how long it took. */
  readonly onRecorded: (entries: number, ms: number) => void;
}

/** A step of a delivery. */
export interface Step extends StepDraft {
  readonly step: DeliveryStep;
}

/** A delivery whose row the transaction has locked. */
export interface LockedDelivery {
  readonly chain: StepChain;
  readonly subject: string;
  readonly dispatchId: string | undefined;
  readonly receiver: string;
  readonly state: DeliveryState;
}

/** What becomes of a delivery. */
export interface Change {
  readonly delivery: LockedDelivery;
  /** At least one, in their order. */
  readonly steps: readonly Step[];
  readonly state: DeliveryState;
  /** The dispatch that takes it from now on; absent: as before. */
  readonly dispatchId?: string;
}

interface DeliveryRow {
  readonly id: string;
  readonly subject: string;
  readonly dispatch_id: string | null;
  readonly system_id: string | null;
  readonly owning_unit: string | null;
  readonly acting_unit: string | null;
  readonly service: string;
  readonly operation: string;
  readonly grant_id: string | null;
  readonly receiver: string;
  readonly state: DeliveryState;
  readonly step_no: number;
  readonly leaf_hash: Buffer;
}

const toDelivery = (row: DeliveryRow): LockedDelivery => ({
  chain: {
    facts: {
      exchangeId: row.id,
      systemId: row.system_id,
      owningUnit: row.owning_unit,
      actingUnit: row.acting_unit,
      service: row.service,
      operation: row.operation,
      grantId: row.grant_id,
    },
    stepNo: row.step_no,
    leafHash: row.leaf_hash,
  },
  subject: row.subject,
  dispatchId: row.dispatch_id ?? undefined,
  receiver: row.receiver,
  state: row.state,
});

const select = `SELECT id, subject, dispatch_id::text AS dispatch_id, system_id, owning_unit, acting_unit, service, operation,
  grant_id, receiver, state, step_no, leaf_hash FROM delivery WHERE`;

/** Locks the deliveries of these ids, in the order of their ids. */
export async function lockById(
  client: ClientBase,
  ids: readonly string[],
): Promise<readonly LockedDelivery[]> {
  const { rows } = await client.query<DeliveryRow>({
    name: 'delivery-lock-by-id',
    text: `${select} id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`,
    values: [ids],
  });
  return rows.map(toDelivery);
}

/** Locks the deliveries that these dispatches take. */
export async function lockByDispatch(
  client: ClientBase,
  dispatchIds: readonly string[],
): Promise<readonly LockedDelivery[]> {
  const { rows } = await client.query<DeliveryRow>({
    name: 'delivery-lock-by-dispatch',
    text: `${select} dispatch_id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE`,
    values: [dispatchIds],
  });
  return rows.map(toDelivery);
}

/** Locks the held deliveries of a message. */
export async function lockHeld(client: ClientBase, subject: string): Promise<readonly LockedDelivery[]> {
  const { rows } = await client.query<DeliveryRow>(
    `${select} subject = $1 AND state = 'held' ORDER BY id FOR UPDATE`,
    [subject],
  );
  return rows.map(toDelivery);
}

/** The entries of a chain's next steps, and the chain after them. */
export function addSteps(
  chain: StepChain,
  drafts: readonly Step[],
  recorder: Recorder,
): { readonly chain: StepChain; readonly entries: readonly StepEntry[] } {
  const entries: StepEntry[] = [];
  let last = chain;
  for (const draft of drafts) {
    const added = addStep(last, draft, recorder.now(), recorder.keys);
    entries.push(added.step);
    last = added.chain;
  }
  return { chain: last, entries };
}

/** Records steps and says so. */
export async function record(
  client: ClientBase,
  entries: readonly StepEntry[],
  recorder: Recorder,
): Promise<void> {
  const beganAt = performance.now();
  await recordSteps(client, entries);
  if (entries.length > 0) recorder.onRecorded(entries.length, performance.now() - beganAt);
}

/**
 * The parts of a statement that number what enters mailboxes. They want a part `given` with `n`, `unit` and `boxed`.
 * Mailboxes are locked in one order everywhere, so that two transactions never wait for each other.
 */
export const mailboxParts = `numbered_box AS (
  INSERT INTO mailbox AS m (unit_id, last_no)
  SELECT unit, count(*) FROM given WHERE boxed GROUP BY unit ORDER BY unit COLLATE "C"
  ON CONFLICT (unit_id) DO UPDATE SET last_no = m.last_no + excluded.last_no
  RETURNING unit_id, last_no
), numbered AS (
  SELECT g.n, b.last_no - count(*) OVER (PARTITION BY g.unit)
    + row_number() OVER (PARTITION BY g.unit ORDER BY g.n) AS mailbox_no
  FROM given g JOIN numbered_box b ON b.unit_id = g.unit WHERE g.boxed
)`;

// Both times deliveries are named one by one: joined, a plan that was made while they were few reads all of them.
const update = `WITH ${toStepParts('$2')}, given AS MATERIALIZED (
  SELECT r.*, d.receiver_unit AS unit, r.state = 'delivered' AND d.mailbox_no IS NULL AS boxed
  FROM jsonb_to_recordset($1::jsonb) AS r (n integer, id uuid, state text, step integer, hash text, dispatch bigint)
  CROSS JOIN LATERAL (SELECT receiver_unit, mailbox_no FROM delivery x WHERE x.id = r.id OFFSET 0) d
), ${mailboxParts}
UPDATE delivery d SET
  state = g.state, step_no = g.step, leaf_hash = decode(g.hash, 'base64'), changed_at = clock_timestamp(),
  dispatch_id = COALESCE(g.dispatch, d.dispatch_id), mailbox_no = COALESCE(m.mailbox_no, d.mailbox_no)
FROM given g LEFT JOIN numbered m ON m.n = g.n
WHERE d.id = ANY (ARRAY(SELECT id FROM given)) AND d.id = g.id`;

/** Records the steps of locked deliveries and moves their rows. Mailboxes that are entered stay locked to the commit. */
export async function applyChanges(
  client: ClientBase,
  changes: readonly Change[],
  recorder: Recorder,
): Promise<void> {
  if (changes.length === 0) return;
  const entries: StepEntry[] = [];
  const rows = changes.map(({ delivery, steps, state, dispatchId }, n) => {
    const added = addSteps(delivery.chain, steps, recorder);
    entries.push(...added.entries);
    const { facts, stepNo, leafHash } = added.chain;
    const hash = leafHash?.toString('base64');
    return { n, id: facts.exchangeId, state, step: stepNo, hash, dispatch: dispatchId };
  });
  const beganAt = performance.now();
  await client.query({
    name: 'delivery-change',
    text: update,
    values: [JSON.stringify(rows), toStepRows(entries)],
  });
  recorder.onRecorded(entries.length, performance.now() - beganAt);
}
