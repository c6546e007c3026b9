// Writes edXML: the envelope, then each attachment as it streams in. It checks what it is given before the first byte and
// holds no more than a piece of an attachment. Source: document-axis.md §1, §2, §9.1, §9.5, §9.7-9.9
import { createHash, randomUUID } from 'node:crypto';
import { encodeBase64 } from './base64.ts';
import { statusCodes } from './code-lists.ts';
import { checkDeclaredType, firstBytesWanted, toExtension } from './content-type.ts';
import { toTargets } from './document-id.ts';
import { edxmlNamespace } from './elements.ts';
import { EdxmlError } from './faults.ts';
import { defaultLimits } from './limits.ts';
import { statusesWithReason } from './read-status.ts';
import type {
  AttachmentIndex,
  AttachmentSource,
  DocumentToWrite,
  DocumentWriting,
  EdxmlStatus,
  ManifestEntry,
  TracePlace,
  WrittenEdxml,
} from './types.ts';
import { writeDocumentEnvelope, writeStatusEnvelope } from './write-header.ts';
import { escapeText } from './xml-lines.ts';
import { zipSingleEntry } from './zip.ts';

/** What goes unpacked, and as what. §1.6 */
const rawTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  doc: 'application/doc',
  docx: 'application/docx',
  zip: 'application/zip',
};

/** The media type on the wire, which tells the vendor's clients whether to unpack. */
export function toWireType(name: string): string {
  const extension = toExtension(name);
  return (Object.hasOwn(rawTypes, extension) ? rawTypes[extension] : undefined) ?? 'application/zip';
}

const isSentRaw = (name: string): boolean => Object.hasOwn(rawTypes, toExtension(name));

function requireTexts(texts: Readonly<Record<string, string>>): void {
  for (const [where, text] of Object.entries(texts))
    if (text.trim() === '') throw new EdxmlError('required-element', where);
}

function checkDocument(document: DocumentToWrite, attachments: readonly AttachmentSource[]): void {
  requireTexts({
    'MessageHeader/From/OrganId': document.from.organId,
    'MessageHeader/DocumentId': document.documentId,
    'MessageHeader/Code/CodeNumber': document.code.number,
    'MessageHeader/Code/CodeNotation': document.code.notation,
    'MessageHeader/Subject': document.subject,
  });
  const receivers = document.to.map(({ organId }) => organId.trim());
  if (receivers.length === 0 || receivers.includes(''))
    throw new EdxmlError('required-element', 'MessageHeader/To/OrganId');
  if (new Set(receivers).size < receivers.length)
    throw new EdxmlError('duplicate-receiver', 'MessageHeader/To');
  if (document.business.type !== 0 && toTargets(document).length === 0)
    throw new EdxmlError('business-target', 'TraceHeaderList/Bussiness');
  if (attachments.length > defaultLimits.attachments)
    throw new EdxmlError('too-many-attachments', 'edXMLManifest');
  for (const { name } of attachments) requireTexts({ 'edXMLManifest/Reference/AttachmentName': name });
}

type Entry = ManifestEntry & { readonly source: AttachmentSource };

const toEntry = (source: AttachmentSource): Entry => ({
  contentId: source.contentId ?? randomUUID(),
  contentType: toWireType(source.name),
  name: source.name.trim(),
  ...(source.description === undefined ? {} : { description: source.description }),
  source,
});

function toStartTags({ contentId, name, description, contentType }: Entry): string {
  const where = 'AttachmentEncoded/Attachment';
  const leaf = (element: string, text: string | undefined): string =>
    text === undefined || text.trim() === ''
      ? ''
      : `      <${element}>${escapeText(text.trim(), where)}</${element}>\n`;
  return `    <Attachment>\n${leaf('ContentId', `cid:${contentId}`)}${leaf('AttachmentName', name)}${leaf('Description', description)}${leaf('ContentType', contentType)}      <edXML:ContentTransferEncoded xmlns:edXML="${edxmlNamespace}">`;
}

/** Follows content on its way to be packed. */
class Content {
  readonly #hash = createHash('sha256');
  first: Buffer = Buffer.alloc(0);
  bytes = 0;

  async *of(source: AttachmentSource): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of source.open()) {
      this.#hash.update(chunk);
      this.bytes += chunk.length;
      if (this.first.length < firstBytesWanted)
        this.first = Buffer.concat([this.first, chunk.subarray(0, firstBytesWanted - this.first.length)]);
      yield chunk;
    }
  }

  toSha256(): string {
    return this.#hash.digest('hex');
  }
}

