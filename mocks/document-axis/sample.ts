// Composes messages of its own for tests, from invented words; big ones are made while they are read. Source:
// document-axis.md §1.8, §2.1.

import { createReader } from '../parts/reader.ts';
import { toDay, toMoment } from './clock.ts';
import type { Kind } from './journal.ts';
import { isSpoil, type Spoil, spoils } from './spoil.ts';

/** What a test wants to have sent to it. */
export interface Injection {
  readonly kind: Kind;
  readonly from: string;
  readonly to: readonly string[];
  readonly number: string;
  readonly notation: string;
  /** BussinessDocType. */
  readonly documentType: number;
  readonly attachments: number;
  /** Of each attachment, before base64. */
  readonly attachmentBytes: number;
  readonly statusCode: string;
  /** In a status: DocumentId of the document it answers. */
  readonly documentId: string | undefined;
  readonly spoil: Spoil | undefined;
}

/**
 * Reads what a test puts to the address.
 * @throws Error with every mistake in one message
 */
export function parseInjection(json: unknown): Injection {
  const mistakes: string[] = [];
  const reader = createReader(json, 'injection', mistakes);
  const spoil = reader.has('spoil') ? reader.choice('spoil', Object.keys(spoils)) : '';
  const injection: Injection = {
    kind: reader.choice('kind', ['edoc', 'status'], 'edoc'),
    from: reader.text('from', { match: /^[\w.-]+$/ }),
    to: reader.texts('to').filter((code) => /^[\w.-]+$/.test(code)),
    number: reader.text('number', { match: /^\w+$/, otherwise: '1' }),
    notation: reader.text('notation', { match: /^[\w-]+$/, otherwise: 'TN-MAU' }),
    documentType: reader.whole('documentType', { least: 0, most: 3, otherwise: 0 }),
    attachments: reader.whole('attachments', { least: 0, most: 50, otherwise: 1 }),
    attachmentBytes: reader.whole('attachmentBytes', { least: 9, most: 268_435_456, otherwise: 1_000 }),
    statusCode: reader.text('statusCode', { match: /^\d{1,3}$/, otherwise: '03' }),
    documentId: reader.optional('documentId', { match: /^[^<>&]+$/ }),
    spoil: isSpoil(spoil) ? spoil : undefined,
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return injection;
}

const uri = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';
const el = (name: string, content: string): string => `<edXML:${name}>${content}</edXML:${name}>`;
const unit = (name: string, code: string): string =>
  el(name, el('OrganId', code) + el('OrganName', `Đơn vị thử nghiệm ${code}`));

function toEnvelope(headerContent: string, body: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="${uri}"><edXML:edXMLEnvelope xmlns:edXML="${uri}">` +
    `${el('edXMLHeader', headerContent)}${body}</edXML:edXMLEnvelope>`
  );
}

const toName = (index: number): string => `tep-thu-nghiem-${index + 1}.pdf`;

function toTypeInfo({ documentType, documentId = '' }: Injection): string {
  if (documentType === 2) return el('DocumentId', documentId);
  if (documentType !== 3) return '';
  return el('ReplacementInfoList', el('ReplacementInfo', el('DocumentId', documentId)));
}

function toDocumentHead(injection: Injection, day: string, moment: string): string {
  const { from, to, number, notation, documentType, documentId } = injection;
  const answered =
    documentType === 1 && documentId
      ? el('ResponseFor', el('OrganId', from) + el('DocumentId', documentId))
      : '';
  const header =
    unit('From', from) +
    to.map((code) => unit('To', code)).join('') +
    el('DocumentId', `${from},${day},${number}/${notation}`) +
    el('Code', el('CodeNumber', number) + el('CodeNotation', notation)) +
    el('PromulgationInfo', el('Place', 'Đà Lạt') + el('PromulgationDate', day)) +
    el('DocumentType', `${el('Type', '18')}${el('TypeDetail', '0')}${el('TypeName', 'Công văn')}`) +
    el('Subject', 'V/v thử nghiệm liên thông') +
    el('SignerInfo', el('FullName', 'Nguyễn Văn Thử')) +
    answered;
  const business = el(
    'Bussiness',
    `${toTypeInfo(injection)}${el('BussinessDocType', String(documentType))}${el('Paper', '0')}`,
  );
  const trace = el('TraceHeader', el('OrganId', from) + el('Timestamp', moment));
  return el('MessageHeader', header) + el('TraceHeaderList', trace + business);
}

function toManifest({ attachments }: Injection): string {
  const references = Array.from({ length: attachments }, (_, index) =>
    el(
      'Reference',
      el('ContentId', `cid:att-${index}`) +
        el('ContentType', 'application/pdf') +
        el('AttachmentName', toName(index)),
    ),
  );
  const manifest = `<edXML:edXMLManifest version="1.0">${references.join('')}</edXML:edXMLManifest>`;
  return el('edXMLBody', manifest);
}

// A block whose bytes divide by three, so that its base64 can be repeated.
const block = Buffer.alloc(98_304, 'tep thu nghiem 0123456789 ');
const blockText = block.toString('base64');

/** Base64 of a PDF-like content of so many bytes. */
function* toPayload(bytes: number): Iterable<string> {
  yield Buffer.from('%PDF-1.4\n').toString('base64');
  let left = bytes - 9;
  for (; left >= block.length; left -= block.length) yield blockText;
  yield block.toString('base64', 0, left);
}

function* toDocument(injection: Injection, nowMs: number): Iterable<Buffer> {
  const head = toDocumentHead(injection, toDay(nowMs), toMoment(nowMs));
  yield Buffer.from(`${toEnvelope(head, toManifest(injection))}<AttachmentEncoded>`);
  for (let index = 0; index < injection.attachments; index += 1) {
    yield Buffer.from(
      `<Attachment><ContentId>cid:att-${index}</ContentId><AttachmentName>${toName(index)}</AttachmentName>` +
        `<ContentType>application/pdf</ContentType><edXML:ContentTransferEncoded xmlns:edXML="${uri}">`,
    );
    for (const piece of toPayload(injection.attachmentBytes)) yield Buffer.from(piece);
    yield Buffer.from('</edXML:ContentTransferEncoded></Attachment>');
  }
  yield Buffer.from('</AttachmentEncoded></edXML>');
}

function toStatus({ from, to, statusCode, documentId = '' }: Injection, nowMs: number): string {
  const [issuer = '', day = '', code = ''] = documentId.split(',');
  const answered =
    el('OrganId', to[0] ?? issuer) +
    el('Code', code) +
    el('DocumentId', documentId) +
    el('PromulgationDate', day);
  const header =
    unit('From', from) +
    el('ResponseFor', answered) +
    el('StaffInfo', el('Department', 'Văn thư') + el('Staff', 'Lê Thị Mẫu')) +
    el('StatusCode', statusCode) +
    el('Description', 'Thử nghiệm') +
    el('Timestamp', toMoment(nowMs));
  return `${toEnvelope(el('MessageHeader', header), '')}</edXML>`;
}

/** The message, piece by piece. */
export async function* composeMessage(injection: Injection, nowMs: number): AsyncIterable<Buffer> {
  if (injection.kind === 'status') yield Buffer.from(toStatus(injection, nowMs));
  else yield* toDocument(injection, nowMs);
}
