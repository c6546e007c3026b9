// Statuses whose document is not here: looked at again for as long as the rules say, then failed and left to be seen.
// Source: document-axis.md §5.4, §9.11
import type { Pool } from 'pg';
import type { AxisItem } from '../../../../adapters/document-axis/axis.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { type KeptMessage, type MessageRow, messageColumns, readSmall, toMessage } from '../messages.ts';
import { takeStatusPage } from './intake.ts';
import type { ItemDraft } from './items.ts';
import { type StatusArrival, takeStatuses } from './take-statuses.ts';

/** Of one look. */
const atOnce = 100;

type OrphanRow = MessageRow & { readonly doc_id: string; readonly to_code: string | null };

const toItem = ({ doc_id: docId, to_code: to }: OrphanRow): AxisItem => ({
  ...{ docId, kind: 'status', from: undefined, state: undefined, createdAt: undefined, updatedAt: undefined },
  to: to?.split(', ') ?? [],
});

async function toArrival(rooms: DocumentRooms, row: OrphanRow): Promise<StatusArrival | undefined> {
  const { form, id }: KeptMessage = toMessage(row, rooms.keys.field);
  if (form.message.kind !== 'status') return undefined;
  const bytes = await readSmall(rooms.pool, rooms.keys.field, id);
  return {
    item: toItem(row),
    status: { message: form.message, bytes, warnings: form.warnings },
    trace: undefined,
    messageId: id,
  };
}

const select = `SELECT ${messageColumns}, i.doc_id, i.to_code FROM axis_item i JOIN document_message m ON m.id = i.message_id
  WHERE i.kind = 'status'`;

type OnFailure = Parameters<typeof takeStatusPage>[2];

/** One that cannot be opened, or taken, keeps none of the others from it, and is looked at after them. */
async function take(
  rooms: DocumentRooms,
  rows: readonly OrphanRow[],
  onFailure: OnFailure,
): Promise<readonly ItemDraft[]> {
  const arrivals: StatusArrival[] = [];
  const failed: string[] = [];
  const pass: OnFailure = (item, error) => {
    failed.push(item.docId);
    onFailure(item, error);
  };
  for (const row of rows)
    try {
      const arrival = await toArrival(rooms, row);
      if (arrival) arrivals.push(arrival);
    } catch (error) {
      pass(toItem(row), error);
    }
  const taken = await takeStatusPage(rooms, arrivals, pass);
  await rooms.pool.query('UPDATE axis_item SET tried_at = clock_timestamp() WHERE doc_id = ANY ($1)', [
    failed,
  ]);
  return taken;
}

/** Looks again at those whose pause is over: at once, then after a second, two, … a minute. @returns the items as they were written */
export async function retryOrphans(
  rooms: DocumentRooms,
  onFailure: OnFailure,
): Promise<readonly ItemDraft[]> {
  const { rows } = await rooms.pool.query<OrphanRow>(
    `${select} AND i.state = 'orphan'
       AND i.tried_at <= clock_timestamp() - least(i.attempts - 1, 60) * interval '1 second'
     ORDER BY i.tried_at LIMIT ${atOnce}`,
  );
  return take(rooms, rows, onFailure);
}

/** Looks again at one of them, also where it was given up. @returns undefined when it is none */
export async function retryOrphan(rooms: DocumentRooms, docId: string): Promise<ItemDraft | undefined> {
  const { rows } = await rooms.pool.query<OrphanRow>(
    `${select} AND i.state IN ('orphan', 'failed') AND i.doc_id = $1`,
    [docId],
  );
  const [row] = rows;
  const arrival = row && (await toArrival(rooms, row));
  return arrival && (await takeStatuses(rooms, [arrival]))[0];
}

/** Gives up those whose time is over. @returns how many */
export async function failOldOrphans(pool: Pool, hours: number): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE axis_item SET state = 'failed'
     WHERE state = 'orphan' AND seen_at < clock_timestamp() - $1 * interval '1 hour'`,
    [hours],
  );
  return rowCount ?? 0;
}
