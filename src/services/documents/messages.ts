// Messages as they are kept: a row of codes and numbers, the structured form sealed beside it, the original bytes in a blob.
import { hash } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import type {
  AttachmentIndex,
  EdxmlMessage,
  EdxmlWarning,
  TracePlace,
} from '../../../adapters/document-axis/edxml/types.ts';
import { Problem } from '../../problem.ts';
import { openText, sealText } from '../../registry/sealed-text.ts';

/** What is sealed of a message. */
export interface MessageForm {
  readonly message: EdxmlMessage;
  readonly attachments: readonly AttachmentIndex[];
  readonly warnings: readonly EdxmlWarning[];
}

/** A message, of either kind. */
export interface StoredMessage {
  /** UUIDv7. */
  readonly id: string;
  readonly kind: 'document' | 'status';
  readonly origin: 'inside' | 'axis';
  /** The call that it came by, and its place there. */
  readonly exchangeId: string | undefined;
  readonly item: number;
  /** Of the original: lower-case hex, the name of its blob. */
  readonly sha256: string;
  readonly bytes: number;
  readonly trace: TracePlace | null;
  /** Of a status: that of the document it is about. */
  readonly documentId: string;
  /** What deliveries of it must not overtake (order key). */
  readonly thread: string;
  readonly businessType: 0 | 1 | 2 | 3 | undefined;
  readonly statusCode: string | undefined;
  readonly senderCode: string;
  /** Of ours. */
  readonly senderUnit: string | undefined;
  readonly systemId: string | undefined;
  /** `number/notation` */
  readonly code: string | undefined;
  /** yyyy-MM-dd */
  readonly promulgationDate: string | undefined;
  readonly priority: number;
  /** SHA-256 of what was asked, without the form in which it came. */
  readonly askedSha256: string | undefined;
  readonly form: MessageForm;
  /** The original bytes of a status, which lie in its row; those of a document are a blob. */
  readonly small?: Buffer | undefined;
}

/** A message read back. */
export interface KeptMessage extends StoredMessage {
  readonly acceptedAt: Date;
}

const toContext = (id: string): string => `document ${id}`;
const toSmallContext = (id: string): string => `status bytes ${id}`;

/** Writes messages in one statement. */
export async function insertMessages(
  client: ClientBase,
  fieldKey: Buffer,
  messages: readonly StoredMessage[],
): Promise<void> {
  const rows = messages.map((message) => ({
    id: message.id,
    kind: message.kind,
    origin: message.origin,
    exchange_id: message.exchangeId,
    item: message.item,
    sha256: message.sha256,
    bytes: message.bytes,
    trace: message.trace,
    document_id: message.documentId,
    thread: message.thread,
    business_type: message.businessType,
    status_code: message.statusCode,
    sender_code: message.senderCode,
    sender_unit: message.senderUnit,
    system_id: message.systemId,
    code: message.code,
    promulgation_date: message.promulgationDate,
    priority: message.priority,
    attachments: message.form.attachments.length,
    asked_sha256: message.askedSha256,
    form: sealText(fieldKey, toContext(message.id), JSON.stringify(message.form)).toString('base64'),
    small:
      message.small &&
      sealText(fieldKey, toSmallContext(message.id), message.small.toString('latin1')).toString('base64'),
  }));
  await client.query({
    name: 'document-messages',
    text: `INSERT INTO document_message (id, kind, origin, exchange_id, item, sha256, bytes, trace, document_id, thread,
       business_type, status_code, sender_code, sender_unit, system_id, code, promulgation_date, priority, attachments,
       asked_sha256, form, small)
     SELECT id, kind, origin, exchange_id, item, sha256, bytes, trace, document_id, thread, business_type, status_code,
       sender_code, sender_unit, system_id, code, promulgation_date, priority, attachments, asked_sha256,
       decode(form, 'base64'), decode(small, 'base64')
     FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, kind text, origin text, exchange_id uuid, item integer, sha256 text,
       bytes bigint, trace jsonb, document_id text, thread text, business_type smallint, status_code text,
       sender_code text, sender_unit text, system_id text, code text, promulgation_date date, priority smallint,
       attachments integer, asked_sha256 text, form text, small text)`,
    values: [JSON.stringify(rows)],
  });
}

/** A row of `document_message`; `promulgation_date` as text. */
export interface MessageRow {
  readonly id: string;
  readonly kind: 'document' | 'status';
  readonly origin: 'inside' | 'axis';
  readonly exchange_id: string | null;
  readonly item: number;
  readonly sha256: string;
  readonly bytes: string;
  readonly trace: TracePlace | null;
  readonly document_id: string;
  readonly thread: string;
  readonly business_type: 0 | 1 | 2 | 3 | null;
  readonly status_code: string | null;
  readonly sender_code: string;
  readonly sender_unit: string | null;
  readonly system_id: string | null;
  readonly code: string | null;
  readonly promulgation_date: string | null;
  readonly priority: number;
  readonly asked_sha256: string | null;
  /** Null once it was purged. */
  readonly form: Buffer | null;
  readonly accepted_at: Date;
}

