// The namespace, the names and the lengths of edXML. Only names of this list are ever repeated in errors and warnings.
// Source: document-axis.md §1.1-1.4, §1.6, §2.1

/** The one namespace. */
export const edxmlNamespace = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';

const names =
  `edXML edXMLEnvelope edXMLHeader MessageHeader TraceHeaderList Signature DigitalSignature edXMLBody edXMLManifest
  Reference AttachmentEncoded Attachment From To OrganId OrganizationInCharge OrganName OrganAdd Email Telephone Fax Website
  DocumentId Code CodeNumber CodeNotation PromulgationInfo Place PromulgationDate DocumentType Type TypeDetail TypeName
  Subject Content SignerInfo Competence Position FullName DueDate ToPlaces OtherInfo Priority SphereOfPromulgation
  TyperNotation PromulgationAmount PageAmount Direction ReplyFors ReferenceCodes Appendixes Appendix ResponseFor SteeringType
  ResponseForTask TaskCode ApplicationType Agency Feedback PackageInfo TraceHeader Timestamp Bussiness BussinessDocType
  BussinessDocReason Paper BussinessDocumentInfo DocumentInfo DocumentReceiver ReceiverList Receiver ReceiverType
  ReplacementInfoList ReplacementInfo OrganIdList StaffInfo Department DepartmentId Staff StaffId Mobile ContentId ContentType
  Description AttachmentName ContentTransferEncoded FieldName MimeType StatusCode`.split(/\s+/);

const known: ReadonlySet<string> = new Set(names);

/** A path for messages: known names as they are, others as "?"; at most the last eight. */
export const toWhere = (path: readonly string[]): string =>
  path
    .slice(-8)
    .map((name) => (known.has(name) ? name : '?'))
    .join('/');

/** Most characters of an element, where the reference gives a number; longer ones are warned of. §1.3, §1.6 */
export const longest: Readonly<Record<string, number>> = {
  OrganName: 200,
  OrganAdd: 500,
  Email: 100,
  Telephone: 20,
  Fax: 20,
  CodeNumber: 11,
  CodeNotation: 30,
  'PromulgationInfo/Place': 50,
  'ToPlaces/Place': 150,
  TypeName: 100,
  Subject: 500,
  Content: 500,
  SphereOfPromulgation: 100,
  TyperNotation: 10,
};

/** No XML text may hold these: control characters, non-characters, halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const forbiddenCharacter = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/u;
