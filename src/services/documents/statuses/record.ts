// Writes statuses that were judged: message, what was said, where the delivery stands, and the delivery to the addressee.
// All statuses of a call in the same few statements; nothing here changes a document or a register.
import { hash } from 'node:crypto';
import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { EdxmlStatus, EdxmlWarning } from '../../../../adapters/document-axis/edxml/types.ts';
import type { DeliveryDraft, DispatchDraft } from '../../../delivery/types.ts';
import type { PrivateFacts } from '../../../evidence/types.ts';
import { axisRoute } from '../axis-route.ts';
import { type ArrivingMessage, deliver } from '../deliver.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { insertMessages, type StoredMessage } from '../messages.ts';
import type { Addressee } from './addressee.ts';
import { follow, type Judgement, judge, type StatusHistory } from './judge.ts';
import type { Standing, StatusSubject } from './subjects.ts';

/** A status that came in, with its bytes. */
export interface StatusMessage {
  readonly message: EdxmlStatus;
  readonly bytes: Buffer;
  readonly warnings: readonly EdxmlWarning[];
}

/** Who said it, or how it came. */
export interface StatusOrigin {
  readonly origin: 'inside' | 'axis';
  /** The call that it came by. */
  readonly exchangeId: string | undefined;
  readonly senderUnit: string | undefined;
  readonly facts: DeliveryDraft['facts'];
  readonly private: PrivateFacts;
}

/** A status about a delivery whose row is locked. */
export interface StatusDraft {
  readonly subject: StatusSubject;
  readonly status: StatusMessage;
  readonly origin: StatusOrigin;
  readonly addressee: Addressee;
  /** Its place in the call. */
  readonly item: number;
}

/** A status that is to be written. */
export interface JudgedStatus extends StatusDraft {
  readonly id: string;
  readonly deliveryId: string;
  readonly judgement: Judgement;
  /** Of the message, where it is there already: a status whose document was not found at first. */
  readonly isKnown?: boolean;
}

const longestCode = 10;

/** A code as the columns take it; the text itself is in the message. */
export const toStoredCode = ({ statusCode }: EdxmlStatus): string => statusCode.slice(0, longestCode);

/** Histories that statuses of one transaction are judged by, one after another. */
export interface Judging {
  /** Undefined: said already, not to be written again. */
  add(draft: StatusDraft, known?: string): JudgedStatus | undefined;
  readonly judged: readonly JudgedStatus[];
  /** As the deliveries stand after all of them. */
  readonly histories: ReadonlyMap<string, StatusHistory>;
}

/** Judges by how deliveries stood when they were locked. */
export function createJudging(standings: ReadonlyMap<string, Standing>): Judging {
  const histories = new Map<string, StatusHistory>();
  const judged: JudgedStatus[] = [];
  return {
    judged,
    histories,
    add(draft, known) {
      const { deliveryId: about, businessType } = draft.subject;
      const start = { codes: [], status: undefined, change: undefined, businessType };
      const history = histories.get(about) ?? standings.get(about)?.history ?? start;
      const code = toStoredCode(draft.status.message);
      const judgement = judge(history, code);
      if (judgement.flags.includes('repeated')) return undefined;
      histories.set(about, follow(history, code, judgement));
      const one = {
        ...draft,
        ...{ id: known ?? uuidv7(), deliveryId: uuidv7(), judgement, isKnown: known !== undefined },
      };
      judged.push(one);
      return one;
    },
  };
}

/** The row of a status; `subject` undefined: its document is not here. */
export function toStatusRow(
  id: string,
  { message, bytes, warnings }: StatusMessage,
  { origin, exchangeId, senderUnit, facts }: StatusOrigin,
  item: number,
  subject: Pick<StatusSubject, 'documentId' | 'thread' | 'priority' | 'code' | 'promulgationDate'>,
): StoredMessage {
  return {
    ...{ id, kind: 'status', origin, exchangeId, item, senderUnit },
    sha256: hash('sha256', bytes, 'hex'),
    bytes: bytes.length,
    trace: null,
    documentId: subject.documentId,
    thread: subject.thread,
    businessType: undefined,
    statusCode: toStoredCode(message),
    senderCode: message.from.organId,
    systemId: facts.systemId ?? undefined,
    code: subject.code,
    promulgationDate: subject.promulgationDate,
    priority: subject.priority,
    askedSha256: undefined,
    form: { message, attachments: [], warnings },
    small: bytes,
  };
}

/** What was said, of any origin, as a row of `document_status`. */
export const toSaid = (
  id: string,
  deliveryId: string | undefined,
  documentId: string,
  message: EdxmlStatus,
  toCode: string,
  flags: readonly string[],
): object => ({
  message_id: id,
  delivery_id: deliveryId,
  document_id: documentId,
  from_code: message.from.organId,
  to_code: toCode,
  code: toStoredCode(message),
  raw_code: message.statusCodeRaw,
  said_at: message.timestamp,
  flags,
});

/** Writes what was said, in order. */
export async function insertSaid(client: ClientBase, rows: readonly object[]): Promise<void> {
  await client.query({
    name: 'status-said',
    text: `INSERT INTO document_status
        (message_id, delivery_id, document_id, from_code, to_code, code, raw_code, said_at, flags)
      SELECT message_id, delivery_id, document_id, from_code, to_code, code, raw_code, said_at,
        ARRAY(SELECT jsonb_array_elements_text(flags))
      FROM jsonb_to_recordset($1::jsonb) AS r (n integer, message_id uuid, delivery_id uuid, document_id text,
        from_code text, to_code text, code text, raw_code text, said_at timestamptz, flags jsonb) ORDER BY n`,
    values: [JSON.stringify(rows.map((row, n) => ({ ...row, n })))],
  });
}

