// The one way by which messages are accepted for delivery: together with the notices for those who want to hear of them.
import type { ClientBase } from 'pg';
import type { Acceptance, DeliveryState } from '../../delivery/types.ts';
import type { DocumentRooms } from './dependencies.ts';

/** What a notice tells of a message, by the message's id. */
export interface ArrivingMessage {
  readonly kind: 'document' | 'status';
  readonly documentId: string;
  readonly thread: string;
  readonly priority: number;
}

/**
 * Accepts in the caller's transaction, as its last act before the commit.
 * @param messages those that `acceptance` delivers, by id
 * @param acceptedBy the exchange; undefined for what comes from outside
 * @returns the state of each delivery of `acceptance`, in order
 */
export async function deliver(
  { notices, engine }: Pick<DocumentRooms, 'notices' | 'engine'>,
  client: ClientBase,
  acceptance: Acceptance,
  messages: ReadonlyMap<string, ArrivingMessage>,
  acceptedBy: string | undefined,
): Promise<readonly DeliveryState[]> {
  const arriving = acceptance.deliveries.flatMap(({ id, subject, by, receiverUnit }) => {
    const message = messages.get(subject);
    if (by !== 'mailbox' || receiverUnit === undefined || !message) return [];
    return [{ ...message, deliveryId: id, messageId: subject, unitId: receiverUnit }];
  });
  const told = await notices.draft(client, arriving, {
    firstDispatch: acceptance.dispatches.length,
    acceptedBy,
  });
  const states = await engine.accept(client, {
    ...acceptance,
    deliveries: [...acceptance.deliveries, ...told.deliveries],
    dispatches: [...acceptance.dispatches, ...told.dispatches],
  });
  return states.slice(0, acceptance.deliveries.length);
}
