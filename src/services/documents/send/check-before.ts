// Tells a sender what would become of a document, without sending or keeping anything.
import { Readable } from 'node:stream';
import { toDocumentId } from '../../../../adapters/document-axis/edxml/document-id.ts';
import { writeDocument } from '../../../../adapters/document-axis/edxml/writer.ts';
import type { components } from '../../../../openapi/types/documents.v1.ts';
import { Problem, type ProblemPlace } from '../../../problem.ts';
import { problemCodes } from '../../../problem-codes.ts';
import type { DocumentRooms } from '../dependencies.ts';
import type { Resolution } from '../directory/types.ts';
import { checkDocument } from './check.ts';
import { toDocumentProblem } from './compose.ts';
import { resolveReceivers } from './receivers.ts';
import {
  checkDocumentId,
  checkQueue,
  checkSecrecyOf,
  type Issue,
  toSenderCode,
  write,
} from './structured.ts';
import type { NewDocument } from './to-document.ts';

type DocumentCheck = components['schemas']['DocumentCheck'];

function toReceiver(resolution: Resolution): DocumentCheck['receivers'][number] {
  const { code, kind: outcome } = resolution;
  if (outcome === 'inside') return { code, outcome, name: resolution.unit.name };
  if (outcome === 'unknown') return { code, outcome };
  if (outcome === 'outside') return { code, outcome, name: resolution.name };
  const heirs = resolution.kind === 'closed' ? resolution.successors : resolution.candidates;
  return { code, outcome, name: resolution.name, successors: [...heirs] };
}

type CodedPlace = ProblemPlace & { readonly code: string };

/** The problem that `check` throws, by its places; one without places is about the whole. */
async function toPlaces(check: () => unknown): Promise<readonly CodedPlace[]> {
  try {
    await check();
    return [];
  } catch (thrown) {
    const error = toDocumentProblem(thrown);
    if (!(error instanceof Problem)) throw error;
    const { vi, en } = problemCodes[error.code];
    const { errors = [{ where: '/body', vi: vi.title, en: en.title }] } = error.more;
    return errors.map((place) => ({ code: error.code, ...place }));
  }
}

/** What only writing finds out; nothing is opened and no byte made. */
const tryWriting = (rooms: DocumentRooms, given: NewDocument, issue: Issue): unknown =>
  writeDocument(
    write(rooms, given, issue),
    given.attachments.map(({ name, contentType }) => ({ name, contentType, open: () => Readable.from([]) })),
  );

/** Where each receiver leads and what would be refused. */
export async function checkBeforeSending(
  rooms: DocumentRooms,
  given: NewDocument,
  unitId: string,
): Promise<DocumentCheck> {
  const at = rooms.now();
  const codes = given.to.map(({ code }) => code);
  const { resolutions, receivers, places } = await resolveReceivers(rooms.directory, codes, at, '/body/to');
  const sender = given.from ?? rooms.directory.codeOf(unitId, at);
  const found = [
    ...(await toPlaces(() => checkSecrecyOf(given, rooms.rules))),
    ...(await toPlaces(() => toSenderCode(rooms, unitId, given.from))),
    ...(await toPlaces(() => checkDocumentId(rooms, unitId, given.documentId, '/body/documentId'))),
    ...checkDocument(given, at).map((place) => ({ code: 'document-invalid', ...place })),
    ...places,
    ...(await toPlaces(() => checkQueue(rooms, unitId, receivers))),
  ];
  const issue = { unitId, code: sender ?? '', at, receivers };
  const problems = found.length > 0 ? found : await toPlaces(() => tryWriting(rooms, given, issue));
  const { code, promulgationDate: date } = given;
  // Made only of what is right.
  const made = problems.length === 0 ? sender : undefined;
  const documentId = given.documentId ?? (made && toDocumentId(made, date, code.number, code.notation));
  return {
    isSendable: problems.length === 0,
    ...(documentId !== undefined && { documentId }),
    receivers: resolutions.map(toReceiver),
    problems: [...problems],
    warnings: [],
  };
}
