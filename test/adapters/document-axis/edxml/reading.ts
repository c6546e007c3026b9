// Reads messages in pieces and writes them to the end, for the tests of edXML.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { EdxmlError } from '../../../../adapters/document-axis/edxml/faults.ts';
import { defaultLimits } from '../../../../adapters/document-axis/edxml/limits.ts';
import { createEdxmlReader } from '../../../../adapters/document-axis/edxml/reader.ts';
import type {
  AttachmentSource,
  DocumentToWrite,
  EdxmlDocument,
  EdxmlLimits,
  EdxmlStatus,
  ReadEdxml,
  WrittenEdxml,
} from '../../../../adapters/document-axis/edxml/types.ts';
import { writeDocument } from '../../../../adapters/document-axis/edxml/writer.ts';

/** Cuts bytes at the lengths given, again and again. */
export function* inPieces(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const length = Math.max(1, lengths[turn % lengths.length] ?? bytes.length);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

export async function read(
  message: string | Buffer,
  lengths: readonly number[] = [1_000_000],
  limits: Partial<EdxmlLimits> = {},
): Promise<ReadEdxml> {
  const reader = createEdxmlReader({ ...defaultLimits, ...limits });
  for (const piece of inPieces(Buffer.from(message), lengths)) await reader.push(piece);
  return reader.end();
}

export async function readDocument(message: string | Buffer): Promise<EdxmlDocument> {
  const result = await read(message);
  assert.ok(result.message.kind === 'document');
  return result.message;
}

export async function readStatus(message: string | Buffer): Promise<EdxmlStatus> {
  const result = await read(message);
  assert.ok(result.message.kind === 'status');
  return result.message;
}

/** The warnings' codes. */
export const warningsOf = async (message: string | Buffer): Promise<string[]> =>
  (await read(message)).warnings.map(({ code }) => code);

export async function assertRefused(
  message: string | Buffer,
  fault: string,
  limits: Partial<EdxmlLimits> = {},
): Promise<EdxmlError> {
  let refused: unknown;
  await read(message, [65_536], limits).catch((error: unknown) => {
    refused = error;
  });
  assert.ok(refused instanceof EdxmlError, `expected ${fault}, got ${String(refused)}`);
  assert.equal(refused.fault, fault, refused.message);
  assert.ok(refused.words.vi !== '' && refused.words.en !== '');
  return refused;
}

/** A source of one buffer, in pieces. */
export const toSource = (
  name: string,
  content: Buffer,
  contentType = 'application/pdf',
): AttachmentSource => ({
  name,
  contentType,
  open: () => Readable.from(inPieces(content, [7, 1, 50_000])),
});

export async function write(
  document: DocumentToWrite,
  sources: readonly AttachmentSource[],
): Promise<{ bytes: Buffer; written: WrittenEdxml }> {
  const writing = writeDocument(document, sources);
  const chunks: Buffer[] = [];
  for await (const chunk of writing.chunks) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), written: writing.written() };
}

export async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Opens slices of bytes in memory. */
export const toSlices =
  (bytes: Buffer) =>
  (offset: number, length: number): Readable =>
    Readable.from(inPieces(bytes.subarray(offset, offset + length), [5, 33_333]), { objectMode: false });
