// What a unit does with dossiers in its mailbox: acknowledge, or refuse with a reason.
import type { components } from '../../../../openapi/types/portal.v1.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import type { DeliveryState } from '../../../delivery/types.ts';
import type { Caller } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { isOwn } from '../dossiers/own-units.ts';

/** The answer of the contract. */
export type DeliveryStates = components['schemas']['DeliveryStates'];

/** What becomes of them, in whose words. */
export interface InboundMove {
  readonly to: 'acknowledged' | 'refused';
  readonly reason?: string;
}

/**
 * Moves deliveries of the acting unit on; those that are there already stay, so it may be repeated.
 * @param exchangeId the call that is answered
 * @returns the states after it; `not-found` for what is not in the unit's mailbox
 */
export async function moveInbound(
  { pool, registry, engine, now }: Pick<PortalRooms, 'pool' | 'registry' | 'engine' | 'now'>,
  caller: Caller,
  ids: readonly string[],
  { to, reason }: InboundMove,
  exchangeId: string,
): Promise<DeliveryStates> {
  const [snapshot, at] = [registry.current, now()];
  const { rows } = await pool.query<{ id: string; receiver_unit: string }>({
    name: 'portal-inbox-own',
    text: `SELECT id, receiver_unit FROM delivery
      WHERE id = ANY ($1::uuid[]) AND mailbox_no IS NOT NULL AND service = 'portal.v1'`,
    values: [ids],
  });
  const own = rows.filter((row) => isOwn(snapshot, row.receiver_unit, caller.actingUnit.id, at));
  const by = { officerId: caller.officerId, acceptedBy: exchangeId, ...(reason !== undefined && { reason }) };
  const states = await withRepeatedTransaction(pool, async (client) => {
    const ownIds = own.map(({ id }) => id);
    await engine.move(client, ownIds, to, by);
    const after = await client.query<{ id: string; state: DeliveryState }>(
      'SELECT id, state FROM delivery WHERE id = ANY ($1::uuid[])',
      [ownIds],
    );
    return new Map(after.rows.map(({ id, state }) => [id, state]));
  });
  return {
    deliveries: ids.map((deliveryId) => ({ deliveryId, state: states.get(deliveryId) ?? 'not-found' })),
  };
}
