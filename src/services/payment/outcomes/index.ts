// The handlers of a unit's outcomes: to list them, to wait for them, and to say that they are stored for good.
import type { ClientBase } from 'pg';
import type { components, operations } from '../../../../openapi/types/payment.v1.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import type { Arrivals } from '../../../delivery/arrivals.ts';
import type { Caller, Handlers, RequestOf } from '../../service.ts';
import type { IsOwn } from '../demands/own.ts';
import type { PaymentRooms } from '../dependencies.ts';
import { listOutcomes } from './list.ts';

type Outcomes = Pick<Handlers<operations>, 'listOutcomes' | 'acknowledgeOutcomes'>;
type States = components['schemas']['OutcomeStates'];
type State = States['deliveries'][number]['state'];

/** What outcomes stand on. */
export type OutcomeRooms = Pick<PaymentRooms, 'pool' | 'engine'> & {
  readonly arrivals: Arrivals;
  readonly isOwn: IsOwn;
};

interface Held {
  readonly id: string;
  readonly receiver_unit: string;
  readonly state: Exclude<State, 'not-found'>;
}

const select = `SELECT id, receiver_unit, state FROM delivery
  WHERE id = ANY ($1::uuid[]) AND mailbox_no IS NOT NULL AND service = 'payment.v1'`;

async function readHeld(client: ClientBase, ids: readonly string[]): Promise<readonly Held[]> {
  const { rows } = await client.query<Held>({ name: 'outcomes-held', text: select, values: [ids] });
  return rows;
}

/** Those in the mailbox of the unit, or of one that it has taken over from; a repeat finds them moved and leaves them. */
async function acknowledge(
  { pool, engine, isOwn }: OutcomeRooms,
  { actingUnit, officerId }: Caller,
  ids: readonly string[],
  exchangeId: string,
): Promise<States> {
  const states = await withRepeatedTransaction(pool, async (client) => {
    const held = await readHeld(client, ids);
    const own = held.filter((one) => isOwn(one.receiver_unit, actingUnit.id)).map(({ id }) => id);
    await engine.move(client, own, 'acknowledged', { officerId, acceptedBy: exchangeId });
    return new Map((await readHeld(client, own)).map(({ id, state }) => [id, state]));
  });
  return {
    deliveries: ids.map((deliveryId) => ({ deliveryId, state: states.get(deliveryId) ?? 'not-found' })),
  };
}

/** Handlers of `listOutcomes` and `acknowledgeOutcomes`. */
export function createOutcomes(rooms: OutcomeRooms): Outcomes {
  type Acknowledging = RequestOf<operations['acknowledgeOutcomes']>;
  const take = async ({ caller, body, exchangeId }: Acknowledging) => ({
    status: 200,
    body: await acknowledge(rooms, caller, body.deliveryIds, exchangeId),
  });
  return {
    listOutcomes: {
      handle: async (request) => ({ status: 200, body: await listOutcomes(rooms, request) }),
    },
    acknowledgeOutcomes: { handle: take, repeat: take },
  };
}
