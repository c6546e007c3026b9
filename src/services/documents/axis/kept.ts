// What people do with messages of the axis that could not be delivered: see them, read their bytes, try again, or tell the
// axis that they failed. For the whole province only.
import type { SourceTrace } from '../../../../adapters/adapter.ts';
import type { AxisItem, AxisKind, DocumentAxis } from '../../../../adapters/document-axis/axis.ts';
import type { components, operations } from '../../../../openapi/types/documents.v1.ts';
import { Problem } from '../../../problem.ts';
import { checkReach } from '../../admin/change.ts';
import { readPage } from '../../admin/page.ts';
import type { AnyRequest, Handlers, ServiceAnswer } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { openOriginal } from '../reading/open-message.ts';
import { toContentAnswer } from '../reading/ranges.ts';
import { fetchItem, takeItem } from './intake.ts';
import { type ItemState, readAttempts } from './items.ts';
import { toKeptWords } from './kept-words.ts';
import { retryOrphan } from './orphans.ts';
import { receive } from './receive.ts';
import { type Asking, tell } from './tell.ts';

type Kept = components['schemas']['Kept'];
type KeptHandlers = Pick<Handlers<operations>, 'listKept' | 'getKeptOriginal' | 'retryKept' | 'failKept'>;

interface KeptRow {
  readonly id: string;
  readonly kind: AxisKind;
  readonly state: ItemState;
  readonly message_id: string | null;
  readonly sha256: string | null;
  readonly bytes: bigint | null;
  readonly to_code: string | null;
  readonly from_code: string | null;
  readonly fault: string | null;
  readonly place: string | null;
  readonly seen_at: Date;
  readonly tried_at: Date;
  readonly attempts: number;
}

const select = `SELECT doc_id AS id, kind, state, message_id, sha256, bytes, to_code, from_code, fault, place, seen_at, tried_at,
  attempts, to_char(seen_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') AS seen FROM axis_item`;

function toKept(row: KeptRow): Kept {
  const { fault, place } = row;
  return {
    docId: row.id,
    kind: row.kind,
    state: row.state,
    ...(row.from_code !== null && { from: row.from_code }),
    ...(row.to_code !== null && { to: row.to_code }),
    ...(fault !== null && { fault }),
    ...(place !== null && place !== '' && { place }),
    ...toKeptWords(fault),
    ...(row.bytes !== null && { bytes: Number(row.bytes) }),
    ...(row.sha256 !== null && { sha256: row.sha256 }),
    seenAt: row.seen_at.toISOString(),
    triedAt: row.tried_at.toISOString(),
    attempts: row.attempts,
    ...(row.message_id !== null && { messageId: row.message_id }),
  };
}

/** @throws Problem message-not-found */
async function readItem({ pool }: DocumentRooms, docId: string): Promise<KeptRow> {
  const { rows } = await pool.query<KeptRow>(`${select} WHERE doc_id = $1`, [docId]);
  if (!rows[0]) throw new Problem('message-not-found');
  return rows[0];
}

const toItem = ({ id, kind, to_code: to, from_code: from }: KeptRow): AxisItem => ({
  ...{ docId: id, kind, from: from ?? undefined, to: to?.split(', ') ?? [] },
  ...{ state: undefined, createdAt: undefined, updatedAt: undefined },
});

/** What may have been cut on the way is fetched anew; else, or when the axis was told of its end, the bytes that are here serve. */
async function takeAgain(
  rooms: DocumentRooms,
  axis: DocumentAxis | undefined,
  row: KeptRow,
  { signal, asking }: Act,
): Promise<void> {
  const { sha256, fault, state, attempts } = row;
  const item = toItem(row);
  if (sha256 !== null && (state === 'failed' || attempts >= readAttempts || fault?.startsWith('receiver-'))) {
    const { stream } = await rooms.blobs.open(sha256);
    const received = await receive(rooms.blobs, rooms.rules, stream);
    await takeItem(rooms, { item, received, trace: undefined });
    return;
  }
  if (!axis) throw new Problem('source-not-found');
  await takeItem(rooms, await fetchItem(rooms, axis, item, { ...asking, signal }));
}

