// The deliveries of documents that statuses are about: what of them never changes, and, under a lock, where they stand.
import type { ClientBase, Pool } from 'pg';
import type { DeliveryState } from '../../../delivery/types.ts';
import type { Directory } from '../directory/types.ts';
import type { ChangeAnswer, StatusHistory } from './judge.ts';

/** A delivery of a document; none of it ever changes but its place in a mailbox. */
export interface StatusSubject {
  readonly deliveryId: string;
  /** Code as written. */
  readonly receiver: string;
  /** Of ours. */
  readonly receiverUnit: string | undefined;
  readonly isInMailbox: boolean;
  readonly messageId: string;
  readonly documentId: string;
  readonly thread: string;
  readonly priority: number;
  readonly businessType: 0 | 1 | 2 | 3;
  readonly senderCode: string;
  /** Of ours. */
  readonly senderUnit: string | undefined;
  /** `number/notation` */
  readonly code: string | undefined;
  /** yyyy-MM-dd */
  readonly promulgationDate: string | undefined;
  readonly acceptedAt: Date;
}

/** A row of `subjectColumns`. */
export interface SubjectRow {
  readonly delivery_id: string;
  readonly receiver: string;
  readonly receiver_unit: string | null;
  readonly in_mailbox: boolean;
  readonly message_id: string;
  readonly document_id: string;
  readonly thread: string;
  readonly priority: number;
  readonly business_type: 0 | 1 | 2 | 3;
  readonly sender_code: string;
  readonly sender_unit: string | null;
  readonly code: string | null;
  readonly promulgation_date: string | null;
  readonly accepted_at: Date;
}

/** Columns of `delivery d` and `document_message m` that make a subject. */
export const subjectColumns = `d.id AS delivery_id, d.receiver, d.receiver_unit, d.mailbox_no IS NOT NULL AS in_mailbox,
  m.id AS message_id, m.document_id, m.thread, m.priority, m.business_type, m.sender_code, m.sender_unit, m.code,
  m.promulgation_date::text AS promulgation_date, m.accepted_at`;

/** What other services deliver of a message, notices to webhooks, is no delivery of the document. */
export const isOfDocument = "m.kind = 'document' AND d.service = 'documents.v1' AND d.operation <> 'notify'";

/** A subject from its row. */
export const toSubject = (row: SubjectRow): StatusSubject => ({
  deliveryId: row.delivery_id,
  receiver: row.receiver,
  receiverUnit: row.receiver_unit ?? undefined,
  isInMailbox: row.in_mailbox,
  messageId: row.message_id,
  documentId: row.document_id,
  thread: row.thread,
  priority: row.priority,
  businessType: row.business_type,
  senderCode: row.sender_code,
  senderUnit: row.sender_unit ?? undefined,
  code: row.code ?? undefined,
  promulgationDate: row.promulgation_date ?? undefined,
  acceptedAt: row.accepted_at,
});

/** Deliveries of documents by their ids; others are left out. */
export async function readSubjects(
  pool: Pool | ClientBase,
  deliveryIds: readonly string[],
): Promise<ReadonlyMap<string, StatusSubject>> {
  const { rows } = await pool.query<SubjectRow>({
    name: 'status-subjects',
    text: `SELECT ${subjectColumns} FROM delivery d JOIN document_message m ON m.id = d.subject
      WHERE d.id = ANY ($1::uuid[]) AND ${isOfDocument}`,
    values: [deliveryIds],
  });
  return new Map(rows.map((row) => [row.delivery_id, toSubject(row)]));
}

/** Whether the unit received it, or has taken over from the one that did. What it was never given it has not. */
export const isReceiver = (
  { receiverUnit, isInMailbox }: StatusSubject,
  unitId: string,
  directory: Directory,
  at: Date,
): boolean =>
  isInMailbox &&
  receiverUnit !== undefined &&
  (receiverUnit === unitId || directory.isOnlyHeir(receiverUnit, unitId, at));

/** Whether the unit sent it, or has taken over from the one that did. */
export const isSender = (
  { senderUnit }: StatusSubject,
  unitId: string,
  directory: Directory,
  at: Date,
): boolean =>
  senderUnit !== undefined && (senderUnit === unitId || directory.isOnlyHeir(senderUnit, unitId, at));

/** Where a delivery stands, its row being locked. */
export interface Standing {
  readonly state: DeliveryState;
  readonly history: StatusHistory;
}

interface StandingRow {
  readonly id: string;
  readonly state: DeliveryState;
  readonly codes: readonly string[] | null;
  readonly status: string | null;
  readonly change: ChangeAnswer | null;
}

/** Locks deliveries, in the order in which the engine does, so that what is said of one is judged one after another. */
export async function lockSubjects(client: ClientBase, deliveryIds: readonly string[]): Promise<void> {
  await client.query({
    name: 'status-lock',
    text: 'SELECT FROM delivery WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE',
    values: [deliveryIds],
  });
}

/** Where locked deliveries stand. A statement of its own: it must see what those said who held the locks before. */
export async function readStandings(
  client: ClientBase,
  subjects: readonly StatusSubject[],
): Promise<ReadonlyMap<string, Standing>> {
  const { rows } = await client.query<StandingRow>({
    name: 'status-standings',
    text: `SELECT d.id, d.state, s.status, s.change,
        (SELECT array_agg(x.code ORDER BY x.no) FROM document_status x WHERE x.delivery_id = d.id) AS codes
      FROM delivery d LEFT JOIN document_state s ON s.delivery_id = d.id WHERE d.id = ANY ($1::uuid[])`,
    values: [subjects.map(({ deliveryId }) => deliveryId)],
  });
  const types = new Map(subjects.map(({ deliveryId, businessType }) => [deliveryId, businessType]));
  return new Map(
    rows.map(({ id, state, codes, status, change }) => [
      id,
      {
        state,
        history: {
          codes: codes ?? [],
          status: status ?? undefined,
          change: change ?? undefined,
          businessType: types.get(id) ?? 0,
        },
      },
    ]),
  );
}
