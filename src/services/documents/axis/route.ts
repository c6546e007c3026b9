// The way over the national axis: one call for all receivers of a dispatch. What comes of it is told as an outcome; the
// engine repeats. Source: document-axis.md §3.2, §9.14, §9.16
import type { DocumentAxis } from '../../../../adapters/document-axis/axis.ts';
import type { ClaimedDispatch, DispatchOutcome, Route } from '../../../delivery/types.ts';
import { axisRoute } from '../axis-route.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { readMessage } from '../messages.ts';
import { toFailedOutcome } from './outcome.ts';
import { toOutgoing } from './outgoing.ts';

type Rooms = Pick<DocumentRooms, 'pool' | 'keys' | 'blobs'>;

/** As the adapter has connections at most by default; those who fetch use them too. */
const concurrency = 4;
/** Above the adapter's own bounds for a call that carries a message. */
const attemptMs = 900_000;

interface AxisContent {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
}

const isCodes = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((code) => typeof code === 'string');

/** @throws Error for what no service of ours wrote */
function parseContent({ messageId, from, to }: ClaimedDispatch['content']): AxisContent {
  if (typeof messageId !== 'string' || typeof from !== 'string' || !isCodes(to))
    throw new Error('a dispatch over the axis names no message, sender and receivers');
  return { messageId, from, to };
}

async function send(
  rooms: Rooms,
  axis: DocumentAxis,
  dispatch: ClaimedDispatch,
  signal: AbortSignal,
): Promise<DispatchOutcome> {
  const { messageId, from, to } = parseContent(dispatch.content);
  const { deliveries } = dispatch;
  if (deliveries.length > axis.mostAddressees) return { kind: 'split' };
  const message = await readMessage(rooms.pool, rooms.keys.field, messageId);
  if (!message) throw new Error(`message ${messageId} is not there`);
  // After a split a dispatch has fewer receivers than its content names; a status has one, at the address it names.
  const receivers = message.kind === 'status' ? to : deliveries.map(({ receiver }) => receiver);
  const outgoing = await toOutgoing(rooms, message, axis.hopCode);
  try {
    const receipt = await axis.send(
      { kind: message.kind, from, to: receivers, ...outgoing },
      { requestCode: deliveries[0]?.id ?? messageId, signal },
    );
    return { kind: 'sent', answer: { docId: receipt.docId }, source: receipt.trace };
  } catch (error) {
    return toFailedOutcome(error, receivers.length);
  }
}

/** The route `document-axis`. */
export const createAxisRoute = (rooms: Rooms, axis: DocumentAxis): Route => ({
  name: axisRoute,
  source: axisRoute,
  concurrency,
  attemptMs,
  send: (dispatch, signal) => send(rooms, axis, dispatch, signal),
});