const toFlags = ({ judgement, status }: JudgedStatus): readonly string[] => {
  const isCorrected = status.warnings.some(
    ({ code }) => code.startsWith('status-') && code !== 'status-unknown',
  );
  return [...judgement.flags, ...(isCorrected ? ['corrected-code'] : [])];
};

async function writeSaid(client: ClientBase, judged: readonly JudgedStatus[]): Promise<void> {
  const fresh = judged.filter(({ isKnown }) => !isKnown);
  if (fresh.length > 0)
    await insertSaid(
      client,
      fresh.map((one) => {
        const { id, subject, status, addressee } = one;
        const { deliveryId, documentId } = subject;
        return toSaid(id, deliveryId, documentId, status.message, addressee.code, toFlags(one));
      }),
    );
  const found = judged.filter(({ isKnown }) => isKnown);
  if (found.length > 0)
    await client.query({
      name: 'status-found',
      text: `UPDATE document_status s SET delivery_id = r.about, flags = ARRAY(SELECT jsonb_array_elements_text(r.flags))
       FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, about uuid, flags jsonb) WHERE s.message_id = r.id`,
      values: [
        JSON.stringify(
          found.map((one) => ({ id: one.id, about: one.subject.deliveryId, flags: toFlags(one) })),
        ),
      ],
    });
}

async function writeStates(
  client: ClientBase,
  judged: readonly JudgedStatus[],
  histories: Judging['histories'],
): Promise<void> {
  const messages = new Map(judged.map(({ subject }) => [subject.deliveryId, subject.messageId]));
  const rows = [...messages].map(([deliveryId, messageId]) => ({
    delivery_id: deliveryId,
    message_id: messageId,
    status: histories.get(deliveryId)?.status,
    change: histories.get(deliveryId)?.change,
  }));
  await client.query({
    name: 'status-states',
    text: `INSERT INTO document_state AS s (delivery_id, message_id, status, change)
      SELECT delivery_id, message_id, status, change
        FROM jsonb_to_recordset($1::jsonb) AS r (delivery_id uuid, message_id uuid, status text, change text)
       ORDER BY delivery_id
      ON CONFLICT (delivery_id) DO UPDATE
        SET status = excluded.status, change = excluded.change, changed_at = clock_timestamp()
        WHERE (s.status, s.change) IS DISTINCT FROM (excluded.status, excluded.change)`,
    values: [JSON.stringify(rows)],
  });
}

function toDelivery({ id, deliveryId, addressee, status, origin }: JudgedStatus): DeliveryDraft {
  const { message, bytes } = status;
  return {
    id: deliveryId,
    subject: id,
    facts: origin.facts,
    receiver: addressee.code,
    receiverUnit: addressee.unitId,
    by: 'mailbox',
    private: {
      message: { sha256: hash('sha256', bytes, 'hex'), bytes: bytes.length },
      from: message.from.organId,
      to: addressee.code,
      ...origin.private,
    },
  };
}

/** Into mailboxes inside, over the axis outside; each behind what came before it about the same document. */
async function deliverAll(
  client: ClientBase,
  rooms: Pick<DocumentRooms, 'engine' | 'notices'>,
  judged: readonly JudgedStatus[],
): Promise<void> {
  const dispatches: DispatchDraft[] = [];
  const deliveries = judged.map((one): DeliveryDraft => {
    const { id, subject, addressee, origin, status } = one;
    if (addressee.unitId !== undefined) return toDelivery(one);
    const content = {
      messageId: id,
      kind: 'status',
      from: status.message.from.organId,
      to: [addressee.address],
    };
    const share = origin.facts.actingUnit ?? 'axis';
    const { thread, priority } = subject;
    const orderKey = `${share} ${thread}`;
    const by = dispatches.push({ route: axisRoute, orderKey, share, priority, content }) - 1;
    return { ...toDelivery(one), by };
  });
  const about = judged.map(({ id, subject: { documentId, thread, priority } }): [string, ArrivingMessage] => [
    id,
    { kind: 'status', documentId, thread, priority },
  ]);
  const acceptedBy = judged[0]?.origin.exchangeId;
  await deliver(rooms, client, { deliveries, dispatches }, new Map(about), acceptedBy);
}

/** Writes all that was judged. It locks mailboxes, so it comes last before the commit. */
export async function writeJudged(
  client: ClientBase,
  rooms: Pick<DocumentRooms, 'engine' | 'keys' | 'notices'>,
  { judged, histories }: Judging,
): Promise<void> {
  if (judged.length === 0) return;
  const fresh = judged.filter(({ isKnown }) => !isKnown);
  if (fresh.length > 0)
    await insertMessages(
      client,
      rooms.keys.field,
      fresh.map(({ id, status, origin, item, subject }) => toStatusRow(id, status, origin, item, subject)),
    );
  await writeSaid(client, judged);
  await writeStates(client, judged, histories);
  await deliverAll(client, rooms, judged);
}

/** Units whose mailboxes got something. */
export const toArrived = ({ judged }: Judging): readonly string[] =>
  judged.flatMap(({ addressee }) => addressee.unitId ?? []);
