// From the contract's structured document to what the writer of edXML takes. Nothing is invented: what was not said is
// left out.
import { toDocumentType } from '../../../../adapters/document-axis/edxml/code-lists.ts';
import { formatTime, parseTimestamp } from '../../../../adapters/document-axis/edxml/dates.ts';
import { toDocumentId } from '../../../../adapters/document-axis/edxml/document-id.ts';
import type {
  Business,
  DocumentReference,
  DocumentToWrite,
  OtherInfo,
  Staff,
} from '../../../../adapters/document-axis/edxml/types.ts';
import type { components } from '../../../../openapi/types/documents.v1.ts';

/** The structured document of the contract. */
export type NewDocument = components['schemas']['NewDocument'];
type Schema = components['schemas'];

/** Names of the business types in the contract, by their number. Source: document-axis.md §1.4 */
export const businessNames = ['new', 'revoke', 'update', 'replace'] as const;

/** Members that are undefined are left out. */
function present<T extends object>(table: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined);
  // Only members that are there are left, each of its own type.
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const toReference = (named: Schema['NamedDocument']): DocumentReference =>
  present({
    organId: named.organCode,
    code: named.code,
    documentId: named.documentId,
    promulgationDate: named.promulgationDate,
  });

const toStaff = (staff: Schema['Staff']): Staff => present({ ...staff });

function toBusiness(given: NewDocument): Business {
  const { updates } = given;
  const type = toBusinessType(given.businessType);
  return {
    type,
    replacements: (given.replaces ?? []).map(({ documentId, receivers = [] }) => ({
      documentId,
      organIds: receivers,
    })),
    ...present({
      documentId: updates?.documentId,
      reason: given.reason,
      paper: given.hasPaper,
      update: updates && {
        documentInfo: updates.isContentChanged,
        documentReceiver: (updates.receivers ?? []).length > 0,
        receivers: (updates.receivers ?? []).map(({ code, change }) => ({ organId: code, change })),
      },
      staff: given.staff && toStaff(given.staff),
    }),
  };
}

/** 0 to 3. */
export function toBusinessType(name: NewDocument['businessType']): 0 | 1 | 2 | 3 {
  return ({ new: 0, revoke: 1, update: 2, replace: 3 } as const)[name];
}

const priorities = [0, 1, 2, 3, 4] as const;

const toOtherInfo = (given: NewDocument): OtherInfo => ({
  appendixes: given.appendixes ?? [],
  ...present({
    priority: priorities[given.priority ?? 0],
    sphereOfPromulgation: given.sphere,
    promulgationAmount: given.copies,
    pageAmount: given.pages,
    direction: given.isDirection,
  }),
});

/** Who sends, and under which name. */
export interface Issuer {
  /** Its code, as it will stand in From. */
  readonly code: string;
  readonly name: string;
  /** When the hub took it: the first TraceHeader. */
  readonly at: Date;
  /** Name of a receiver whose sender gave none. */
  readonly nameOf: (code: string) => string | undefined;
}

/** Without blanks around texts, as a reader of the original sees them. */
function toTrimmed<T>(value: T): T;
function toTrimmed(value: unknown): unknown {
  if (typeof value === 'string') return value.trim();
  if (Array.isArray(value)) return value.map(toTrimmed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toTrimmed(member)]));
}

/** As a TraceHeader of the original says it, in whole seconds. */
const toHopTime = (at: Date): string | undefined => parseTimestamp(formatTime(at.toISOString(), 'Timestamp'));

/**
 * The document as it will be written, and as a reader would read it back.
 * Source: document-axis.md §1.3, §1.4, §9.7, §9.8
 */
export function toDocument(asked: NewDocument, issuer: Issuer): DocumentToWrite {
  const given = toTrimmed(asked);
  const { code, promulgationDate: date } = given;
  return {
    kind: 'document',
    from: { organId: issuer.code, organName: issuer.name },
    to: given.to.map((receiver) => ({
      organId: receiver.code,
      ...present({ organName: receiver.name ?? issuer.nameOf(receiver.code) }),
    })),
    documentId: given.documentId ?? toDocumentId(issuer.code, date, code.number, code.notation),
    code,
    promulgation: { date, ...present({ place: given.promulgationPlace }) },
    documentType: toType(given.documentType),
    subject: given.subject,
    otherInfo: toOtherInfo(given),
    responseFor: [...(given.withdraws ?? []), ...(given.answers ?? [])].map(toReference),
    tasks: given.taskCodes ?? [],
    toPlaces: given.toPlaces ?? [],
    trace: [{ organId: issuer.code, ...present({ at: toHopTime(issuer.at) }) }],
    business: toBusiness(given),
    ...present({
      content: given.content,
      signer: given.signer && present({ ...given.signer }),
      dueDate: given.dueDate,
      steeringType: String(given.steering ?? 0),
      applicationType: given.applicationType,
    }),
  };
}

const toType = ({ name, type, detail }: NewDocument['documentType']): DocumentToWrite['documentType'] => ({
  ...(toDocumentType(name) ?? { type: 0, typeDetail: 0 }),
  typeName: name,
  ...present({ type, typeDetail: detail }),
});
