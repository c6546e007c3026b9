// The time line of a message: its hops, every step of its deliveries as the exchange log has it, and every status. The
// sender sees all receivers, a receiver its own part.
import type { Pool } from 'pg';
import { statusCodes } from '../../../../adapters/document-axis/edxml/code-lists.ts';
import type { components, operations } from '../../../../openapi/types/documents.v1.ts';
import { parseLeafText } from '../../../evidence/leaf.ts';
import { Problem, type Words } from '../../../problem.ts';
import { isProblemCode, toProblemEntry } from '../../../problem-pages.ts';
import type { Handlers } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { type KeptMessage, readMessage } from '../messages.ts';
import { stepWords } from './step-words.ts';

type Timeline = components['schemas']['Timeline'];
type Step = Timeline['steps'][number];
type Rooms = Pick<DocumentRooms, 'pool' | 'keys' | 'directory' | 'now'>;

interface DeliveryRow {
  readonly id: string;
  readonly receiver: string;
  readonly receiver_unit: string | null;
  readonly in_mailbox: boolean;
}

/** What the unit may see of a message's deliveries: nothing of what was never delivered to it. */
async function findDeliveries(
  { pool, directory, now }: Rooms,
  message: KeptMessage,
  unitId: string,
): Promise<readonly DeliveryRow[]> {
  const { rows } = await pool.query<DeliveryRow>(
    `SELECT id, receiver, receiver_unit, mailbox_no IS NOT NULL AS in_mailbox FROM delivery
     WHERE subject = $1 AND service = 'documents.v1' ORDER BY id`,
    [message.id],
  );
  const { senderUnit } = message;
  const isOwn = (id: string): boolean => id === unitId || directory.isOnlyHeir(id, unitId, now());
  if (senderUnit !== undefined && isOwn(senderUnit)) return rows;
  return rows.filter(({ receiver_unit: unit, in_mailbox: isIn }) => isIn && unit !== null && isOwn(unit));
}

function toWords(step: string, problem: string | undefined): Partial<Words> {
  const words = stepWords[step];
  if (!words) return {};
  if (problem === undefined || !isProblemCode(problem)) return words;
  const { vi, en } = toProblemEntry(problem);
  return { vi: `${words.vi}: ${vi.title}`, en: `${words.en}: ${en.title}` };
}

async function readSteps(pool: Pool, deliveries: readonly DeliveryRow[]): Promise<readonly Step[]> {
  const receivers = new Map(deliveries.map(({ id, receiver }) => [id, receiver]));
  const { rows } = await pool.query<{ text: string }>(
    "SELECT text FROM entry WHERE exchange_id = ANY ($1::uuid[]) AND kind = 'step' ORDER BY id",
    [[...receivers.keys()]],
  );
  return rows.map(({ text }): Step => {
    const { exchange, at, step = '', attempt, problem, actingUnit } = parseLeafText(text);
    return {
      ...{ deliveryId: exchange, receiver: receivers.get(exchange) ?? '', at, what: step },
      ...(attempt !== undefined && { attempt }),
      ...(problem !== undefined && { problem }),
      ...(actingUnit !== null && { unit: actingUnit }),
      ...toWords(step, problem),
    };
  });
}

interface StatusRow {
  readonly message_id: string;
  readonly delivery_id: string;
  readonly code: string;
  readonly flags: string[];
  readonly from_code: string;
  readonly recorded_at: Date;
}

async function readStatuses(pool: Pool, deliveries: readonly DeliveryRow[]): Promise<readonly Step[]> {
  const receivers = new Map(deliveries.map(({ id, receiver }) => [id, receiver]));
  const { rows } = await pool.query<StatusRow>(
    `SELECT message_id, delivery_id, code, flags, from_code, recorded_at FROM document_status
     WHERE delivery_id = ANY ($1::uuid[]) ORDER BY no`,
    [[...receivers.keys()]],
  );
  return rows.map((row): Step => {
    const words = Object.hasOwn(statusCodes, row.code) ? statusCodes[row.code] : undefined;
    return {
      deliveryId: row.delivery_id,
      receiver: receivers.get(row.delivery_id) ?? '',
      at: row.recorded_at.toISOString(),
      what: 'status',
      statusCode: row.code,
      statusMessageId: row.message_id,
      flags: row.flags,
      unit: row.from_code,
      ...words,
    };
  });
}

const byTime = (one: Step, other: Step): number => Date.parse(one.at) - Date.parse(other.at);

/** @throws Problem message-not-found, for what there is not and for what the unit has no part in */
async function toTimeline(rooms: Rooms, messageId: string, unitId: string): Promise<Timeline> {
  const message = await readMessage(rooms.pool, rooms.keys.field, messageId);
  const deliveries = message ? await findDeliveries(rooms, message, unitId) : [];
  if (!message || (deliveries.length === 0 && message.senderUnit !== unitId))
    throw new Problem('message-not-found');
  const steps = await readSteps(rooms.pool, deliveries);
  const statuses = await readStatuses(rooms.pool, deliveries);
  return {
    messageId,
    documentId: message.documentId,
    hops: message.form.message.trace.map(({ organId = '', at }) => ({
      organId,
      ...(at !== undefined && { at }),
    })),
    steps: [...steps, ...statuses].sort(byTime),
  };
}

/** Handler of `getTimeline`. */
export const createTimeline = (rooms: Rooms): Pick<Handlers<operations>, 'getTimeline'> => ({
  getTimeline: {
    handle: async ({ params, caller }) => ({
      status: 200,
      body: await toTimeline(rooms, params.messageId, caller.actingUnit.id),
    }),
  },
});
