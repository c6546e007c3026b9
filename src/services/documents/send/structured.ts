// Sends a structured document: checks what is asked, writes it as edXML while its files come in, accepts it.
import type { Readable } from 'node:stream';
import type { EdxmlDocument, WrittenEdxml } from '../../../../adapters/document-axis/edxml/types.ts';
import { toWireType } from '../../../../adapters/document-axis/edxml/writer.ts';
import type { operations } from '../../../../openapi/types/documents.v1.ts';
import { Problem, type ProblemPlace } from '../../../problem.ts';
import type { RequestOf } from '../../service.ts';
import { axisRoute } from '../axis-route.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { acceptDocument } from './accept.ts';
import type { Accepted } from './accepted.ts';
import { hashStream, toAskedSha256 } from './asked.ts';
import { checkDocument } from './check.ts';
import { type BoundedSource, compose, refuseAttachment } from './compose.ts';
import { type Multipart, readMultipart } from './multipart.ts';
import { type Receiver, resolveReceivers } from './receivers.ts';
import { checkSecrecy } from './secrecy.ts';
import { type NewDocument, toDocument } from './to-document.ts';

/** The request of the contract. */
export type SendRequest = RequestOf<operations['sendDocument']>;

const documentBytes = 262_144;

/** Opens the body of a streamed request. @throws Problem body-unreadable */
export function openParts({ content }: SendRequest, rules: DocumentRooms['rules']): Multipart {
  if (!content) throw new Problem('body-unreadable');
  return readMultipart(content, {
    documentBytes,
    fileBytes: rules.attachmentBytes,
    files: rules.attachments,
  });
}

/** Signs of secrecy in everything that a structured document says of itself. */
export function checkSecrecyOf(given: NewDocument, rules: DocumentRooms['rules']): void {
  const { number, notation } = given.code;
  const code = [
    { where: '/body/code/number', text: number },
    { where: '/body/code/notation', text: notation },
  ];
  const texts = [
    { where: '/body/subject', text: given.subject },
    { where: '/body/content', text: given.content },
    { where: '/body/documentType/name', text: given.documentType.name },
    ...given.attachments.flatMap(({ name, description }, n) => [
      { where: `/body/attachments/${n}/name`, text: name },
      { where: `/body/attachments/${n}/description`, text: description },
    ]),
  ];
  checkSecrecy({ secrecy: given.secrecy, code, texts }, rules);
}

const senderPlace: ProblemPlace = {
  where: '/body/from',
  vi: 'không phải mã của đơn vị đang thay mặt',
  en: 'is no code of the unit that is acted for',
};

/** The code that stands in From. @throws Problem sender-not-yours */
export function toSenderCode(rooms: DocumentRooms, unitId: string, given: string | undefined): string {
  const { directory, now } = rooms;
  const code = given ?? directory.codeOf(unitId, now());
  if (code !== undefined && directory.isCodeOf(code, unitId, now())) return code;
  throw new Problem('sender-not-yours', { errors: [senderPlace] });
}

/**
 * A DocumentId begins with its issuer's code: with another's, that one's own document would count as sent already.
 * @throws Problem sender-not-yours
 */
export async function checkDocumentId(
  { directory, now }: DocumentRooms,
  unitId: string,
  documentId: string | undefined,
  where: string,
): Promise<void> {
  const [issuer = ''] = documentId?.split(',') ?? [];
  if (documentId === undefined || directory.isCodeOf(issuer, unitId, now())) return;
  const { kind } = await directory.resolve(issuer, now());
  if (kind !== 'unknown') throw new Problem('sender-not-yours', { errors: [{ ...senderPlace, where }] });
}

/** @throws Problem delivery-queue-full, or source-off where there is no way out of the province */
export async function checkQueue(
  { engine, hasAxis, rules }: DocumentRooms,
  unitId: string,
  receivers: readonly Receiver[],
): Promise<void> {
  if (receivers.every((receiver) => receiver.unitId !== undefined)) return;
  if (!hasAxis) throw new Problem('source-off', { source: axisRoute });
  if (await engine.isFull(axisRoute, unitId, rules.queue))
    throw new Problem('delivery-queue-full', { retryAfterS: 60 });
}

/** What is to be written, all of it checked. */
interface Prepared {
  readonly document: ReturnType<typeof toDocument>;
  readonly receivers: readonly Receiver[];
}

