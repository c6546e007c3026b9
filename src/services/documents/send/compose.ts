// Writes a structured document as edXML straight into a blob, attachment by attachment as they stream in. What does not
// fit is refused, and then nothing of it is kept.
import { EdxmlError } from '../../../../adapters/document-axis/edxml/faults.ts';
import { defaultLimits } from '../../../../adapters/document-axis/edxml/limits.ts';
import type {
  AttachmentSource,
  DocumentToWrite,
  WrittenEdxml,
} from '../../../../adapters/document-axis/edxml/types.ts';
import { writeDocument } from '../../../../adapters/document-axis/edxml/writer.ts';
import { ZipWalk } from '../../../../adapters/document-axis/edxml/zip-walk.ts';
import type { BlobWriter } from '../../../blobs/types.ts';
import { Problem, type Words } from '../../../problem.ts';
import type { DocumentRooms } from '../dependencies.ts';
import type { ScanAlong } from '../scan/along.ts';

/** An attachment to be written, and how large it may be. */
export interface BoundedSource extends AttachmentSource {
  readonly limitBytes: number;
}

const faults = {
  tooLarge: { vi: 'quá lớn', en: 'is too large' },
  notDeclared: { vi: 'nội dung không đúng loại đã khai', en: 'its content is not of the declared type' },
  executable: { vi: 'là chương trình chạy được', en: 'is a program' },
  empty: { vi: 'rỗng', en: 'is empty' },
} as const satisfies Record<string, Words>;

/** @throws Problem attachment-refused naming the attachment by its place */
export const refuseAttachment = (n: number, words: Words): Problem =>
  new Problem('attachment-refused', { errors: [{ where: `/body/attachments/${n}`, ...words }] });

/** The same bytes, the first four of them in one piece: they tell what content is, however a sender cuts it. */
async function* withWholeStart(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of content) {
    if (!start) {
      yield chunk;
      continue;
    }
    start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
    if (start.length < 4) continue;
    yield start;
    start = undefined;
  }
  if (start && start.length > 0) yield start;
}

const isZip = (start: Buffer): boolean => start.length > 3 && start.readUInt32LE(0) === 0x04034b50;

/** The content as it passes: counted, and walked through where it is a ZIP of some kind. */
async function* watch(source: BoundedSource, n: number): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  let walk: ZipWalk | undefined;
  try {
    for await (const chunk of withWholeStart(source.open())) {
      if (bytes === 0 && isZip(chunk)) walk = new ZipWalk(defaultLimits);
      bytes += chunk.length;
      if (bytes > source.limitBytes) throw refuseAttachment(n, faults.tooLarge);
      await walk?.write(chunk);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof EdxmlError ? refuseAttachment(n, error.words) : error;
  } finally {
    walk?.end();
  }
  if (bytes === 0) throw refuseAttachment(n, faults.empty);
}

function checkWritten({ attachments }: WrittenEdxml): void {
  attachments.forEach(({ isDeclaredTypeRight, detectedType }, n) => {
    if (detectedType === 'executable') throw refuseAttachment(n, faults.executable);
    if (!isDeclaredTypeRight) throw refuseAttachment(n, faults.notDeclared);
  });
}

/** @throws Problem attachment-refused | document-invalid for what the format refuses */
export function toDocumentProblem(error: unknown): unknown {
  if (!(error instanceof EdxmlError)) return error;
  const isOfZip = error.fault.startsWith('zip') || error.fault.startsWith('attachment');
  return new Problem(isOfZip ? 'attachment-refused' : 'document-invalid', {
    errors: [{ where: '/body', ...error.words }],
    cause: error,
  });
}

/** What was written, in a blob that is not yet durable. */
export interface Composed {
  readonly written: WrittenEdxml;
  readonly blob: BlobWriter;
}

/**
 * Writes the document; the caller commits the blob, or aborts it.
 * @param along scans the contents as they pass
 * @throws Problem attachment-refused | document-invalid | what a source throws; then nothing is left
 */
export async function compose(
  { blobs, rules }: Pick<DocumentRooms, 'blobs' | 'rules'>,
  document: DocumentToWrite,
  sources: readonly BoundedSource[],
  along: ScanAlong | undefined,
): Promise<Composed> {
  const blob = await blobs.begin();
  try {
    const watched = sources.map((source, n) => ({
      ...source,
      open: () => along?.watch(watch(source, n)) ?? watch(source, n),
    }));
    const writing = writeDocument(document, watched);
    let bytes = 0;
    for await (const chunk of writing.chunks) {
      bytes += chunk.length;
      if (bytes > rules.messageBytes) throw new Problem('body-too-large');
      await blob.write(chunk);
    }
    const written = writing.written();
    checkWritten(written);
    return { written, blob };
  } catch (error) {
    await blob.abort();
    throw toDocumentProblem(error);
  }
}
