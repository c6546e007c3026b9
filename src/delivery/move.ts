// What people and receivers do with deliveries that lie still: release or end held ones, take, acknowledge, refuse.
import type { ClientBase } from 'pg';
import type { PrivateFacts } from '../evidence/types.ts';
import { applyChanges, type Change, lockById, lockHeld, type Recorder, type Step } from './journal.ts';
import type { DeliveryState } from './types.ts';

type Moved = 'taken' | 'acknowledged' | 'refused';

const movable: Readonly<Record<Moved, readonly DeliveryState[]>> = {
  taken: ['delivered'],
  acknowledged: ['delivered', 'taken'],
  refused: ['delivered', 'taken'],
};

/** Moves deliveries in a mailbox on, in the caller's transaction. @returns ids whose state moved */
export async function move(
  client: ClientBase,
  ids: readonly string[],
  to: Moved,
  by: PrivateFacts,
  recorder: Recorder,
): Promise<readonly string[]> {
  const locked = await lockById(client, ids);
  const moving = locked.filter(({ state }) => movable[to].includes(state));
  const steps: readonly Step[] = [{ step: to, private: by }];
  await applyChanges(
    client,
    moving.map((delivery) => ({ delivery, steps, state: to })),
    recorder,
  );
  return moving.map(({ chain }) => chain.facts.exchangeId);
}

async function moveDispatches(
  client: ClientBase,
  changes: readonly Change[],
  state: 'waiting' | 'abandoned',
): Promise<void> {
  const ids = [...new Set(changes.flatMap(({ delivery }) => delivery.dispatchId ?? []))];
  if (ids.length === 0) return;
  await client.query(
    `UPDATE dispatch SET state = $2, next_at = clock_timestamp(),
       ended_at = CASE WHEN $2 = 'abandoned' THEN clock_timestamp() END
     WHERE id = ANY ($1::bigint[]) AND state = 'held'`,
    [ids, state],
  );
}

/** Lets held deliveries of a message go on, in the caller's transaction. @returns how many there were */
export async function release(
  client: ClientBase,
  subject: string,
  by: PrivateFacts,
  recorder: Recorder,
): Promise<number> {
  const held = await lockHeld(client, subject);
  const released: Step = { step: 'released', private: by };
  const changes = held.map(
    (delivery): Change =>
      delivery.dispatchId === undefined
        ? { delivery, steps: [released, { step: 'delivered', private: {} }], state: 'delivered' }
        : { delivery, steps: [released], state: 'waiting' },
  );
  await moveDispatches(client, changes, 'waiting');
  await applyChanges(client, changes, recorder);
  return changes.length;
}

/** Ends held deliveries of a message, in the caller's transaction. @returns how many there were */
export async function abandonHeld(
  client: ClientBase,
  subject: string,
  by: PrivateFacts,
  recorder: Recorder,
): Promise<number> {
  const held = await lockHeld(client, subject);
  const steps: readonly Step[] = [{ step: 'abandoned', private: by }];
  const changes = held.map((delivery): Change => ({ delivery, steps, state: 'abandoned' }));
  await moveDispatches(client, changes, 'abandoned');
  await applyChanges(client, changes, recorder);
  return changes.length;
}