async function prepare(rooms: DocumentRooms, given: NewDocument, unitId: string): Promise<Prepared> {
  checkSecrecyOf(given, rooms.rules);
  const at = rooms.now();
  const code = toSenderCode(rooms, unitId, given.from);
  const codes = given.to.map((receiver) => receiver.code);
  const { receivers, places, refusal } = await resolveReceivers(rooms.directory, codes, at, '/body/to');
  await checkDocumentId(rooms, unitId, given.documentId, '/body/documentId');
  const mistakes = [...checkDocument(given, at), ...places];
  if (mistakes.length > 0)
    throw new Problem(mistakes.length === places.length ? refusal : 'document-invalid', { errors: mistakes });
  await checkQueue(rooms, unitId, receivers);
  return { document: write(rooms, given, { unitId, code, at, receivers }), receivers };
}

/** From whom, to whom and when a document is written. */
export interface Issue {
  readonly unitId: string;
  readonly code: string;
  readonly at: Date;
  readonly receivers: readonly Receiver[];
}

/** The document as it is to be written. */
export function write(
  { registry }: DocumentRooms,
  given: NewDocument,
  { unitId, code, at, receivers }: Issue,
): ReturnType<typeof toDocument> {
  const name = registry.current.unit(unitId)?.name ?? code;
  const names = new Map(receivers.map((receiver) => [receiver.code, receiver.name]));
  return toDocument(given, { code, name, at, nameOf: (of) => names.get(of) });
}

/** Reads the next part `file` when it is its turn. */
async function* readPart(parts: Multipart, n: number): AsyncGenerator<Buffer, void, undefined> {
  const stream: Readable | undefined = await parts.file();
  if (!stream) throw refuseAttachment(n, { vi: 'thiếu phần `file`', en: 'its part `file` is missing' });
  yield* stream;
}

async function toSources(
  rooms: DocumentRooms,
  request: SendRequest,
  given: NewDocument,
  parts: Multipart,
): Promise<readonly BoundedSource[]> {
  const { actingUnit, system } = request.caller;
  const { rules, uploads } = rooms;
  return Promise.all(
    given.attachments.map(async ({ name, contentType, description, uploadId }, n): Promise<BoundedSource> => {
      const more = { name, contentType, ...(description !== undefined && { description }) };
      if (uploadId === undefined)
        return { ...more, limitBytes: rules.attachmentBytes, open: () => readPart(parts, n) };
      const file = await uploads.find(uploadId, { unit: actingUnit.id, system: system.id });
      return { ...more, limitBytes: rules.uploadBytes, open: () => file.open() };
    }),
  );
}

const toMessage = (document: Prepared['document'], { attachments }: WrittenEdxml): EdxmlDocument => ({
  ...document,
  attachments: attachments.map(({ contentId, name, description }) => ({
    ...{ contentId, contentType: toWireType(name), name },
    ...(description !== undefined && { description }),
  })),
  signature: 'absent',
});

/** Hashes of the contents that came as parts, in order. */
const toPartHashes = (given: NewDocument, { attachments }: WrittenEdxml): readonly string[] =>
  given.attachments.flatMap(({ uploadId }, n) =>
    uploadId === undefined ? (attachments[n]?.sha256 ?? []) : [],
  );

/**
 * Sends it.
 * @param exchangeId the call that is answered, or the one that it repeats
 * @throws Problem
 */
export async function sendStructured(
  rooms: DocumentRooms,
  request: SendRequest,
  exchangeId: string,
): Promise<Accepted> {
  const parts = openParts(request, rooms.rules);
  const along = rooms.scanAlong();
  try {
    const bytes = await parts.document();
    // Proved by the contract.
    const given = request.content?.parsePart(bytes) as NewDocument;
    const { document, receivers } = await prepare(rooms, given, request.caller.actingUnit.id);
    const sources = await toSources(rooms, request, given, parts);
    const { written, blob } = await compose(rooms, document, sources, along);
    await parts.end().catch(async (error: unknown) => {
      await blob.abort();
      throw error;
    });
    return await acceptDocument(rooms, {
      ...{ caller: request.caller, exchangeId, operation: 'sendDocument', written, blob, receivers },
      message: toMessage(document, written),
      warnings: [],
      askedSha256: toAskedSha256(bytes, toPartHashes(given, written), request.caller.caseCode),
      cleanBy: await along?.verdict(),
      uploadIds: given.attachments.flatMap(({ uploadId }) => uploadId ?? []),
    });
  } finally {
    along?.close();
    parts.close();
  }
}

/** What a repeat asks for, read and thrown away. @throws Problem body-unreadable */
export async function readAsked(rooms: DocumentRooms, request: SendRequest): Promise<string> {
  const parts = openParts(request, rooms.rules);
  try {
    const bytes = await parts.document();
    const files: string[] = [];
    for (let file = await parts.file(); file; file = await parts.file()) files.push(await hashStream(file));
    return toAskedSha256(bytes, files, request.caller.caseCode);
  } finally {
    parts.close();
  }
}