/** A request of a person, and what it asked the axis. */
interface Act {
  readonly signal: AbortSignal;
  readonly asking: Asking;
  readonly traces: readonly SourceTrace[];
}

function toAct({ exchangeId, signal }: Pick<AnyRequest, 'exchangeId' | 'signal'>): Act {
  const traces: SourceTrace[] = [];
  return { signal, traces, asking: { requestCode: exchangeId, onTrace: (trace) => traces.push(trace) } };
}

/** What cannot be told now is told by the next turn of the poller. */
async function tellEnd(
  rooms: DocumentRooms,
  axis: DocumentAxis | undefined,
  row: KeptRow,
  { signal, asking }: Act,
  reason?: string,
): Promise<void> {
  if (!axis) return;
  const telling = { rooms, axis, signal, most: 1, onFailure: () => undefined };
  await tell(telling, asking, [{ docId: row.id, state: row.state, attempts: row.attempts }], reason);
}

async function retry(
  rooms: DocumentRooms,
  axis: DocumentAxis | undefined,
  docId: string,
  act: Act,
): Promise<ServiceAnswer<Kept>> {
  const row = await readItem(rooms, docId);
  const isOver = row.state === 'accepted' || row.state === 'repeated';
  if (!isOver && !(row.message_id !== null && (await retryOrphan(rooms, docId))))
    await takeAgain(rooms, axis, row, act);
  const after = await readItem(rooms, docId);
  await tellEnd(rooms, axis, after, act);
  return { status: 200, body: toKept(after), sources: act.traces };
}

async function fail(
  rooms: DocumentRooms,
  axis: DocumentAxis | undefined,
  docId: string,
  reason: string,
  act: Act,
): Promise<ServiceAnswer<Kept>> {
  await rooms.pool.query(
    "UPDATE axis_item SET state = 'failed' WHERE doc_id = $1 AND state IN ('kept', 'orphan')",
    [docId],
  );
  const after = await readItem(rooms, docId);
  if (after.state === 'failed') await tellEnd(rooms, axis, after, act, reason);
  return { status: 200, body: toKept(after), sources: act.traces };
}

/**
 * Handlers of `listKept`, `getKeptOriginal`, `retryKept` and `failKept`.
 * @param axis undefined: this hub is not connected to it
 */
export function createKept(rooms: DocumentRooms, axis: DocumentAxis | undefined): KeptHandlers {
  const reached = async ({ caller }: { readonly caller: Parameters<typeof checkReach>[0] }): Promise<void> =>
    checkReach(caller);
  return {
    listKept: {
      check: reached,
      async handle({ query }) {
        const listing = {
          select: `${select} WHERE state IN ('kept', 'orphan', 'failed')`,
          values: [],
          id: 'id',
          sorts: { newest: 'seen' },
        };
        const page = { cursor: query.cursor, limit: query.limit, sort: '-newest' };
        return { status: 200, body: await readPage(rooms.pool, listing, page, toKept) };
      },
    },
    getKeptOriginal: {
      check: reached,
      async handle({ params, headers }) {
        const { kind, message_id: id, sha256, bytes } = await readItem(rooms, params.docId);
        if (sha256 === null || bytes === null) throw new Problem('message-not-found');
        // Bytes of a status that could not be read are a blob too.
        const message = { id: id ?? '', kind: id === null ? 'document' : kind, sha256 } as const;
        const content = {
          ...{ bytes: Number(bytes), sha256, type: 'application/octet-stream' },
          open: (from: number, to: number) => () => openOriginal(rooms, message, { from, to }),
        };
        return toContentAnswer(content, headers);
      },
    },
    retryKept: {
      check: reached,
      handle: (request) => retry(rooms, axis, request.params.docId, toAct(request)),
      repeat: (request) => retry(rooms, axis, request.params.docId, toAct(request)),
    },
    failKept: {
      check: reached,
      handle: (request) => fail(rooms, axis, request.params.docId, request.body.reason, toAct(request)),
      repeat: (request) => fail(rooms, axis, request.params.docId, request.body.reason, toAct(request)),
    },
  };
}
