// Statuses that units of ours report: who may say what, and the message that says it. Source: document-axis.md §2.1, §9.9
import { toStatus } from '../../../../adapters/document-axis/edxml/status.ts';
import type { Staff } from '../../../../adapters/document-axis/edxml/types.ts';
import { writeStatus } from '../../../../adapters/document-axis/edxml/writer.ts';
import type { ProblemCode } from '../../../problem-codes.ts';
import type { Caller } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { toAddressee } from './addressee.ts';
import type { StatusDraft, StatusOrigin } from './record.ts';
import { isReceiver, isSender, type StatusSubject } from './subjects.ts';

/** What a unit reports. */
export interface Report {
  readonly deliveryId: string;
  readonly code: string;
  readonly reason?: string | undefined;
  /** RFC 3339; default now. */
  readonly at?: string | undefined;
  readonly staff?: Staff | undefined;
}

const askBack = '13';
const withReason: ReadonlySet<string> = new Set(['02', '13', '16']);

/** Why the acting unit may not report it, or undefined. The sender asks back; all else is the receiver's to say. */
export function findRefusal(
  { directory, now }: Pick<DocumentRooms, 'directory' | 'now'>,
  subject: StatusSubject | undefined,
  { code, reason }: Report,
  unitId: string,
): ProblemCode | undefined {
  if (!subject) return 'message-not-found';
  const asSender = isSender(subject, unitId, directory, now());
  const asReceiver = isReceiver(subject, unitId, directory, now());
  if (!asSender && !asReceiver) return 'message-not-found';
  if (code === askBack ? !asSender : !asReceiver) return 'status-not-yours';
  return withReason.has(code) && reason === undefined ? 'status-reason-missing' : undefined;
}

/** The origin of what a call reports. */
export const toOrigin = (caller: Caller, operation: string, exchangeId: string): StatusOrigin => ({
  origin: 'inside',
  exchangeId,
  senderUnit: caller.actingUnit.id,
  facts: {
    systemId: caller.system.id,
    owningUnit: caller.system.unitId,
    actingUnit: caller.actingUnit.id,
    service: 'documents.v1',
    operation,
    grantId: caller.grant.id,
  },
  private: { caseCode: caller.caseCode, acceptedBy: exchangeId },
});

/** The code that a receiver signs with: the one it was addressed by, or its own where it has taken over from another. */
function toReceiverCode({ directory, now }: DocumentRooms, subject: StatusSubject, unitId: string): string {
  if (subject.receiverUnit === unitId) return subject.receiver;
  return directory.codeOf(unitId, now()) ?? subject.receiver;
}

function toDocument({ senderCode, documentId, code = '', promulgationDate, acceptedAt }: StatusSubject) {
  const [number = '', ...notation] = code.split('/');
  return {
    from: { organId: senderCode },
    documentId,
    code: { number, notation: notation.join('/') },
    promulgation: { date: promulgationDate ?? acceptedAt.toISOString().slice(0, 10) },
  };
}

/**
 * The status that a report becomes, and where it goes. It asks the directory, so it comes before the transaction.
 * @throws Error of the database
 */
export async function toDraft(
  rooms: DocumentRooms,
  subject: StatusSubject,
  report: Report,
  origin: StatusOrigin,
  unit: Caller['actingUnit'],
  item: number,
): Promise<StatusDraft> {
  const { directory, now } = rooms;
  const isAskedBack = report.code === askBack;
  const document = toDocument(subject);
  const receiver = isAskedBack
    ? { organId: subject.receiver }
    : { organId: toReceiverCode(rooms, subject, unit.id), organName: unit.name };
  const message = toStatus({
    document: isAskedBack ? { ...document, from: { ...document.from, organName: unit.name } } : document,
    receiver,
    statusCode: report.code,
    at: report.at === undefined ? now() : new Date(report.at),
    ...(report.reason !== undefined && { description: report.reason }),
    ...(report.staff && { staff: report.staff }),
  });
  const [code, unitId] = isAskedBack
    ? [subject.receiver, subject.receiverUnit]
    : [subject.senderCode, subject.senderUnit];
  const addressee = await toAddressee(directory, code, unitId, now(), subject.acceptedAt);
  return { subject, status: { message, bytes: writeStatus(message), warnings: [] }, origin, addressee, item };
}
