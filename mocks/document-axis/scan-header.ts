// Reads what routing needs from the beginning of an edXML message, up to the end of its header. No entities, no DTD, no
// tree: a scanner over bounded text. Source: document-axis.md §1, §2. It changes nothing and never sees an attachment.

/** What a message says of itself. Texts that are absent are empty. */
export interface MessageHead {
  readonly from: string;
  readonly to: readonly string[];
  readonly documentId: string;
  /** BussinessDocType; empty in statuses and where it is absent. */
  readonly documentType: string;
  /** StatusCode; empty in documents. */
  readonly statusCode: string;
  readonly answers: readonly { readonly organId: string; readonly documentId: string }[];
  /** Where a further TraceHeader belongs, and the prefix of its elements; absent without a TraceHeaderList. */
  readonly trace?: { readonly atByte: number; readonly prefix: string };
}

/** How much of a message is looked at. */
export const headMostBytes = 1_048_576;

/** Byte index behind the end of the header; -1 when it is not (yet) there. */
export function findHeadEnd(bytes: Buffer, from = 0): number {
  const at = bytes.indexOf('edXMLHeader>', from, 'latin1');
  if (at < 0) return -1;
  const end = at + 'edXMLHeader>'.length;
  const open = bytes.lastIndexOf('<', at);
  return bytes[open + 1] === 0x2f ? end : findHeadEnd(bytes, end);
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function toText(latin1: string): string {
  return Buffer.from(latin1, 'latin1')
    .toString('utf8')
    .replace(/&(lt|gt|amp|quot|apos);/g, (whole, name: string) => entities[name] ?? whole)
    .trim();
}

interface Collected {
  from: string;
  readonly to: string[];
  documentId: string;
  documentType: string;
  statusCode: string;
  readonly answers: { organId: string; documentId: string }[];
  trace?: { atByte: number; prefix: string };
}

const header = '/edXML/edXMLEnvelope/edXMLHeader';

/** What each path of local names fills in. */
const takers: Readonly<Record<string, (into: Collected, text: string) => void>> = {
  [`${header}/MessageHeader/From/OrganId`]: (into, text) => {
    into.from = text;
  },
  [`${header}/MessageHeader/To/OrganId`]: (into, text) => void into.to.push(text),
  [`${header}/MessageHeader/DocumentId`]: (into, text) => {
    into.documentId = text;
  },
  [`${header}/MessageHeader/StatusCode`]: (into, text) => {
    into.statusCode = text;
  },
  [`${header}/MessageHeader/ResponseFor/OrganId`]: ({ answers }, text) => {
    const last = answers.at(-1);
    if (last) last.organId = text;
  },
  [`${header}/MessageHeader/ResponseFor/DocumentId`]: ({ answers }, text) => {
    const last = answers.at(-1);
    if (last) last.documentId = text;
  },
  [`${header}/TraceHeaderList/Bussiness/BussinessDocType`]: (into, text) => {
    into.documentType = text;
  },
};

const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>|<!|<(\/?)([\w.-]+:)?([\w.-]+)([^<>]*?)(\/?)>/g;

function noteTrace(into: Collected, path: string, prefix: string, tagStart: number, tagEnd: number): void {
  if (path === `${header}/TraceHeaderList/TraceHeader`) into.trace = { atByte: tagEnd, prefix };
  // A list without a hop: the first one goes to its end.
  if (path === `${header}/TraceHeaderList`) into.trace ??= { atByte: tagStart, prefix };
}

function closeElement(
  into: Collected,
  path: string,
  prefix: string,
  text: string,
  at: [number, number],
): void {
  takers[path]?.(into, toText(text));
  noteTrace(into, path, prefix, ...at);
}

/** The head of a message, or undefined when its beginning is no edXML header. `bytes` may go on behind it. */
export function scanHead(bytes: Buffer): MessageHead | undefined {
  const end = findHeadEnd(bytes);
  if (end < 0) return undefined;
  const text = bytes.subarray(0, end).toString('latin1');
  const into: Collected = { from: '', to: [], documentId: '', documentType: '', statusCode: '', answers: [] };
  const open: string[] = [];
  let textStart = 0;
  for (const found of text.matchAll(token)) {
    const [whole, slash, prefix = '', name, , isEmpty] = found;
    if (whole === '<!') return undefined;
    if (name === undefined) continue;
    const tagEnd = found.index + whole.length;
    if (slash === '/') {
      const path = `/${open.join('/')}`;
      if (open.pop() !== name) return undefined;
      closeElement(into, path, prefix, text.slice(textStart, found.index), [found.index, tagEnd]);
    } else if (isEmpty !== '/') {
      open.push(name);
      if (`/${open.join('/')}` === `${header}/MessageHeader/ResponseFor`)
        into.answers.push({ organId: '', documentId: '' });
    }
    textStart = tagEnd;
  }
  // The header itself was closed last, within its envelope.
  return open.join('/') === 'edXML/edXMLEnvelope' ? into : undefined;
}
