// The bytes that leave over the axis: the original, with the hub's hop spliced in where the hub is one. The time of the hop
// is that of acceptance, so every attempt sends the same bytes. Source: document-axis.md §1.4, §9.4
import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { AxisMessage } from '../../../../adapters/document-axis/axis.ts';
import { spliceTraceHeader } from '../../../../adapters/document-axis/edxml/trace.ts';
import type { DocumentRooms } from '../dependencies.ts';
import type { KeptMessage } from '../messages.ts';
import { openOriginal } from '../reading/open-message.ts';

type Rooms = Pick<DocumentRooms, 'pool' | 'keys' | 'blobs'>;

/** A message as it leaves. */
export type Outgoing = Pick<AxisMessage, 'bytes' | 'sha256' | 'open'>;

/** Up to so many bytes are read once and kept for the attempt. */
const wholeBytes = 262_144;

async function* read(rooms: Rooms, message: KeptMessage): AsyncGenerator<Buffer> {
  yield* await openOriginal(rooms, message);
}

const openStream = (rooms: Rooms, message: KeptMessage): Readable =>
  Readable.from(read(rooms, message), { objectMode: false });

async function readWhole(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function measure(stream: AsyncIterable<Buffer>): Promise<{ sha256: string; bytes: number }> {
  const whole = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    whole.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: whole.digest('hex'), bytes };
}

/**
 * Opens a message for one attempt. What is small is read once; what is large is read once more beforehand where a hop
 * changes its digest.
 * @param hopCode undefined: the original as it is
 * @throws Error when the bytes are gone or were altered
 */
export async function toOutgoing(
  rooms: Rooms,
  message: KeptMessage,
  hopCode: string | undefined,
): Promise<Outgoing> {
  const { trace, acceptedAt, sha256, bytes } = message;
  const isHop = hopCode !== undefined && trace !== null;
  const open = (): Readable => {
    const original = openStream(rooms, message);
    return isHop ? spliceTraceHeader(original, trace, { organId: hopCode, at: acceptedAt }).stream : original;
  };
  if (bytes <= wholeBytes) {
    const whole = await readWhole(open());
    const digest = { sha256: hash('sha256', whole, 'hex'), bytes: whole.length };
    return { ...digest, open: () => Readable.from([whole], { objectMode: false }) };
  }
  return { ...(isHop ? await measure(open()) : { sha256, bytes }), open };
}
