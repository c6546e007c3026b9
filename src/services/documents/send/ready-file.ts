// Sends a ready edXML file: its receivers are its To elements, its bytes are kept as they came.
import type { EdxmlDocument } from '../../../../adapters/document-axis/edxml/types.ts';
import type { operations } from '../../../../openapi/types/documents.v1.ts';
import { toLocalDay } from '../../../local-day.ts';
import { Problem } from '../../../problem.ts';
import type { RequestOf } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { acceptDocument } from './accept.ts';
import type { Accepted } from './accepted.ts';
import { refuseAttachment } from './compose.ts';
import { takeFile } from './file.ts';
import { toSignsOfAttachments, toSignsOfFile } from './file-signs.ts';
import { type Receiver, resolveReceivers } from './receivers.ts';
import { checkSecrecy } from './secrecy.ts';
import { checkDocumentId, checkQueue, toSenderCode } from './structured.ts';

/** The request of the contract. */
export type SendFileRequest = RequestOf<operations['sendDocumentFile']>;

/** What the registers of the hub and of others hold. */
const longest = { documentId: 250, number: 40, notation: 59 } as const;

/** @throws Problem edxml-invalid */
function checkLengths({ documentId, code }: EdxmlDocument): void {
  const texts = { documentId, ...code };
  const errors = (['documentId', 'number', 'notation'] as const)
    .filter((name) => texts[name].length > longest[name])
    .map((name) => ({ where: `/body/${elements[name]}`, vi: 'quá dài', en: 'is too long' }));
  if (errors.length > 0) throw new Problem('edxml-invalid', { errors });
}

const elements = { documentId: 'DocumentId', number: 'CodeNumber', notation: 'CodeNotation' } as const;

async function checkHeader(rooms: DocumentRooms, message: EdxmlDocument, unitId: string): Promise<void> {
  checkSecrecy(toSignsOfFile(message), rooms.rules);
  checkLengths(message);
  toSenderCode(rooms, unitId, message.from.organId);
  await checkDocumentId(rooms, unitId, message.documentId, '/body/DocumentId');
  if (message.promulgation.date > toLocalDay(rooms.now().getTime()))
    throw new Problem('document-invalid', {
      errors: [{ where: '/body/PromulgationDate', vi: 'ở tương lai', en: 'lies in the future' }],
    });
}

/**
 * Sends it.
 * @param exchangeId the call that is answered, or the one that it repeats
 * @throws Problem
 */
export async function sendReadyFile(
  rooms: DocumentRooms,
  request: SendFileRequest,
  exchangeId: string,
): Promise<Accepted> {
  const { caller, content } = request;
  if (!content) throw new Problem('body-unreadable');
  const unitId = caller.actingUnit.id;
  let receivers: readonly Receiver[] = [];
  const { message, read, blob } = await takeFile(rooms.blobs, content.open(), rooms.rules, async (header) => {
    await checkHeader(rooms, header, unitId);
    const codes = header.to.map(({ organId }) => organId);
    const resolved = await resolveReceivers(rooms.directory, codes, rooms.now(), '/body/To');
    if (resolved.places.length > 0) throw new Problem(resolved.refusal, { errors: resolved.places });
    receivers = resolved.receivers;
    await checkQueue(rooms, unitId, receivers);
  });
  try {
    checkSecrecy(toSignsOfAttachments(read.attachments), rooms.rules);
  } catch (error) {
    await blob.abort();
    throw error;
  }
  const program = read.attachments.findIndex(({ detectedType }) => detectedType === 'executable');
  if (program >= 0) {
    await blob.abort();
    throw refuseAttachment(program, { vi: 'là chương trình chạy được', en: 'is a program' });
  }
  return acceptDocument(rooms, {
    ...{ caller, exchangeId, operation: 'sendDocumentFile', message, blob, receivers },
    written: read,
    warnings: read.warnings,
    askedSha256: read.sha256,
    cleanBy: undefined,
    uploadIds: [],
  });
}
