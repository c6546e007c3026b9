// The shapes of edXML as the rest of the adapter and the hub see them: messages, attachments, limits. No behaviour; all
// of what a reader gives is JSON. Absent and empty elements are left out. Source: document-axis.md §1, §2

/** One sentence in both languages. */
export interface Words {
  readonly vi: string;
  readonly en: string;
}

/** A unit as `From` or `To` names it. `organId` is opaque here: see `toCodeForm`; "null" is kept and warned of. §1.3 */
export interface Organ {
  readonly organId: string;
  readonly organizationInCharge?: string | undefined;
  readonly organName?: string | undefined;
  readonly organAdd?: string | undefined;
  readonly email?: string | undefined;
  readonly telephone?: string | undefined;
  readonly fax?: string | undefined;
  readonly website?: string | undefined;
}

/** A document that is named: answered, revoked, or reported on. `promulgationDate` yyyy-MM-dd. §1.3, §2.1 */
export interface DocumentReference {
  readonly organId?: string | undefined;
  /** `number/notation` */
  readonly code?: string | undefined;
  readonly documentId?: string | undefined;
  readonly promulgationDate?: string | undefined;
}

/** Who handled a document or status. §1.4, §2.1 */
export interface Staff {
  readonly department?: string | undefined;
  readonly departmentId?: string | undefined;
  readonly staff?: string | undefined;
  readonly staffId?: string | undefined;
  readonly email?: string | undefined;
  readonly mobile?: string | undefined;
}

/** One hop. Both parts can be missing in real messages; `organId` can be the text "null". §1.4 */
export interface TraceHop {
  readonly organId?: string | undefined;
  /** `yyyy-MM-ddTHH:mm:ss+07:00`; left out where the message has none or none that can be read. */
  readonly at?: string | undefined;
}

/** 0 new, 1 revoke, 2 update, 3 replace. §1.4 */
export type BusinessType = 0 | 1 | 2 | 3;

/**
 * What a document does to others. Its target stands in `EdxmlDocument.responseFor` for 1, in `documentId` for 2, in
 * `replacements` for 3: see `toTargets`. §1.4
 */
export interface Business {
  readonly type: BusinessType;
  readonly documentId?: string | undefined;
  readonly reason?: string | undefined;
  /** A paper copy is sent too. */
  readonly paper?: boolean | undefined;
  /** Type 2. */
  readonly update?:
    | {
        readonly documentInfo: boolean;
        readonly documentReceiver: boolean;
        readonly receivers: readonly { readonly organId: string; readonly change: 'added' | 'removed' }[];
      }
    | undefined;
  /** Type 3; else empty. */
  readonly replacements: readonly { readonly documentId: string; readonly organIds: readonly string[] }[];
  readonly staff?: Staff | undefined;
}

/** §1.3 `OtherInfo` */
export interface OtherInfo {
  /** 0 normal … 4 timed express; 5 was read as 0. §1.5 */
  readonly priority?: 0 | 1 | 2 | 3 | 4 | undefined;
  /** As it stood in the message, where it is not the number in `priority`. A writer ignores it. */
  readonly priorityRaw?: string | undefined;
  readonly sphereOfPromulgation?: string | undefined;
  readonly typerNotation?: string | undefined;
  readonly promulgationAmount?: number | undefined;
  readonly pageAmount?: number | undefined;
  /** A steering document. */
  readonly direction?: boolean | undefined;
  readonly replyFors?: string | undefined;
  readonly referenceCodes?: string | undefined;
  readonly appendixes: readonly string[];
}

/** `type` is kept raw, `typeName` decides: see `findDocumentType`. §1.5 */
export interface DocumentType {
  readonly type: number;
  readonly typeDetail: number;
  readonly typeName?: string | undefined;
}

/** A line of the manifest; `contentId` without `cid:`. §1.6 */
export interface ManifestEntry {
  readonly contentId: string;
  readonly contentType: string;
  readonly description?: string | undefined;
  readonly name: string;
}

