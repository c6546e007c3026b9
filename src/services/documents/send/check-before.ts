// Tells a sender what would become of a document, without sending or keeping anything.
import { toDocumentId } from '../../../../adapters/document-axis/edxml/document-id.ts';
import type { components } from '../../../../openapi/types/documents.v1.ts';
import { Problem, type ProblemPlace } from '../../../problem.ts';
import type { DocumentRooms } from '../dependencies.ts';
import type { Resolution } from '../directory/types.ts';
import { checkDocument } from './check.ts';
import { resolveReceivers } from './receivers.ts';
import { checkSecrecyOf, toSenderCode } from './structured.ts';
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

/** The problem that `check` throws, by its places. */
function toPlaces(check: () => void): readonly (ProblemPlace & { readonly code: string })[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return (error.more.errors ?? []).map((place) => ({ code: error.code, ...place }));
  }
}

/** Where each receiver leads and what would be refused. */
export async function checkBeforeSending(
  rooms: DocumentRooms,
  given: NewDocument,
  unitId: string,
): Promise<DocumentCheck> {
  const at = rooms.now();
  const codes = given.to.map(({ code }) => code);
  const { resolutions, places, refusal } = await resolveReceivers(rooms.directory, codes, at, '/body/to');
  const problems = [
    ...toPlaces(() => checkSecrecyOf(given, rooms.rules)),
    ...toPlaces(() => void toSenderCode(rooms, unitId, given.from)),
    ...checkDocument(given, at).map((place) => ({ code: 'document-invalid', ...place })),
    ...places.map((place) => ({ code: refusal, ...place })),
  ];
  const sender = given.from ?? rooms.directory.codeOf(unitId, at);
  const { code, promulgationDate: date } = given;
  const documentId = given.documentId ?? (sender && toDocumentId(sender, date, code.number, code.notation));
  return {
    isSendable: problems.length === 0,
    ...(documentId !== undefined && { documentId }),
    receivers: resolutions.map(toReceiver),
    problems,
    warnings: [],
  };
}