/** The columns of `MessageRow`, of the table or alias `m`. */
export const messageColumns = `m.id, m.kind, m.origin, m.exchange_id, m.item, m.sha256, m.bytes, m.trace, m.document_id, m.thread,
  m.business_type, m.status_code, m.sender_code, m.sender_unit, m.system_id, m.code,
  m.promulgation_date::text AS promulgation_date, m.priority, m.asked_sha256, m.form, m.accepted_at`;

/** @throws Problem message-purged; Error when the form was sealed under another key, or altered */
export function toMessage(row: MessageRow, fieldKey: Buffer): KeptMessage {
  if (row.form === null) throw new Problem('message-purged');
  const text = openText(
    fieldKey,
    toContext(row.id),
    row.form,
    `the form of message ${row.id} cannot be opened`,
  );
  return {
    id: row.id,
    kind: row.kind,
    origin: row.origin,
    exchangeId: row.exchange_id ?? undefined,
    item: row.item,
    sha256: row.sha256,
    bytes: Number(row.bytes),
    trace: row.trace,
    documentId: row.document_id,
    thread: row.thread,
    businessType: row.business_type ?? undefined,
    statusCode: row.status_code ?? undefined,
    senderCode: row.sender_code,
    senderUnit: row.sender_unit ?? undefined,
    systemId: row.system_id ?? undefined,
    code: row.code ?? undefined,
    promulgationDate: row.promulgation_date ?? undefined,
    priority: row.priority,
    askedSha256: row.asked_sha256 ?? undefined,
    // Sealed by `insertMessages`, so the shape is its own.
    form: JSON.parse(text) as MessageForm,
    acceptedAt: row.accepted_at,
  };
}

/** @returns undefined when there is none */
export async function readMessage(
  pool: Pool | ClientBase,
  fieldKey: Buffer,
  id: string,
): Promise<KeptMessage | undefined> {
  const { rows } = await pool.query<MessageRow>({
    name: 'document-message',
    text: `SELECT ${messageColumns} FROM document_message m WHERE m.id = $1`,
    values: [id],
  });
  return rows[0] && toMessage(rows[0], fieldKey);
}

/**
 * The original bytes of a status.
 * @throws Error when there is no such status, or it was altered
 */
export async function readSmall(pool: Pool | ClientBase, fieldKey: Buffer, id: string): Promise<Buffer> {
  const { rows } = await pool.query<{ small: Buffer }>({
    name: 'document-small',
    text: 'SELECT small FROM document_message WHERE id = $1 AND small IS NOT NULL',
    values: [id],
  });
  const refusal = `the bytes of status ${id} cannot be opened`;
  if (!rows[0]) throw new Error(refusal);
  return Buffer.from(openText(fieldKey, toSmallContext(id), rows[0].small, refusal), 'latin1');
}

/**
 * Whether a unit may read a message: as its sender, as a receiver to whom it was delivered, or as the only one that took over
 * from such a receiver. What is held or was never delivered is seen by its sender only.
 * @param isHeirOf whether the unit took over from another alone
 */
export async function mayRead(
  pool: Pool,
  { id, senderUnit }: StoredMessage,
  unitId: string,
  isHeirOf: (endedId: string) => boolean,
): Promise<boolean> {
  if (senderUnit === unitId) return true;
  const { rows } = await pool.query<{ unit: string }>({
    name: 'document-may-read',
    text: `SELECT DISTINCT receiver_unit AS unit FROM delivery
      WHERE subject = $1 AND receiver_unit IS NOT NULL AND mailbox_no IS NOT NULL`,
    values: [id],
  });
  return rows.some(({ unit }) => unit === unitId || isHeirOf(unit));
}

/** The thread that a message joins: that of the first document named which is known, else the first one's id. */
export async function findThread(client: Pool | ClientBase, documentIds: readonly string[]): Promise<string> {
  const [first = ''] = documentIds;
  const { rows } = await client.query<{ thread: string }>(
    `SELECT m.thread FROM unnest($1::text[]) WITH ORDINALITY AS named (document_id, place)
       JOIN document_message m ON m.document_id = named.document_id AND m.kind = 'document'
     ORDER BY named.place, m.accepted_at LIMIT 1`,
    [documentIds],
  );
  return rows[0]?.thread ?? toThread(first);
}

/** Longest DocumentId that a message of ours can have: what is named by more is known by its hash. */
const longestThread = 250;

const toThread = (documentId: string): string =>
  documentId.length > longestThread ? hash('sha256', documentId, 'hex') : documentId;