/** `unverifiable`: there is one, but not one that an XMLDSig library can check. Preserved, never judged. §1.7 */
export type SignatureState = 'absent' | 'present' | 'unverifiable';

/** A document message. Dates are yyyy-MM-dd. §1.2-1.7 */
export interface EdxmlDocument {
  readonly kind: 'document';
  readonly from: Organ;
  /** At least one. */
  readonly to: readonly Organ[];
  /** `<issuer>,<yyyy/MM/dd>,<number>/<notation>` or a UUID: kept as found. */
  readonly documentId: string;
  readonly code: { readonly number: string; readonly notation: string };
  readonly promulgation: { readonly place?: string | undefined; readonly date: string };
  readonly documentType: DocumentType;
  readonly subject: string;
  readonly content?: string | undefined;
  readonly signer?:
    | {
        readonly competence?: string | undefined;
        readonly position?: string | undefined;
        readonly fullName?: string | undefined;
      }
    | undefined;
  readonly dueDate?: string | undefined;
  readonly otherInfo: OtherInfo;
  readonly responseFor: readonly DocumentReference[];
  /** Raw: 0 none, 1 steering, 2 steering and report; nothing is routed by it. §1.5 */
  readonly steeringType?: string | undefined;
  readonly tasks: readonly string[];
  readonly applicationType?: string | undefined;
  readonly toPlaces: readonly string[];
  readonly trace: readonly TraceHop[];
  /** Type 0 where the message has no `Bussiness`. */
  readonly business: Business;
  readonly attachments: readonly ManifestEntry[];
  readonly signature: SignatureState;
}

/** What `writeDocument` takes: the manifest comes from the attachments, and we sign nothing. An EdxmlDocument fits. */
export type DocumentToWrite = Omit<EdxmlDocument, 'attachments' | 'signature'>;

/** A status message. §2 */
export interface EdxmlStatus {
  readonly kind: 'status';
  /** Who reports; for 13 the original sender. */
  readonly from: Organ;
  /** `organId` is the addressee, `documentId` the issuer's. */
  readonly responseFor: DocumentReference;
  readonly staff?: Staff | undefined;
  /** Two digits where known; 14 was read as 15. An unknown one is kept as it stood. §2.2 */
  readonly statusCode: string;
  /** As it stood in the message, where it is not `statusCode`. A writer ignores it. */
  readonly statusCodeRaw?: string | undefined;
  readonly description?: string | undefined;
  /** `yyyy-MM-ddTHH:mm:ss+07:00`. A writer takes every RFC 3339 time. */
  readonly timestamp?: string | undefined;
  readonly trace: readonly TraceHop[];
}

/** What a file of edXML holds. */
export type EdxmlMessage = EdxmlDocument | EdxmlStatus;

/** Something that was read although it should not be so. `where` is a path of elements. */
export interface EdxmlWarning extends Words {
  readonly code: string;
  readonly where: string;
}

/** Bounds of one message. Defaults: `defaultLimits` in limits.ts. */
export interface EdxmlLimits {
  /** Of the mark-up up to the end of the envelope, and again of all mark-up around the attachments. */
  readonly headerBytes: number;
  readonly elements: number;
  readonly depth: number;
  readonly receivers: number;
  readonly attachments: number;
  /** Of one attachment as its receiver gets it, unzipped. */
  readonly attachmentBytes: number;
  readonly messageBytes: number;
  /** Most unzipped bytes per zipped byte; below 1 MiB unzipped no ratio is a bomb. */
  readonly zipRatio: number;
  readonly zipEntries: number;
  /** Of all entries of one zip, unzipped; also of those that are passed on as they are. */
  readonly zipBytes: number;
}

