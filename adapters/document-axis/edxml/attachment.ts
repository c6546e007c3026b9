// Cuts one attachment out of an original that is stored, decoding while it streams. What was checked when the message was
// read is not checked again. Source: document-axis.md §9.4, §9.5
import { Readable } from 'node:stream';
import { Base64Decoder, toPieces } from './base64.ts';
import type { AttachmentIndex } from './types.ts';
import { ZipWalk } from './zip-walk.ts';

/** Opens `length` bytes of the original from `offset` on. */
export type OpenSlice = (offset: number, length: number) => Readable;

/** Bytes `from` up to, not including, `to` of the content. */
export interface ContentRange {
  readonly from: number;
  readonly to: number;
}

/** Packed at most a thousand times smaller, so that a piece unpacks to a few megabytes. */
const zipPieceBytes = 4_096;
const unbounded = { zipRatio: Infinity, zipEntries: Infinity, zipBytes: Infinity };

async function* decode(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const decoder = new Base64Decoder('AttachmentEncoded/Attachment/ContentTransferEncoded');
  for await (const chunk of text) for (const piece of toPieces(chunk)) yield decoder.write(piece);
  yield decoder.end();
}

async function* unzip(zip: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let content: Buffer[] = [];
  const walk = new ZipWalk(unbounded, (piece) => content.push(piece));
  try {
    for await (const chunk of zip)
      for (let at = 0; at < chunk.length; at += zipPieceBytes) {
        await walk.write(chunk.subarray(at, at + zipPieceBytes));
        yield* content;
        content = [];
      }
  } finally {
    walk.destroy();
  }
}

/** Leaves out the first `skip` bytes and ends after `take` more. */
async function* cut(
  content: AsyncIterable<Buffer>,
  skip: number,
  take: number,
): AsyncGenerator<Buffer, void, undefined> {
  let at = -skip;
  if (take > 0)
    for await (const chunk of content) {
      const part = chunk.subarray(Math.max(0, -at), Math.max(0, take - at));
      at += chunk.length;
      if (part.length > 0) yield part;
      if (at >= take) return;
    }
}

/** The text that holds the range, and where in it the range begins: four letters are three bytes. */
function toSlice(
  index: AttachmentIndex,
  { from, to }: ContentRange,
): { offset: number; length: number; skip: number } {
  const first = Math.floor(from / 3);
  const end = Math.min(Math.ceil(to / 3) * 4, index.encodedBytes);
  return { offset: index.offset + first * 4, length: Math.max(0, end - first * 4), skip: from - first * 3 };
}

/**
 * The content that a receiver gets, or a part of it. Only the text needed is read where it is raw and without white space;
 * otherwise it is decoded from its start.
 * @param range within the content; whole where left out
 */
export function openAttachment(index: AttachmentIndex, openSlice: OpenSlice, range?: ContentRange): Readable {
  const { from, to } = range ?? { from: 0, to: index.bytes };
  const isDirect = index.encoding === 'raw' && !index.hasWhiteSpace;
  const { offset, length, skip } = isDirect
    ? toSlice(index, { from, to })
    : { offset: index.offset, length: index.encodedBytes, skip: from };
  async function* content(): AsyncGenerator<Buffer, void, undefined> {
    if (to <= from) return;
    const decoded = decode(openSlice(offset, length));
    yield* cut(index.encoding === 'zip' ? unzip(decoded) : decoded, skip, to - from);
  }
  return Readable.from(content(), { objectMode: false });
}
