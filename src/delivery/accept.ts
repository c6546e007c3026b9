// Accepts deliveries in the transaction of the service that accepts the message: rows, entries and places in mailboxes
// are durable with it, or nothing is.
import type { ClientBase } from 'pg';
import { type StepEntry, toStepParts, toStepRows } from '../evidence/steps.ts';
import { addSteps, mailboxParts, type Recorder, type Step } from './journal.ts';
import { takeOver } from './take-over.ts';
import type { Acceptance, DeliveryDraft, DeliveryState, DispatchDraft } from './types.ts';

const defaultGiveUpHours = 72;

// The locks make the order of ids under a key that of the commits. Ids are taken after them, being joined to them.
const statement = `WITH ${toStepParts('$3')}, given_dispatch AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (
    n integer, route text, "orderKey" text, share text, priority smallint, content jsonb, hours integer, position bigint)
), locked AS MATERIALIZED (
  SELECT count(pg_advisory_xact_lock(key)) AS keys FROM (
    SELECT DISTINCT hashtextextended(route || ' ' || "orderKey", 17) AS key FROM given_dispatch ORDER BY 1) k
), numbered_dispatch AS MATERIALIZED (
  SELECT nextval('dispatch_id_seq') AS id, o.* FROM (SELECT g.*, l.keys FROM locked l, given_dispatch g ORDER BY g.n) o
), written_dispatch AS (
  INSERT INTO dispatch (id, position, route, order_key, share, priority, state, content, give_up_hours)
  OVERRIDING SYSTEM VALUE
  SELECT id, COALESCE(position, id), route, "orderKey", share, priority, $4, content, hours FROM numbered_dispatch ORDER BY n
), given AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS r (
    n integer, id uuid, subject uuid, dispatch integer, system text, owning text, acting text, service text,
    operation text, "grant" text, receiver text, unit text, state text, boxed boolean, step integer, hash text)
), ${mailboxParts}
INSERT INTO delivery (
  id, subject, dispatch_id, system_id, owning_unit, acting_unit, service, operation, grant_id, receiver, receiver_unit,
  state, mailbox_no, step_no, leaf_hash)
SELECT g.id, subject, d.id, system, owning, acting, service, operation, "grant", receiver, unit, g.state, m.mailbox_no,
  step, decode(hash, 'base64')
FROM given g LEFT JOIN numbered m ON m.n = g.n LEFT JOIN numbered_dispatch d ON d.n = g.dispatch ORDER BY g.n`;

const toDispatchRow = (draft: DispatchDraft, n: number, position: string | undefined) => ({
  ...draft,
  ...{ n, position },
  hours: draft.giveUpHours ?? defaultGiveUpHours,
});

function toState({ by }: DeliveryDraft, isHeld: boolean): DeliveryState {
  if (isHeld) return 'held';
  return by === 'mailbox' ? 'delivered' : 'waiting';
}

function toSteps(draft: DeliveryDraft, state: DeliveryState): readonly Step[] {
  if (state === 'delivered') return [{ step: 'delivered', private: draft.private }];
  const accepted: Step = { step: 'accepted', private: draft.private };
  return state === 'held' ? [accepted, { step: 'held', private: {} }] : [accepted];
}

function toDispatch({ by, receiverUnit }: DeliveryDraft, count: number): number | undefined {
  if (by === 'mailbox') {
    if (receiverUnit === undefined) throw new Error('a delivery into a mailbox names no unit');
    return undefined;
  }
  if (by < 0 || by >= count) throw new Error('a delivery names a dispatch that is not accepted with it');
  return by;
}

/**
 * Accepts in the caller's transaction. Mailboxes stay locked from here to the commit.
 * @returns the state of each delivery, in order
 * @throws Problem delivery-decided
 */
export async function accept(
  client: ClientBase,
  acceptance: Acceptance,
  recorder: Recorder,
): Promise<readonly DeliveryState[]> {
  const { deliveries, dispatches, isHeld = false } = acceptance;
  if (deliveries.length === 0) return [];
  const positions = await takeOver(client, acceptance, recorder);
  const entries: StepEntry[] = [];
  const rows = deliveries.map((draft, n) => {
    const state = toState(draft, isHeld);
    const facts = { ...draft.facts, exchangeId: draft.id };
    const start = { facts, stepNo: 0, leafHash: undefined };
    const { chain, entries: added } = addSteps(start, toSteps(draft, state), recorder);
    entries.push(...added);
    return {
      ...{ n, id: draft.id, subject: draft.subject, dispatch: toDispatch(draft, dispatches.length) },
      ...{ system: facts.systemId, owning: facts.owningUnit, acting: facts.actingUnit },
      ...{ service: facts.service, operation: facts.operation, grant: facts.grantId },
      ...{ receiver: draft.receiver, unit: draft.receiverUnit, state, boxed: state === 'delivered' },
      ...{ step: chain.stepNo, hash: chain.leafHash?.toString('base64') },
    };
  });
  const beganAt = performance.now();
  await client.query({
    name: 'delivery-accept',
    text: statement,
    values: [
      JSON.stringify(dispatches.map((draft, n) => toDispatchRow(draft, n, positions.get(n)))),
      JSON.stringify(rows),
      toStepRows(entries),
      isHeld ? 'held' : 'waiting',
    ],
  });
  recorder.onRecorded(entries.length, performance.now() - beganAt);
  return rows.map(({ state }) => state);
}
