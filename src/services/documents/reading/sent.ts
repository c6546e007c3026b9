// What a unit has sent, the newest first, with the state of each delivery.
import type { components, operations } from '../../../../openapi/types/documents.v1.ts';
import { readPage } from '../../admin/page.ts';
import type { RequestOf } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { type MessageRow, messageColumns, toMessage } from '../messages.ts';
import { businessNames } from '../send/to-document.ts';

type SentItem = components['schemas']['SentItem'];
type SentPage = components['schemas']['SentPage'];

interface DeliveryOfMessage {
  readonly subject: string;
  readonly id: string;
  readonly receiver: string;
  readonly route: 'inside' | 'axis';
  readonly state: SentItem['deliveries'][number]['state'];
  readonly status: string | null;
  readonly change: 'asked' | 'agreed' | 'refused' | null;
}

type SentRow = MessageRow & { readonly deliveries: readonly DeliveryOfMessage[] };

function toItem(row: SentRow, fieldKey: Buffer): SentItem {
  const message = row.form === null ? undefined : toMessage(row, fieldKey).form.message;
  const organs = message?.kind === 'document' ? message.to : [];
  const names = new Map(organs.map(({ organId, organName }) => [organId, organName]));
  return {
    messageId: row.id,
    documentId: row.document_id,
    businessType: businessNames[row.business_type ?? 0],
    ...(row.code !== null && { code: row.code }),
    ...(message?.kind === 'document' && { subject: message.subject }),
    priority: row.priority,
    acceptedAt: row.accepted_at.toISOString(),
    bytes: Number(row.bytes),
    deliveries: row.deliveries.map(({ id, receiver, route, state, status, change }) => {
      const name = names.get(receiver);
      return {
        deliveryId: id,
        receiver: { code: receiver, ...(name !== undefined && { name }) },
        route,
        state,
        ...(status !== null && { status }),
        ...(change !== null && { change }),
      };
    }),
  };
}

/** A page of what the acting unit sent. @throws Problem request-invalid */
export function listSent(
  { pool, keys }: DocumentRooms,
  { query, caller }: RequestOf<operations['listSent']>,
): Promise<SentPage> {
  const select = `SELECT ${messageColumns},
      to_char(m.accepted_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') AS sent_at,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('subject', d.subject, 'id', d.id, 'receiver', d.receiver,
           'route', CASE WHEN d.dispatch_id IS NULL THEN 'inside' ELSE 'axis' END, 'state', d.state,
           'status', s.status, 'change', s.change) ORDER BY d.id), '[]')
         FROM delivery d LEFT JOIN document_state s ON s.delivery_id = d.id
        WHERE d.subject = m.id AND d.service = 'documents.v1') AS deliveries
    FROM document_message m
    WHERE m.sender_unit = $1 AND m.kind = 'document' AND m.origin = 'inside'
      AND ($2::text IS NULL OR m.document_id = $2)
      AND ($3::timestamptz IS NULL OR m.accepted_at >= $3) AND ($4::timestamptz IS NULL OR m.accepted_at < $4)`;
  const values = [caller.actingUnit.id, query.documentId ?? null, query.since ?? null, query.until ?? null];
  return readPage(
    pool,
    { select, values, id: 'id', sorts: { newest: 'sent_at' } },
    { cursor: query.cursor, limit: query.limit, sort: '-newest' },
    (row: SentRow) => toItem(row, keys.field),
  );
}
