// As much of edXML as a simple system outside needs: what a document is, its one attachment, and a status about it. Shares
// nothing with the hub's reader and writer. Source: document-axis.md §1, §2

/** What a receiver needs to know of a document. */
export interface ReadDocument {
  readonly documentId: string;
  readonly from: string;
  /** BussinessDocType. */
  readonly type: string;
  readonly attachment: Buffer;
}

const headEnd = Buffer.from('edXMLHeader>');
const contentTag = Buffer.from('ContentTransferEncoded');

const textOf = (head: string, element: string): string =>
  new RegExp(`<(?:\\w+:)?${element}>([^<]*)</`).exec(head)?.[1]?.trim() ?? '';

/** Undefined for a message without an attachment: none of the day's. */
export function readDocument(message: Buffer): ReadDocument | undefined {
  const head = message.toString('utf8', 0, message.lastIndexOf(headEnd, 65_536));
  const tag = message.indexOf(contentTag);
  const start = message.indexOf('>', tag) + 1;
  const end = message.indexOf('<', start);
  if (tag < 0 || end < 0) return undefined;
  const [, from = ''] = /<(?:\w+:)?From>([\s\S]*?)<\/(?:\w+:)?From>/.exec(head) ?? [];
  const [, header = head] = /<(?:\w+:)?MessageHeader>([\s\S]*)<\/(?:\w+:)?MessageHeader>/.exec(head) ?? [];
  return {
    documentId: textOf(header, 'DocumentId'),
    from: textOf(from, 'OrganId'),
    type: textOf(head, 'BussinessDocType'),
    attachment: Buffer.from(message.toString('latin1', start, end), 'base64'),
  };
}

const uri = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';
const el = (name: string, content: string): string => `<edXML:${name}>${content}</edXML:${name}>`;

/** A status of `from` about a document. §2.1 */
export function writeStatus(
  { documentId, from: issuer }: ReadDocument,
  from: string,
  statusCode: string,
  moment: string,
): Buffer {
  const [, day = '', ...code] = documentId.split(',');
  const header =
    el('From', el('OrganId', from) + el('OrganName', `Cơ quan ngoài tỉnh ${from} (thử nghiệm)`)) +
    el(
      'ResponseFor',
      el('OrganId', issuer) +
        el('Code', code.join(',')) +
        el('DocumentId', documentId) +
        el('PromulgationDate', day),
    ) +
    el('StatusCode', statusCode) +
    el('Description', 'Thử nghiệm') +
    el('Timestamp', moment);
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="${uri}"><edXML:edXMLEnvelope xmlns:edXML="${uri}">` +
      `${el('edXMLHeader', el('MessageHeader', header))}</edXML:edXMLEnvelope></edXML>`,
  );
}
