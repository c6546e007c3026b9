// Writes the envelope of documents and statuses in the order of the vendor's Java clients, every element prefixed.
// Source: document-axis.md §1.1-1.4, §1.8, §2.1, §9.1
import { formatDate, formatTime } from './dates.ts';
import { edxmlNamespace } from './elements.ts';
import type {
  Business,
  DocumentReference,
  DocumentToWrite,
  EdxmlStatus,
  ManifestEntry,
  Organ,
  OtherInfo,
  Staff,
} from './types.ts';
import { XmlLines } from './xml-lines.ts';

const toBit = (flag: boolean | undefined): number | undefined =>
  flag === undefined ? undefined : Number(flag);

function writeOrgan(lines: XmlLines, name: string, organ: Organ): void {
  lines.group(name, () =>
    lines.leaves({
      OrganId: organ.organId,
      OrganizationInCharge: organ.organizationInCharge,
      OrganName: organ.organName,
      OrganAdd: organ.organAdd,
      Email: organ.email,
      Telephone: organ.telephone,
      Fax: organ.fax,
      Website: organ.website,
    }),
  );
}

function writeReference(lines: XmlLines, reference: DocumentReference): void {
  const date = reference.promulgationDate;
  lines.group('ResponseFor', () =>
    lines.leaves({
      OrganId: reference.organId,
      Code: reference.code,
      DocumentId: reference.documentId,
      PromulgationDate:
        date === undefined ? undefined : formatDate(date, 'MessageHeader/ResponseFor/PromulgationDate'),
    }),
  );
}

function writeStaff(lines: XmlLines, staff: Staff | undefined): void {
  lines.group('StaffInfo', () =>
    lines.leaves({
      Department: staff?.department,
      DepartmentId: staff?.departmentId,
      Staff: staff?.staff,
      StaffId: staff?.staffId,
      Email: staff?.email,
      Mobile: staff?.mobile,
    }),
  );
}

/** The vendor's clients always write the numbers, so `Priority` is there even where nobody gave one. */
function writeOtherInfo(lines: XmlLines, info: OtherInfo): void {
  lines.group('OtherInfo', () => {
    lines.leaves({
      Priority: info.priority ?? 0,
      SphereOfPromulgation: info.sphereOfPromulgation,
      TyperNotation: info.typerNotation,
      PromulgationAmount: info.promulgationAmount,
      PageAmount: info.pageAmount,
      Direction: info.direction === undefined ? undefined : String(info.direction),
      ReplyFors: info.replyFors,
      ReferenceCodes: info.referenceCodes,
    });
    lines.group('Appendixes', () => {
      for (const title of info.appendixes) lines.leaves({ Appendix: title });
    });
  });
}

function writeNames(lines: XmlLines, document: DocumentToWrite): void {
  lines.leaves({ DocumentId: document.documentId });
  lines.group('Code', () =>
    lines.leaves({ CodeNumber: document.code.number, CodeNotation: document.code.notation }),
  );
  lines.group('PromulgationInfo', () =>
    lines.leaves({
      Place: document.promulgation.place,
      PromulgationDate: formatDate(document.promulgation.date, 'PromulgationInfo/PromulgationDate'),
    }),
  );
  const { type, typeDetail, typeName } = document.documentType;
  lines.group('DocumentType', () => lines.leaves({ Type: type, TypeDetail: typeDetail, TypeName: typeName }));
  lines.leaves({ Subject: document.subject, Content: document.content });
}

function writeMessageHeader(lines: XmlLines, document: DocumentToWrite): void {
  writeOrgan(lines, 'From', document.from);
  for (const organ of document.to) writeOrgan(lines, 'To', organ);
  writeNames(lines, document);
  const { signer, dueDate } = document;
  lines.group('SignerInfo', () =>
    lines.leaves({ Competence: signer?.competence, Position: signer?.position, FullName: signer?.fullName }),
  );
  lines.leaves({
    DueDate: dueDate === undefined ? undefined : formatDate(dueDate, 'MessageHeader/DueDate'),
  });
  writeOtherInfo(lines, document.otherInfo);
  for (const reference of document.responseFor) writeReference(lines, reference);
  lines.leaves({ SteeringType: document.steeringType ?? 0 });
  lines.group('ResponseForTask', () => {
    for (const code of document.tasks) lines.leaves({ TaskCode: code });
  });
  lines.leaves({ ApplicationType: document.applicationType });
  lines.group('ToPlaces', () => {
    for (const place of document.toPlaces) lines.leaves({ Place: place });
  });
}

