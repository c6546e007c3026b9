// Takes a ready edXML file in: read and kept in one go. Nothing is written anywhere before its header is known to be fit.
import { EdxmlError } from '../../../../adapters/document-axis/edxml/faults.ts';
import { defaultLimits } from '../../../../adapters/document-axis/edxml/limits.ts';
import { createEdxmlReader } from '../../../../adapters/document-axis/edxml/reader.ts';
import type {
  EdxmlDocument,
  EdxmlMessage,
  ReadEdxml,
} from '../../../../adapters/document-axis/edxml/types.ts';
import type { BlobStore, BlobWriter } from '../../../blobs/types.ts';
import { Problem } from '../../../problem.ts';
import type { DocumentRules } from '../rules.ts';

/** A file that was read and lies in a blob, not yet durable. */
export interface TakenFile {
  readonly message: EdxmlDocument;
  readonly read: ReadEdxml;
  readonly blob: BlobWriter;
}

/** @throws Problem edxml-invalid naming the place; what is none of the format's faults is thrown as it is */
export function toFileProblem(error: unknown): unknown {
  if (!(error instanceof EdxmlError)) return error;
  const where = error.where === '' ? '/body' : `/body/${error.where}`;
  return new Problem('edxml-invalid', { errors: [{ where, ...error.words }], cause: error });
}

function toDocument(message: EdxmlMessage | undefined): EdxmlDocument {
  if (message?.kind === 'document') return message;
  const words = {
    vi: 'là thông điệp trạng thái; dùng sendStatuses',
    en: 'is a status message; use sendStatuses',
  };
  throw new Problem('edxml-invalid', { errors: [{ where: '/body', ...words }] });
}

/**
 * Reads the file; the caller commits the blob, or aborts it.
 * @param onHeader refuses by throwing, before anything is kept
 * @throws Problem edxml-invalid | body-too-large | body-unreadable | what `onHeader` throws; then nothing is left
 */
export async function takeFile(
  blobs: BlobStore,
  content: AsyncIterable<Buffer>,
  rules: DocumentRules,
  onHeader: (message: EdxmlDocument) => Promise<void>,
): Promise<TakenFile> {
  const limits = {
    ...defaultLimits,
    attachments: rules.attachments,
    attachmentBytes: rules.attachmentBytes,
    receivers: rules.receivers,
  };
  const reader = createEdxmlReader(limits, { onHeader: (message) => onHeader(toDocument(message)) });
  const waiting: Buffer[] = [];
  let blob: BlobWriter | undefined;
  try {
    for await (const chunk of content) {
      await reader.push(chunk);
      waiting.push(chunk);
      if (reader.message === undefined) continue;
      blob ??= await blobs.begin();
      for (const piece of waiting.splice(0)) await blob.write(piece);
    }
    const read = await reader.end();
    blob ??= await blobs.begin();
    for (const piece of waiting) await blob.write(piece);
    return { message: toDocument(read.message), read, blob };
  } catch (error) {
    await blob?.abort();
    throw toFileProblem(error);
  }
}
