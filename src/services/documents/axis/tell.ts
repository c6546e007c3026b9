// Tells the axis what became of items, after it is written down here. What could not be told is told again.
import { SourceError } from '../../../../adapters/adapter.ts';
import type { AxisCall, DocumentAxis } from '../../../../adapters/document-axis/axis.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { type Ended, readUntold, setTold, toTold } from './items.ts';
import { workInOrder } from './ordered.ts';
import { recorded } from './recorded.ts';

/** What the axis is told with. */
export interface Telling {
  readonly rooms: Pick<DocumentRooms, 'pool' | 'log'>;
  readonly axis: DocumentAxis;
  readonly signal: AbortSignal;
  /** At once. */
  readonly most: number;
  readonly onFailure: (docId: string, error: unknown) => void;
}

/** The exchange that it is a part of. */
export type Asking = Pick<AxisCall, 'requestCode' | 'onTrace'>;

/** The axis has no such item, or has its end already: there is nothing to tell any more. */
const isBeyond = (error: unknown): boolean =>
  error instanceof SourceError && error.kind === 'refused' && ['10', '22'].includes(error.code ?? '');

/** Longest list that is told at once. */
const outboxItems = 500;

/**
 * Tells how items ended; those that have not are left out.
 * @param description of a failure, for the other side
 * @returns how many were told
 */
export async function tell(
  telling: Telling,
  asking: Asking,
  ended: readonly Ended[],
  description?: string,
): Promise<number> {
  const { axis, rooms, signal } = telling;
  const told: Record<'done' | 'fail', string[]> = { done: [], fail: [] };
  let isAway = false;
  await workInOrder(ended, {
    most: telling.most,
    fetch: async (item) => item,
    keyOf: ({ docId }) => docId,
    async take(item) {
      const { docId } = item;
      const end = toTold(item);
      if (end === undefined) return;
      await axis.mark(docId, end, { ...asking, signal }, description).catch((error: unknown) => {
        if (!isBeyond(error)) throw error;
      });
      told[end].push(docId);
    },
    onFailure({ docId }, error) {
      isAway = true;
      telling.onFailure(docId, error);
    },
    isOver: () => isAway || signal.aborted,
  });
  await setTold(rooms.pool, told.done, 'done');
  await setTold(rooms.pool, told.fail, 'fail');
  return told.done.length + told.fail.length;
}

/** Tells outside a turn of polling, as an exchange of its own. */
export async function tellRecorded(telling: Telling, ended: readonly Ended[]): Promise<void> {
  if (ended.length === 0) return;
  await recorded(telling.rooms, 'tellAxis', async (requestCode, onTrace) => {
    const count = await tell(telling, { requestCode, onTrace }, ended);
    return { value: count, result: `told ${count}` };
  });
}

/** Tells what was left untold. */
export async function tellRest(telling: Telling): Promise<void> {
  await tellRecorded(telling, await readUntold(telling.rooms.pool, outboxItems));
}
