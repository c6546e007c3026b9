// Ends what lies held or dead for good, alone or for another in its place. Of those who decide on one at the same time
// exactly one wins.
import type { ClientBase } from 'pg';
import type { PrivateFacts } from '../evidence/types.ts';
import { Problem } from '../problem.ts';
import { applyChanges, lockByDispatch, type Recorder, type Step } from './journal.ts';
import type { Acceptance, DispatchDraft } from './types.ts';

/** The place in the order of a dispatch that is over. */
interface Place {
  readonly route: string;
  readonly orderKey: string;
  readonly position: string;
}

const find = `SELECT d.id::text AS id, d.state FROM delivery y JOIN dispatch d ON d.id = y.dispatch_id
  WHERE y.id = $1 AND d.state IN ('held', 'dead')`;

const end = `UPDATE dispatch SET state = 'abandoned', ended_at = clock_timestamp() WHERE id = $1::bigint AND state = $2
  RETURNING route, order_key AS "orderKey", position::text AS position`;

/** Rows are locked in the order of the others who move such ones: held ones by delivery first, dead ones by dispatch. */
async function endOne(
  client: ClientBase,
  deliveryId: string,
  by: PrivateFacts,
  recorder: Recorder,
): Promise<Place | undefined> {
  const found = (await client.query<{ id: string; state: 'held' | 'dead' }>(find, [deliveryId])).rows[0];
  if (!found) return undefined;
  const { id, state } = found;
  if (state === 'held') await lockByDispatch(client, [id]);
  const place = (await client.query<Place>(end, [id, state])).rows[0];
  if (!place) return undefined;
  const steps: readonly Step[] = [{ step: 'abandoned', private: by }];
  const locked = await lockByDispatch(client, [id]);
  await applyChanges(
    client,
    locked.map((delivery) => ({ delivery, steps, state: 'abandoned' })),
    recorder,
  );
  return place;
}

/**
 * Ends the dispatch that takes a delivery, held or dead, and with it all that it takes, in the caller's transaction. What
 * waits behind it goes on.
 * @returns false when it is neither, or somebody else decided first
 */
export const abandon = async (
  client: ClientBase,
  deliveryId: string,
  by: PrivateFacts,
  recorder: Recorder,
): Promise<boolean> => (await endOne(client, deliveryId, by, recorder)) !== undefined;

function toReason({ deliveries }: Acceptance, n: number): PrivateFacts {
  const draft = deliveries.find(({ by }) => by === n);
  const { officerId, acceptedBy } = draft?.private ?? {};
  return { officerId, acceptedBy, reason: `replaced by ${draft?.id}` };
}

/**
 * Ends the dispatches in whose place others come, in the caller's transaction.
 * @returns the positions that are taken over, by the place in the list of the dispatch that takes it
 * @throws Problem delivery-decided
 * @throws Error when the place is under another key: there it would mean nothing
 */
export async function takeOver(
  client: ClientBase,
  acceptance: Acceptance,
  recorder: Recorder,
): Promise<ReadonlyMap<number, string>> {
  const taking = acceptance.dispatches
    .flatMap(({ inPlaceOf, ...draft }, n) => (inPlaceOf === undefined ? [] : [{ inPlaceOf, draft, n }]))
    .sort((a, b) => (a.inPlaceOf < b.inPlaceOf ? -1 : 1));
  const positions = new Map<number, string>();
  for (const { inPlaceOf, draft, n } of taking) {
    const place = await endOne(client, inPlaceOf, toReason(acceptance, n), recorder);
    if (!place) throw new Problem('delivery-decided');
    if (!isSameKey(place, draft)) throw new Error('a dispatch takes a place under another key');
    positions.set(n, place.position);
  }
  return positions;
}

const isSameKey = (place: Place, { route, orderKey }: Pick<DispatchDraft, 'route' | 'orderKey'>): boolean =>
  place.route === route && place.orderKey === orderKey;