/** After the last hop, or first in its list. */
function toTracePlace(envelope: string): TracePlace {
  const last = '</edXML:TraceHeader>';
  const list = '<edXML:TraceHeaderList>';
  const at = envelope.lastIndexOf(last);
  const end = at === -1 ? envelope.lastIndexOf(list) + list.length : at + last.length;
  const offset = Buffer.byteLength(envelope.slice(0, end));
  return { offset, prefix: 'edXML:', indent: `\n${' '.repeat(8)}`, isListMissing: false };
}

class Writing implements DocumentWriting {
  readonly chunks: AsyncGenerator<Buffer, void, undefined>;
  readonly #hash = createHash('sha256');
  readonly #index: AttachmentIndex[] = [];
  readonly #trace: TracePlace;
  #bytes = 0;
  #written: WrittenEdxml | undefined;

  constructor(envelope: string, entries: readonly Entry[], starts: readonly string[]) {
    this.#trace = toTracePlace(envelope);
    this.chunks = this.#counted(this.#write(envelope, entries, starts));
  }

  written(): WrittenEdxml {
    if (!this.#written) throw new Error('the document is not written to its end');
    return this.#written;
  }

  async *#counted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of source) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
      yield chunk;
    }
    this.#written = {
      attachments: this.#index,
      trace: this.#trace,
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
    };
  }

  async *#write(
    envelope: string,
    entries: readonly Entry[],
    starts: readonly string[],
  ): AsyncGenerator<Buffer, void, undefined> {
    yield Buffer.from(`${envelope}${entries.length === 0 ? '' : '\n  <AttachmentEncoded>'}\n`);
    for (const [at, entry] of entries.entries()) {
      yield Buffer.from(starts[at] ?? '');
      yield* this.#writeContent(entry, at + 1);
      yield Buffer.from('</edXML:ContentTransferEncoded>\n    </Attachment>\n');
    }
    yield Buffer.from(`${entries.length === 0 ? '' : '  </AttachmentEncoded>\n'}</edXML>`);
  }

  async *#writeContent(entry: Entry, no: number): AsyncGenerator<Buffer, void, undefined> {
    const offset = this.#bytes;
    const content = new Content();
    const isRaw = isSentRaw(entry.name);
    const plain = content.of(entry.source);
    yield* encodeBase64(isRaw ? plain : zipSingleEntry(toEntryName(entry.name), plain));
    const { contentType } = entry.source;
    const { detectedType, isRight } = checkDeclaredType(entry.name, contentType, content.first);
    this.#index.push({
      no,
      contentId: entry.contentId,
      name: entry.name,
      ...(entry.description === undefined ? {} : { description: entry.description }),
      contentType,
      detectedType,
      isDeclaredTypeRight: isRight,
      encoding: isRaw ? 'raw' : 'zip',
      offset,
      encodedBytes: this.#bytes - offset,
      hasWhiteSpace: false,
      bytes: content.bytes,
      sha256: content.toSha256(),
    });
  }
}

/** `<uuid>.<ext>`; an extension that is no plain word is left out. §1.6 */
function toEntryName(name: string): string {
  const extension = toExtension(name);
  return /^[a-z0-9]{1,10}$/.test(extension) ? `${randomUUID()}.${extension}` : randomUUID();
}

/**
 * Checks a document and gets ready to write it; attachments are opened one after another, in their order. `Priority` and
 * `SteeringType` are written as 0 where nobody gave them; text is trimmed. The result has no line end after the root.
 * @throws EdxmlError required-element, duplicate-receiver, business-target, too-many-attachments, header-too-large,
 *   control-character, date, year
 */
export function writeDocument(
  document: DocumentToWrite,
  attachments: readonly AttachmentSource[],
): DocumentWriting {
  checkDocument(document, attachments);
  const entries = attachments.map(toEntry);
  const envelope = writeDocumentEnvelope(document, entries);
  if (Buffer.byteLength(envelope) > defaultLimits.headerBytes)
    throw new EdxmlError('header-too-large', 'edXMLEnvelope');
  return new Writing(envelope, entries, entries.map(toStartTags));
}

/**
 * The bytes of a status. Only the codes of §2.2 are sent: never 14, 999 or one digit.
 * @throws EdxmlError status-code, reason, required-element, control-character, date, year
 */
export function writeStatus(status: EdxmlStatus): Buffer {
  if (!Object.hasOwn(statusCodes, status.statusCode))
    throw new EdxmlError('status-code', 'MessageHeader/StatusCode');
  if (statusesWithReason.has(status.statusCode) && (status.description ?? '').trim() === '')
    throw new EdxmlError('reason', 'MessageHeader/Description');
  requireTexts({
    'MessageHeader/From/OrganId': status.from.organId,
    'MessageHeader/ResponseFor/OrganId': status.responseFor.organId ?? '',
    'MessageHeader/ResponseFor/DocumentId': status.responseFor.documentId ?? '',
  });
  return Buffer.from(`${writeStatusEnvelope(status)}\n</edXML>`);
}
