// The body of a send: a message as a stream between a head and a tail, opened anew for each attempt. What does not have
// the stated size and hash is never sent to its end, so the axis cannot take it.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { AxisMessage } from './axis.ts';
import type { OutgoingBody } from './wire.ts';

/** The message's bytes are not those that were promised; nothing that the axis could have taken was sent. */
export class MessageChangedError extends Error {
  constructor() {
    super('the bytes of the message are not those of its stated size and hash');
    this.name = 'MessageChangedError';
  }
}

async function* read(message: AxisMessage, head: Buffer, tail: Buffer): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  yield head;
  for await (const chunk of message.open()) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('a message is read as bytes');
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes > message.bytes) throw new MessageChangedError();
    yield chunk;
  }
  if (bytes !== message.bytes || hash.digest('hex') !== message.sha256) throw new MessageChangedError();
  yield tail;
}

/** `tail` must not be empty: it is what is withheld from a message that has changed. */
export function toMessageBody(message: AxisMessage, head: Buffer, tail: Buffer): OutgoingBody {
  return {
    bytes: head.length + message.bytes + tail.length,
    open: () => Readable.from(read(message, head, tail), { objectMode: false }),
  };
}
