// A fetched message on its way: raw, or as base64 inside JSON. Which of the two is seen by its first byte, as a failure
// comes as JSON where a file was asked for. Nothing of it is held. Source: document-axis.md §3.2
import { Readable } from 'node:stream';
import { readRefusal, toFailure } from './answer.ts';
import type { AxisContent } from './axis.ts';
import { ContentCutter, ContentError } from './base64.ts';
import { toUnreadable } from './refusals.ts';
import type { WireReply } from './wire.ts';

const envelopeBytes = 65_536;

/** The pieces of the body. */
type Pieces = AsyncIterator<Buffer>;

function parseEnvelope(cutter: ContentCutter): unknown {
  try {
    return JSON.parse(cutter.envelope);
  } catch {
    return undefined;
  }
}

/** A cut or lying answer, in the words of the port. */
function cut<T>(reply: WireReply, take: () => T): T {
  try {
    return take();
  } catch (error) {
    if (error instanceof ContentError) throw toUnreadable(error.code, reply.trace());
    throw error;
  }
}

/** What a finished envelope means. @throws SourceError unless it says "done" and held a message */
function checkEnvelope(reply: WireReply, cutter: ContentCutter): void {
  const trace = reply.trace();
  const failure = toFailure(reply.status, parseEnvelope(cutter), trace);
  if (failure) throw failure;
  if (!cutter.hasContent) throw toUnreadable('no-content', trace);
}

async function* decodeRest(
  reply: WireReply,
  cutter: ContentCutter,
  first: Buffer,
  pieces: Pieces,
): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    const chunk = next.value;
    yield cut(reply, () => cutter.write(chunk));
  }
  checkEnvelope(reply, cutter);
  yield cut(reply, () => cutter.end());
}

/** Reads on until the message begins; without one it is a failure. */
async function openJson(reply: WireReply, start: Buffer, pieces: Pieces): Promise<AsyncGenerator<Buffer>> {
  const cutter = new ContentCutter(envelopeBytes);
  let decoded = cut(reply, () => cutter.write(start));
  while (!cutter.hasContent) {
    const next = await pieces.next();
    if (next.done) break;
    decoded = cut(reply, () => cutter.write(next.value));
  }
  if (!cutter.hasContent) checkEnvelope(reply, cutter);
  return decodeRest(reply, cutter, decoded, pieces);
}

async function* passOn(first: Buffer, pieces: Pieces): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
}

/** The first byte that is no white space. */
const firstByte = (chunk: Buffer): number | undefined => chunk.find((byte) => byte > 0x20);

/**
 * Opens the message in an answer. It resolves once the first bytes are there, so that a failure is thrown here.
 * @throws SourceError
 */
export async function openContent(reply: WireReply): Promise<AxisContent> {
  if (reply.status < 200 || reply.status > 299) throw await readRefusal(reply);
  const pieces: Pieces = reply.body[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done) throw toUnreadable('empty', reply.trace());
  const isJson = firstByte(first.value) === 0x7b;
  const source = isJson ? await openJson(reply, first.value, pieces) : passOn(first.value, pieces);
  const content = Readable.from(source, { objectMode: false });
  // Also where nobody began to read it.
  content.once('close', () => reply.body.destroy());
  return { content, trace: reply.trace };
}
