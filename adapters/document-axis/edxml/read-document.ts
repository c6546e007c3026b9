// A document from its MessageHeader, Bussiness and manifest. Source: document-axis.md §1.3-1.6, §5
import { toTargets } from './document-id.ts';
import { EdxmlError } from './faults.ts';
import { type Fields, toPresent } from './fields.ts';
import { readOrgan, readReference, readStaff, refusePlaceholder } from './read-parties.ts';
import type {
  Business,
  BusinessType,
  DocumentType,
  EdxmlDocument,
  ManifestEntry,
  Organ,
  OtherInfo,
  SignatureState,
  TraceHop,
} from './types.ts';

const toBusinessType = (text: string): BusinessType | undefined =>
  ([0, 1, 2, 3] as const).find((type) => text === String(type) || text === `0${type}`);

function readUpdate(update: Fields | undefined): Business['update'] {
  if (!update) return undefined;
  const receivers = (update.child('ReceiverList')?.children('Receiver') ?? []).map((receiver) => ({
    organId: receiver.required('OrganId'),
    change: receiver.flag('ReceiverType') === false ? ('removed' as const) : ('added' as const),
  }));
  return {
    documentInfo: update.flag('DocumentInfo') ?? false,
    documentReceiver: update.flag('DocumentReceiver') ?? false,
    receivers,
  };
}

function readBusiness(business: Fields | undefined): Business {
  if (!business) return { type: 0, replacements: [] };
  const type = toBusinessType(business.text('BussinessDocType') ?? '0');
  if (type === undefined) throw new EdxmlError('business-type', business.where('BussinessDocType'));
  const replacements = (business.child('ReplacementInfoList')?.children('ReplacementInfo') ?? []).map(
    (replaced) => ({
      documentId: replaced.required('DocumentId'),
      organIds: replaced.child('OrganIdList')?.texts('OrganId') ?? [],
    }),
  );
  return {
    type,
    replacements,
    ...toPresent({
      documentId: business.text('DocumentId'),
      reason: business.text('BussinessDocReason'),
      paper: business.flag('Paper'),
      update: readUpdate(business.child('BussinessDocumentInfo')),
      staff: readStaff(business.child('StaffInfo')),
    }),
  };
}

/** §1.5: 0..4; 5 is 0. */
function readPriority(info: Fields): Pick<OtherInfo, 'priority' | 'priorityRaw'> {
  const raw = info.text('Priority');
  if (raw === undefined) return {};
  const priority = ([0, 1, 2, 3, 4] as const).find((value) => String(value) === raw);
  if (priority !== undefined) return { priority };
  info.warnings.add(raw === '5' ? 'priority-five' : 'priority-unknown', info.where('Priority'));
  return raw === '5' ? { priority: 0, priorityRaw: raw } : { priorityRaw: raw };
}

function readOtherInfo(info: Fields | undefined): OtherInfo {
  if (!info) return { appendixes: [] };
  return {
    ...readPriority(info),
    ...toPresent({
      sphereOfPromulgation: info.text('SphereOfPromulgation'),
      typerNotation: info.text('TyperNotation'),
      promulgationAmount: info.whole('PromulgationAmount'),
      pageAmount: info.whole('PageAmount'),
      direction: info.flag('Direction'),
      replyFors: info.text('ReplyFors'),
      referenceCodes: info.text('ReferenceCodes'),
    }),
    appendixes: info.child('Appendixes')?.texts('Appendix') ?? [],
  };
}

function readType(header: Fields): DocumentType {
  const type = header.requiredChild('DocumentType');
  const typeName = type.text('TypeName');
  if (typeName === undefined) type.required('Type');
  return {
    type: type.whole('Type') ?? 0,
    typeDetail: type.whole('TypeDetail') ?? 0,
    ...toPresent({ typeName }),
  };
}

function readReceivers(header: Fields): readonly Organ[] {
  const to = header.children('To').map((organ) => readOrgan(organ, 'To'));
  if (to.length === 0) throw new EdxmlError('required-element', header.where('To'));
  if (new Set(to.map(({ organId }) => organId)).size < to.length)
    header.warnings.add('duplicate-receiver', header.where('To'));
  return to;
}

/** §5.15: what a file system, a header or a list of names does not take. */
const unusable = /[\\/:*?"<>|]|^\.+$/;

/** Without `cid:`. §1.6 */
export const toContentId = (text: string): string => text.replace(/^cid:/i, '').trim();

function readReferenceLine(reference: Fields): ManifestEntry {
  const name = reference.required('AttachmentName');
  if (unusable.test(name) || name.length > 500)
    reference.warnings.add('file-name', reference.where('AttachmentName'));
  return {
    contentId: toContentId(reference.text('ContentId') ?? ''),
    contentType: reference.text('ContentType') ?? 'application/octet-stream',
    name,
    ...toPresent({ description: reference.text('Description') }),
  };
}

/** The parts of a message that a document is read from. */
export interface DocumentParts {
  readonly header: Fields;
  readonly business: Fields | undefined;
  readonly manifest: readonly Fields[];
  readonly trace: readonly TraceHop[];
  readonly signature: SignatureState;
}

function readCode(header: Fields): Pick<EdxmlDocument, 'documentId' | 'code' | 'promulgation'> {
  const documentId = header.required('DocumentId');
  refusePlaceholder(documentId, header.where('DocumentId'));
  const code = header.requiredChild('Code');
  const promulgation = header.requiredChild('PromulgationInfo');
  const date = promulgation.date('PromulgationDate') ?? promulgation.required('PromulgationDate');
  return {
    documentId,
    code: { number: code.required('CodeNumber'), notation: code.required('CodeNotation') },
    promulgation: { date, ...toPresent({ place: promulgation.text('Place') }) },
  };
}

function readSigner(signer: Fields | undefined): EdxmlDocument['signer'] {
  return (
    signer &&
    toPresent({
      competence: signer.text('Competence'),
      position: signer.text('Position'),
      fullName: signer.text('FullName'),
    })
  );
}

/** @throws EdxmlError required-element, placeholder, date, year, business-type */
export function readDocument({ header, business, manifest, trace, signature }: DocumentParts): EdxmlDocument {
  const document: EdxmlDocument = {
    kind: 'document',
    from: readOrgan(header.requiredChild('From'), 'From'),
    to: readReceivers(header),
    ...readCode(header),
    documentType: readType(header),
    subject: header.required('Subject'),
    otherInfo: readOtherInfo(header.child('OtherInfo')),
    responseFor: header
      .children('ResponseFor')
      .map(readReference)
      .filter((found) => found !== undefined),
    tasks: header.child('ResponseForTask')?.texts('TaskCode') ?? [],
    toPlaces: header.child('ToPlaces')?.texts('Place') ?? [],
    trace,
    business: readBusiness(business),
    attachments: manifest.map(readReferenceLine),
    signature,
    ...toPresent({
      content: header.text('Content'),
      signer: readSigner(header.child('SignerInfo')),
      dueDate: header.date('DueDate'),
      steeringType: header.text('SteeringType'),
      applicationType: header.text('ApplicationType'),
    }),
  };
  if (document.business.type !== 0 && toTargets(document).length === 0)
    header.warnings.add('business-target', 'TraceHeaderList/Bussiness');
  return document;
}
