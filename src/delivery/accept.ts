// Accepts deliveries in the transaction of the service that accepts the message: rows, entries and places in mailboxes
// are durable with it, or nothing is.
import type { ClientBase } from 'pg';
import type { StepEntry } from '../evidence/steps.ts';
import { addSteps, mailboxParts, type Recorder, record, type Step } from './journal.ts';
import type { Acceptance, DeliveryDraft, DeliveryState, DispatchDraft } from './types.ts';

const defaultGiveUpHours = 72;

// The locks make the order of ids under a key that of the commits. Ids are taken after them, being joined to them.
const insertDispatches = `WITH given AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (
    n integer, route text, "orderKey" text, share text, priority smallint, content jsonb, hours integer)
), locked AS MATERIALIZED (
  SELECT count(pg_advisory_xact_lock(key)) AS keys FROM (
    SELECT DISTINCT hashtextextended(route || ' ' || "orderKey", 17) AS key FROM given ORDER BY 1) k
), numbered AS MATERIALIZED (
  SELECT nextval('dispatch_id_seq') AS id, o.* FROM (SELECT g.*, l.keys FROM locked l, given g ORDER BY g.n) o
), written AS (
  INSERT INTO dispatch (id, position, route, order_key, share, priority, state, content, give_up_hours)
  OVERRIDING SYSTEM VALUE
  SELECT id, id, route, "orderKey", share, priority, $2, content, hours FROM numbered ORDER BY n
)
SELECT array_agg(id::text ORDER BY n) AS ids FROM numbered`;

const insertDeliveries = `WITH given AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (
    n integer, id uuid, subject uuid, dispatch bigint, system text, owning text, acting text, service text,
    operation text, "grant" text, receiver text, unit text, state text, boxed boolean, step integer, hash text)
), ${mailboxParts}
INSERT INTO delivery (
  id, subject, dispatch_id, system_id, owning_unit, acting_unit, service, operation, grant_id, receiver, receiver_unit,
  state, mailbox_no, step_no, leaf_hash)
SELECT g.id, subject, dispatch, system, owning, acting, service, operation, "grant", receiver, unit, state, m.mailbox_no,
  step, decode(hash, 'base64')
FROM given g LEFT JOIN numbered m ON m.n = g.n ORDER BY g.n`;

async function writeDispatches(
  client: ClientBase,
  drafts: readonly DispatchDraft[],
  isHeld: boolean,
): Promise<readonly string[]> {
  if (drafts.length === 0) return [];
  const given = drafts.map((draft, n) => ({ ...draft, n, hours: draft.giveUpHours ?? defaultGiveUpHours }));
  const { rows } = await client.query<{ ids: string[] }>({
    name: 'dispatch-insert',
    text: insertDispatches,
    values: [JSON.stringify(given), isHeld ? 'held' : 'waiting'],
  });
  return rows[0]?.ids ?? [];
}

function toState({ by }: DeliveryDraft, isHeld: boolean): DeliveryState {
  if (isHeld) return 'held';
  return by === 'mailbox' ? 'delivered' : 'waiting';
}

function toSteps(draft: DeliveryDraft, state: DeliveryState): readonly Step[] {
  const accepted: Step = { step: 'accepted', private: draft.private };
  return state === 'held' || state === 'delivered' ? [accepted, { step: state, private: {} }] : [accepted];
}

function toDispatchId({ by, receiverUnit }: DeliveryDraft, ids: readonly string[]): string | undefined {
  if (by === 'mailbox') {
    if (receiverUnit === undefined) throw new Error('a delivery into a mailbox names no unit');
    return undefined;
  }
  const id = ids[by];
  if (id === undefined) throw new Error('a delivery names a dispatch that is not accepted with it');
  return id;
}

/**
 * Accepts in the caller's transaction. Mailboxes stay locked from here to the commit.
 * @returns the state of each delivery, in order
 */
export async function accept(
  client: ClientBase,
  { deliveries, dispatches, isHeld = false }: Acceptance,
  recorder: Recorder,
): Promise<readonly DeliveryState[]> {
  const ids = await writeDispatches(client, dispatches, isHeld);
  const entries: StepEntry[] = [];
  const rows = deliveries.map((draft, n) => {
    const state = toState(draft, isHeld);
    const facts = { ...draft.facts, exchangeId: draft.id };
    const start = { facts, stepNo: 0, leafHash: undefined };
    const { chain, entries: added } = addSteps(start, toSteps(draft, state), recorder);
    entries.push(...added);
    return {
      ...{ n, id: draft.id, subject: draft.subject, dispatch: toDispatchId(draft, ids) },
      ...{ system: facts.systemId, owning: facts.owningUnit, acting: facts.actingUnit },
      ...{ service: facts.service, operation: facts.operation, grant: facts.grantId },
      ...{ receiver: draft.receiver, unit: draft.receiverUnit, state, boxed: state === 'delivered' },
      ...{ step: chain.stepNo, hash: chain.leafHash?.toString('base64') },
    };
  });
  await record(client, entries, recorder);
  if (rows.length > 0)
    await client.query({
      name: 'delivery-insert',
      text: insertDeliveries,
      values: [JSON.stringify(rows)],
    });
  return rows.map(({ state }) => state);
}
