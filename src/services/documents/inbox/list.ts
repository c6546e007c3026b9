// What lies in a unit's mailbox of documents and statuses, in the order of arrival.
import type { Pool } from 'pg';
import type { EdxmlMessage } from '../../../../adapters/document-axis/edxml/types.ts';
import type { components, operations } from '../../../../openapi/types/documents.v1.ts';
import type { Arrivals } from '../../../delivery/arrivals.ts';
import { readMailboxPage, toMailboxStates } from '../../../delivery/mailbox-page.ts';
import type { RequestOf } from '../../service.ts';
import { type MessageRow, messageColumns, toMessage } from '../messages.ts';
import { businessNames } from '../send/to-document.ts';

type InboxItem = components['schemas']['InboxItem'];
type InboxPage = components['schemas']['InboxPage'];
type ListRequest = RequestOf<operations['listInbox']>;

type InboxRow = MessageRow & {
  readonly delivery_id: string;
  readonly mailbox_no: string;
  readonly state: InboxItem['state'];
  readonly receiver: string;
  readonly arrived_at: Date;
  readonly about: string | null;
  readonly attachments: number;
};

/** The state is spelled out in the statement where it can be: only so does the index of what is open serve. */
const toStateSql = (state: string): string =>
  state === 'open' ? "d.state IN ('delivered', 'taken')" : 'd.state = ANY ($3)';

async function readRows(
  pool: Pool,
  { query, caller }: ListRequest,
  afterNo: number,
  limit: number,
): Promise<readonly InboxRow[]> {
  const state = query.state ?? 'open';
  const { rows } = await pool.query<InboxRow>({
    name: `inbox-${state === 'open' ? 'open' : 'other'}`,
    text: `SELECT ${messageColumns}, d.id AS delivery_id, d.mailbox_no, d.state, d.receiver, d.accepted_at AS arrived_at, m.attachments,
       s.delivery_id AS about
     FROM delivery d JOIN document_message m ON m.id = d.subject LEFT JOIN document_status s ON s.message_id = m.id
     WHERE d.receiver_unit = $1 AND d.mailbox_no > $2 AND ${toStateSql(state)} AND ($3::text[] IS NOT NULL)
       AND ($4::text IS NULL OR m.kind = $4) AND ($5::int IS NULL OR m.priority >= $5)
       AND ($6::text IS NULL OR m.sender_code = $6) AND ($7::text IS NULL OR m.document_id = $7)
     ORDER BY d.mailbox_no LIMIT $8`,
    values: [
      caller.actingUnit.id,
      afterNo,
      toMailboxStates(state),
      query.kind ?? null,
      query.leastPriority ?? null,
      query.sender ?? null,
      query.documentId ?? null,
      limit,
    ],
  });
  return rows;
}

/** What a list tells of a document, out of its form. */
function toSummary(message: EdxmlMessage): Pick<InboxItem, 'subject' | 'dueDate'> {
  if (message.kind === 'status') return {};
  return { subject: message.subject, ...(message.dueDate !== undefined && { dueDate: message.dueDate }) };
}

function toItem(row: InboxRow, fieldKey: Buffer): InboxItem {
  const form = row.form === null ? undefined : toMessage(row, fieldKey).form;
  const name = form?.message.from.organName;
  return {
    deliveryId: row.delivery_id,
    messageId: row.id,
    kind: row.kind,
    state: row.state,
    documentId: row.document_id,
    from: { code: row.sender_code, ...(name !== undefined && { name }) },
    to: { code: row.receiver },
    ...(row.business_type !== null && { businessType: businessNames[row.business_type] }),
    ...(row.status_code !== null && { statusCode: row.status_code }),
    ...(row.about !== null && { aboutDeliveryId: row.about }),
    ...(row.code !== null && { code: row.code }),
    ...(row.promulgation_date !== null && { promulgationDate: row.promulgation_date }),
    ...(form && toSummary(form.message)),
    priority: row.priority,
    arrivedAt: row.arrived_at.toISOString(),
    bytes: Number(row.bytes),
    attachments: row.attachments,
  };
}

/** What listing needs. */
export interface InboxRooms {
  readonly pool: Pool;
  readonly keys: { readonly field: Buffer };
  readonly arrivals: Arrivals;
}

/** A page; where it would be empty it is waited for as long as the caller says. @throws Problem request-invalid */
export async function listInbox(rooms: InboxRooms, request: ListRequest): Promise<InboxPage> {
  const { query, caller, signal } = request;
  const { cursor, limit, waitS } = query;
  const question = { unitId: caller.actingUnit.id, cursor, limit, waitS, signal };
  const { rows, ...page } = await readMailboxPage(rooms, question, (afterNo, most) =>
    readRows(rooms.pool, request, afterNo, most),
  );
  return { ...page, items: rows.map((row) => toItem(row, rooms.keys.field)) };
}
