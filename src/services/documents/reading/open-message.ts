// Finds a message for one who may read it.

import { Readable } from 'node:stream';
import { type ContentRange, openAttachment } from '../../../../adapters/document-axis/edxml/attachment.ts';
import type { AttachmentIndex } from '../../../../adapters/document-axis/edxml/types.ts';
import type { BlobRange, BlobStore } from '../../../blobs/types.ts';
import { Problem } from '../../../problem.ts';
import type { Caller } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { type KeptMessage, mayRead, readMessage, readSmall } from '../messages.ts';

/** @throws Problem message-not-found, for what there is not and for what the unit has no part in */
export async function openMessage(
  { pool, keys, directory, now }: Pick<DocumentRooms, 'pool' | 'keys' | 'directory' | 'now'>,
  messageId: string,
  { actingUnit }: Caller,
): Promise<KeptMessage> {
  const message = await readMessage(pool, keys.field, messageId);
  const isHeirOf = (endedId: string): boolean => directory.isOnlyHeir(endedId, actingUnit.id, now());
  if (message?.senderUnit !== undefined && isHeirOf(message.senderUnit)) return message;
  if (message && (await mayRead(pool, message, actingUnit.id, isHeirOf))) return message;
  throw new Problem('message-not-found');
}

/** The contents of a message's attachments, one after another. @throws Error when there is no such message */
export async function* openAttachments(
  { pool, keys, blobs }: Pick<DocumentRooms, 'pool' | 'keys' | 'blobs'>,
  messageId: string,
): AsyncGenerator<{ readonly no: number; readonly open: () => Readable }> {
  const message = await readMessage(pool, keys.field, messageId);
  if (!message) throw new Error(`there is no message ${messageId}`);
  for (const index of message.form.attachments)
    yield { no: index.no, open: () => openContent(blobs, message.sha256, index) };
}

/** An attachment as its receiver gets it. */
export const openContent = (
  blobs: BlobStore,
  sha256: string,
  index: AttachmentIndex,
  range?: ContentRange,
): Readable =>
  openAttachment(index, (offset, length) => openSlice(blobs, sha256, offset, offset + length), range);

/** The original bytes of a message, or a range of them. @throws Error when they are gone or were altered */
export async function openOriginal(
  { pool, keys, blobs }: Pick<DocumentRooms, 'pool' | 'keys' | 'blobs'>,
  { id, kind, sha256 }: Pick<KeptMessage, 'id' | 'kind' | 'sha256'>,
  { from, to }: BlobRange = {},
): Promise<Readable> {
  if (kind === 'document')
    return (
      await blobs.open(sha256, { ...(from !== undefined && { from }), ...(to !== undefined && { to }) })
    ).stream;
  const small = await readSmall(pool, keys.field, id);
  return Readable.from([small.subarray(from, to)], { objectMode: false });
}

/** Bytes of a blob as a stream at once: what fails at opening fails the stream. */
const openSlice = (blobs: BlobStore, sha256: string, from: number, to: number): Readable =>
  Readable.from(readSlice(blobs, sha256, from, to), { objectMode: false });

async function* readSlice(
  blobs: BlobStore,
  sha256: string,
  from: number,
  to: number,
): AsyncGenerator<Buffer> {
  const { stream } = await blobs.open(sha256, { from, to });
  yield* stream;
}
