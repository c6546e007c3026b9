// Tells the sender's webhooks that something of theirs is in quarantine; by ids alone, like every notice.
import type { ClientBase } from 'pg';
import type { DocumentRooms } from '../dependencies.ts';

interface HeldRow {
  readonly id: string;
  readonly sender_unit: string;
  readonly document_id: string;
  readonly thread: string;
  readonly priority: number;
}

/** In the transaction that puts a message into quarantine. What came from outside has no sender to be told here. */
export async function tellSender(
  { notices, engine }: Pick<DocumentRooms, 'notices' | 'engine'>,
  client: ClientBase,
  messageId: string,
): Promise<void> {
  const { rows } = await client.query<HeldRow>(
    `SELECT d.id, m.sender_unit, m.document_id, m.thread, m.priority
     FROM document_message m JOIN delivery d ON d.subject = m.id AND d.state = 'held' AND d.service = 'documents.v1'
     WHERE m.id = $1 AND m.sender_unit IS NOT NULL ORDER BY d.id LIMIT 1`,
    [messageId],
  );
  const [held] = rows;
  if (!held) return;
  const { id: deliveryId, sender_unit: unitId, document_id: documentId, thread, priority } = held;
  const about = { deliveryId, messageId, kind: 'notice', documentId, thread, unitId, priority } as const;
  const { deliveries, dispatches } = await notices.draft(client, [about], { firstDispatch: 0 });
  if (deliveries.length > 0) await engine.accept(client, { deliveries, dispatches });
}
