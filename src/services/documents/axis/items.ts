// Items of the axis' queues as this hub has them: what became of each, and whether the axis was told. Telling is an outbox:
// what is not told yet is told again until it is. Source: document-axis.md §9.12
import pg, { type ClientBase, type Pool } from 'pg';
import type { AxisItem, AxisKind } from '../../../../adapters/document-axis/axis.ts';

/** What became of an item. */
export type ItemState = 'accepted' | 'repeated' | 'kept' | 'orphan' | 'failed';

/** An item as it is to be written. */
export interface ItemDraft {
  readonly docId: string;
  readonly kind: AxisKind;
  readonly state: ItemState;
  readonly messageId?: string | undefined;
  /** Of the bytes, where they are kept. */
  readonly sha256?: string | undefined;
  readonly bytes?: number | undefined;
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly fault?: string | undefined;
  readonly place?: string | undefined;
}

/** An item as it was written. */
export interface KnownItem {
  readonly docId: string;
  readonly state: ItemState;
  readonly fault: string | undefined;
  readonly attempts: number;
}

/** So often a message that cannot be taken is fetched: it may have been cut on the way. */
export const readAttempts = 3;

/** An item and how it ended, or stands. */
export interface Ended {
  readonly docId: string;
  readonly state: ItemState;
  /** To take it so far; as good as one where not given. */
  readonly attempts?: number;
}

/**
 * What the axis is to be told of an item; undefined: nothing yet. What is kept for good is told as failed: it waits here for
 * a person, not at the head of the axis' list, where enough of them hide all that is behind.
 */
export function toTold({ state, attempts = 1 }: Ended): 'done' | 'fail' | undefined {
  if (state === 'accepted' || state === 'repeated') return 'done';
  const isKeptForGood = state === 'kept' && attempts >= readAttempts;
  return state === 'failed' || isKeptForGood ? 'fail' : undefined;
}

/** Without what the database takes in no text. */
const short = (text: string | undefined): string | undefined =>
  text
    ?.slice(0, 200)
    .replaceAll('\0', '')
    .replace(/\p{Surrogate}/gu, '');

const mostIdLength = 100;

/** Whether the id of an item can be written down. */
export const isStorableId = ({ docId }: AxisItem): boolean =>
  docId.length > 0 && docId.length <= mostIdLength && !docId.includes('\0');

/** Whether the database refuses the values themselves (SQLSTATE classes 22 and 23), whenever it is asked. */
export const isNeverStored = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? '');

/** The parties of an item as the axis lists it. */
export const toParties = ({ from, to }: AxisItem): Pick<ItemDraft, 'from' | 'to'> => ({
  from: short(from),
  to: short(to.join(', ') || undefined),
});

/**
 * Writes what became of items; each attempt counts, and the same bytes again end them. What was told as failed and is
 * accepted after all is to be told anew.
 */
export async function saveItems(client: ClientBase | Pool, items: readonly ItemDraft[]): Promise<void> {
  if (items.length === 0) return;
  await client.query({
    name: 'axis-item-save',
    text: `INSERT INTO axis_item AS i
        (doc_id, kind, state, message_id, sha256, bytes, to_code, from_code, fault, place)
      SELECT "docId", kind, state, "messageId", sha256, bytes, "to", "from", fault, place
        FROM jsonb_to_recordset($1::jsonb) AS r ("docId" text, kind text, state text, "messageId" uuid, sha256 text,
          bytes bigint, "to" text, "from" text, fault text, place text)
      ON CONFLICT (doc_id) DO UPDATE SET state = excluded.state,
        message_id = COALESCE(excluded.message_id, i.message_id),
        sha256 = COALESCE(excluded.sha256, i.sha256), bytes = COALESCE(excluded.bytes, i.bytes),
        fault = excluded.fault, place = excluded.place, tried_at = clock_timestamp(),
        told = CASE WHEN excluded.state IN ('accepted', 'repeated') AND i.told = 'fail' THEN NULL ELSE i.told END,
        attempts = i.attempts + CASE WHEN excluded.sha256 = i.sha256 THEN ${readAttempts} ELSE 1 END`,
    values: [JSON.stringify(items)],
  });
}

/** Those of the listed items that are here already. */
export async function readKnown(
  pool: Pool,
  docIds: readonly string[],
): Promise<ReadonlyMap<string, KnownItem>> {
  const { rows } = await pool.query<KnownItem & { readonly fault: string | null }>(
    'SELECT doc_id AS "docId", state, fault, attempts FROM axis_item WHERE doc_id = ANY ($1)',
    [docIds],
  );
  return new Map(rows.map((row) => [row.docId, { ...row, fault: row.fault ?? undefined }]));
}

/** Items whose end the axis was not told of, the oldest first. */
export async function readUntold(pool: Pool, limit: number): Promise<readonly Ended[]> {
  const { rows } = await pool.query<Ended>(
    `SELECT doc_id AS "docId", state, attempts FROM axis_item
     WHERE told IS NULL AND (state IN ('accepted', 'repeated', 'failed') OR state = 'kept' AND attempts >= $2)
     ORDER BY seen_at LIMIT $1`,
    [limit, readAttempts],
  );
  return rows;
}

/** Writes down what the axis was told. */
export async function setTold(pool: Pool, docIds: readonly string[], told: 'done' | 'fail'): Promise<void> {
  if (docIds.length === 0) return;
  await pool.query('UPDATE axis_item SET told = $2, told_at = clock_timestamp() WHERE doc_id = ANY ($1)', [
    docIds,
    told,
  ]);
}
