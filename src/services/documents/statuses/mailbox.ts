// What receivers do with what lies in their mailbox: take it, acknowledge it, refuse it. Of a document its sender is told in
// the unit's name, in the same transaction.
import type { ClientBase } from 'pg';
import type { components } from '../../../../openapi/types/documents.v1.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import type { DeliveryState } from '../../../delivery/types.ts';
import type { Caller } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { createJudging, type StatusDraft, toArrived, writeJudged } from './record.ts';
import { type Report, toDraft, toOrigin } from './report.ts';
import { lockSubjects, readStandings, readSubjects } from './subjects.ts';

/** The answer of the contract. */
export type DeliveryStates = components['schemas']['DeliveryStates'];

/** What becomes of deliveries, and what the sender of a document is told of it. */
export interface Move {
  readonly to: 'taken' | 'acknowledged' | 'refused';
  readonly operation: 'takeDeliveries' | 'acknowledgeDeliveries' | 'refuseDelivery';
  readonly tells?: Pick<Report, 'code' | 'reason'>;
}

interface Held {
  readonly id: string;
  readonly receiver_unit: string;
}

/** Those that lie in the mailbox of the unit, or of one that it has taken over from. */
async function findOwn(
  { pool, directory, now }: DocumentRooms,
  ids: readonly string[],
  unitId: string,
): Promise<readonly string[]> {
  const { rows } = await pool.query<Held>({
    name: 'mailbox-own',
    text: `SELECT id, receiver_unit FROM delivery
      WHERE id = ANY ($1::uuid[]) AND mailbox_no IS NOT NULL AND service = 'documents.v1'`,
    values: [ids],
  });
  const isOwn = ({ receiver_unit: unit }: Held): boolean =>
    unit === unitId || directory.isOnlyHeir(unit, unitId, now());
  return rows.filter(isOwn).map(({ id }) => id);
}

async function toDrafts(
  rooms: DocumentRooms,
  ids: readonly string[],
  { operation, tells }: Move,
  caller: Caller,
  exchangeId: string,
): Promise<readonly StatusDraft[]> {
  if (!tells) return [];
  const subjects = [...(await readSubjects(rooms.pool, ids)).values()];
  const origin = toOrigin(caller, operation, exchangeId);
  return Promise.all(
    subjects.map((subject, item) =>
      toDraft(rooms, subject, { ...tells, deliveryId: subject.deliveryId }, origin, caller.actingUnit, item),
    ),
  );
}

async function readStates(
  client: ClientBase,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DeliveryState>> {
  const { rows } = await client.query<{ id: string; state: DeliveryState }>(
    'SELECT id, state FROM delivery WHERE id = ANY ($1::uuid[])',
    [ids],
  );
  return new Map(rows.map(({ id, state }) => [id, state]));
}

/**
 * Moves deliveries of the acting unit on; those that are there already stay, so it may be repeated.
 * @param exchangeId the call that is answered
 * @returns the states after it; `not-found` for what is not in the unit's mailbox
 */
export async function moveDeliveries(
  rooms: DocumentRooms,
  caller: Caller,
  ids: readonly string[],
  move: Move,
  exchangeId: string,
): Promise<DeliveryStates> {
  const own = await findOwn(rooms, ids, caller.actingUnit.id);
  const drafts = await toDrafts(rooms, own, move, caller, exchangeId);
  let arrived: readonly string[] = [];
  const states = await withRepeatedTransaction(rooms.pool, async (client) => {
    if (drafts.length > 0) await lockSubjects(client, own);
    const by = {
      officerId: caller.officerId,
      acceptedBy: exchangeId,
      ...(move.tells?.reason !== undefined && { reason: move.tells.reason }),
    };
    const moved = new Set(await rooms.engine.move(client, own, move.to, by));
    const told = drafts.filter(({ subject }) => moved.has(subject.deliveryId));
    const after = await readStates(client, own);
    if (told.length === 0) return after;
    const judging = createJudging(
      await readStandings(
        client,
        told.map(({ subject }) => subject),
      ),
    );
    for (const draft of told) judging.add(draft);
    await writeJudged(client, rooms, judging);
    arrived = toArrived(judging);
    return after;
  });
  if (arrived.length > 0) rooms.onArrival(arrived);
  if (drafts.length > 0) rooms.engine.poke();
  return {
    deliveries: ids.map((deliveryId) => ({ deliveryId, state: states.get(deliveryId) ?? 'not-found' })),
  };
}