/** What the first bytes say. `ole` is doc, xls, ppt; `ooxml` docx, xlsx, pptx; `odf` odt and kin. */
export type DetectedType =
  | 'pdf'
  | 'zip'
  | 'ooxml'
  | 'odf'
  | 'ole'
  | 'png'
  | 'jpeg'
  | 'gif'
  | 'bmp'
  | 'tiff'
  | 'rtf'
  | 'rar'
  | '7z'
  | 'executable'
  | 'text'
  | 'empty'
  | 'unknown';

/** Where an attachment lies in the original bytes, and what it is. JSON. */
export interface AttachmentIndex {
  /** From 1, in the order of the payloads. */
  readonly no: number;
  /** Without `cid:`. */
  readonly contentId: string;
  readonly name: string;
  readonly description?: string | undefined;
  /** As declared; where the declaration only tells the packing (zip), by the extension. */
  readonly contentType: string;
  readonly detectedType: DetectedType;
  readonly isDeclaredTypeRight: boolean;
  /** `zip`: a single-entry ZIP that a receiver gets unpacked. */
  readonly encoding: 'raw' | 'zip';
  /** Of the first byte of the base64 text in the original. */
  readonly offset: number;
  /** Length of the base64 text in the original, white space included. */
  readonly encodedBytes: number;
  readonly hasWhiteSpace: boolean;
  /** Of the content a receiver gets. */
  readonly bytes: number;
  /** Lower-case hex, of the content a receiver gets. */
  readonly sha256: string;
}

/** Where a hop's TraceHeader goes; null where none belongs (a status) or none fits. */
export interface TracePlace {
  /** Bytes of the original before it. */
  readonly offset: number;
  /** `edXML:`, or empty where the message uses the default namespace. */
  readonly prefix: string;
  /** What stands before a TraceHeader, line feed and blanks; empty in a message on one line. */
  readonly indent: string;
  /** The message has no TraceHeaderList: one is made. */
  readonly isListMissing: boolean;
}

/** A message that was read to its end. JSON. */
export interface ReadEdxml {
  readonly message: EdxmlMessage;
  readonly attachments: readonly AttachmentIndex[];
  readonly warnings: readonly EdxmlWarning[];
  readonly trace: TracePlace | null;
  /** Of the whole original, byte order mark and trailing line ends included. */
  readonly bytes: number;
  /** Lower-case hex, of the whole original. */
  readonly sha256: string;
}

/** What is known of a document once its last byte is written. JSON. */
export type WrittenEdxml = Pick<ReadEdxml, 'attachments' | 'trace' | 'bytes' | 'sha256'>;

/** Reads one message, in pieces of any size. The caller keeps the same bytes. See `createEdxmlReader` in reader.ts. */
export interface EdxmlReader {
  /** The message, from the end of its envelope on; until then undefined. */
  readonly message: EdxmlMessage | undefined;
  /** Resolves when the piece is used up: wait before the next one. @throws EdxmlError, the same for every later call */
  push(chunk: Buffer): Promise<void>;
  /** After the last piece. @throws EdxmlError */
  end(): Promise<ReadEdxml>;
}

/** Where an upload's or a written attachment's content comes from; opened once, one after another. */
export interface AttachmentSource {
  /** Without `cid:`; a new UUID where left out. */
  readonly contentId?: string | undefined;
  readonly name: string;
  readonly description?: string | undefined;
  readonly contentType: string;
  open(): AsyncIterable<Buffer>;
}

/** A document on its way out. See `writeDocument` in writer.ts. */
export interface DocumentWriting {
  /** The bytes, once. Ends early with what a source or its content threw. */
  readonly chunks: AsyncGenerator<Buffer, void, undefined>;
  /** @throws Error before `chunks` has ended */
  written(): WrittenEdxml;
}

/** Which of the forms a unit code has; `opaque` is whatever is none of them. Source: units-and-codes.md §1 */
export type CodeForm = 'qd20' | 'old' | 'old-short' | 'system' | 'opaque';