function writeUpdate(lines: XmlLines, update: NonNullable<Business['update']>): void {
  lines.group('BussinessDocumentInfo', () => {
    lines.leaves({
      DocumentInfo: toBit(update.documentInfo),
      DocumentReceiver: toBit(update.documentReceiver),
    });
    lines.group('ReceiverList', () => {
      for (const { organId, change } of update.receivers)
        lines.group('Receiver', () =>
          lines.leaves({ OrganId: organId, ReceiverType: toBit(change === 'added') }),
        );
    });
  });
}

function writeBusiness(lines: XmlLines, business: Business): void {
  lines.group('Bussiness', () => {
    lines.leaves({
      DocumentId: business.documentId,
      BussinessDocType: business.type,
      BussinessDocReason: business.reason,
      Paper: toBit(business.paper),
    });
    if (business.update) writeUpdate(lines, business.update);
    lines.group('ReplacementInfoList', () => {
      for (const { documentId, organIds } of business.replacements)
        lines.group('ReplacementInfo', () => {
          lines.leaves({ DocumentId: documentId });
          lines.group('OrganIdList', () => {
            for (const organId of organIds) lines.leaves({ OrganId: organId });
          });
        });
    });
    writeStaff(lines, business.staff);
  });
}

function writeTrace(lines: XmlLines, message: DocumentToWrite | EdxmlStatus): void {
  for (const { organId, at } of message.trace)
    lines.group('TraceHeader', () =>
      lines.leaves({
        OrganId: organId,
        Timestamp: at === undefined ? undefined : formatTime(at, 'TraceHeader/Timestamp'),
      }),
    );
}

function writeManifest(lines: XmlLines, manifest: readonly ManifestEntry[]): void {
  const content = (): void => {
    for (const entry of manifest)
      lines.group('Reference', () =>
        lines.leaves({
          ContentId: `cid:${entry.contentId}`,
          ContentType: entry.contentType,
          Description: entry.description,
          AttachmentName: entry.name,
        }),
      );
  };
  lines.group('edXMLBody', () => lines.group('edXMLManifest', content, ' version="1.0"', false));
}

/** The declaration, the root's start tag and the envelope; the root is left open. */
function writeEnvelope(content: (lines: XmlLines) => void): string {
  const lines = new XmlLines('edXML:', 1);
  lines.group('edXMLEnvelope', () => content(lines), ` xmlns:edXML="${edxmlNamespace}"`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="${edxmlNamespace}">\n${lines}`;
}

/** @throws EdxmlError control-character, date, year */
export const writeDocumentEnvelope = (
  document: DocumentToWrite,
  manifest: readonly ManifestEntry[],
): string =>
  writeEnvelope((lines) => {
    lines.group('edXMLHeader', () => {
      lines.group('MessageHeader', () => writeMessageHeader(lines, document));
      lines.group('TraceHeaderList', () => {
        writeTrace(lines, document);
        writeBusiness(lines, document.business);
      });
    });
    writeManifest(lines, manifest);
  });

/** @throws EdxmlError control-character, date, year */
export const writeStatusEnvelope = (status: EdxmlStatus): string =>
  writeEnvelope((lines) =>
    lines.group('edXMLHeader', () => {
      lines.group('MessageHeader', () => {
        writeOrgan(lines, 'From', status.from);
        writeReference(lines, status.responseFor);
        writeStaff(lines, status.staff);
        lines.leaves({ StatusCode: status.statusCode, Description: status.description });
        const { timestamp } = status;
        lines.leaves({
          Timestamp: timestamp === undefined ? undefined : formatTime(timestamp, 'MessageHeader/Timestamp'),
        });
      });
      lines.group('TraceHeaderList', () => writeTrace(lines, status));
    }),
  );
