// Reads XML of a source that is not trusted: UTF-8 only, no DTD or entity, bounded in depth and elements.
import { Parser } from 'xml2js';

/** An element without its prefix and attributes. Text is what stands directly in it, trimmed. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Bounds of one document. */
export interface XmlBounds {
  readonly elements: number;
  readonly depth: number;
}

/** Why a document is not read. */
export type XmlRefusal = 'not-utf-8' | 'dtd' | 'not-xml' | 'too-deep' | 'too-many-elements';

/** The one error of `parseXml`; it never repeats the document. */
export class XmlError extends Error {
  readonly reason: XmlRefusal;
  constructor(reason: XmlRefusal) {
    super(`the XML is refused: ${reason}`);
    this.name = 'XmlError';
    this.reason = reason;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function toText(bytes: Buffer): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new XmlError('not-utf-8');
  }
  const declared = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
  if (text.includes('\0') || (declared !== undefined && !/^utf-?8$/i.test(declared)))
    throw new XmlError('not-utf-8');
  // DOCTYPE, ENTITY and whatever else is no comment and no CDATA; not even inside those: no answer has reason to hold
  // one, and the parser's time for an unended declaration grows with the square of its length.
  if (/<!(?!--|\[CDATA\[)/.test(text)) throw new XmlError('dtd');
  return text;
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** From what xml2js makes: a text, or a table of lists with the text under `_`. */
function toElement(name: string, value: unknown): XmlElement {
  if (!isTable(value)) return { name, text: typeof value === 'string' ? value.trim() : '', children: [] };
  const children: XmlElement[] = [];
  for (const [childName, list] of Object.entries(value))
    if (Array.isArray(list)) for (const child of list) children.push(toElement(childName, child));
  const text = value['_'];
  return { name, text: typeof text === 'string' ? text.trim() : '', children };
}

/**
 * The root of a document.
 * @throws XmlError
 */
export async function parseXml(bytes: Buffer, bounds: XmlBounds): Promise<XmlElement> {
  const text = toText(bytes);
  let elements = 0;
  let depth = 0;
  let refusal: XmlRefusal | undefined;
  const refuse = (reason: XmlRefusal): never => {
    refusal = reason;
    throw new XmlError(reason);
  };
  const parser = new Parser({
    ignoreAttrs: true,
    // Called where an element opens, the validator where it closes.
    tagNameProcessors: [
      (name) => {
        if (elements > 0 && depth === 0) refuse('not-xml');
        elements += 1;
        depth += 1;
        if (elements > bounds.elements) refuse('too-many-elements');
        if (depth > bounds.depth) refuse('too-deep');
        return name.slice(name.indexOf(':') + 1);
      },
    ],
    validator: (_path: string, _earlier: unknown, value: unknown) => {
      depth -= 1;
      return value;
    },
  });
  let parsed: unknown;
  try {
    parsed = await parser.parseStringPromise(text);
  } catch {
    throw new XmlError(refusal ?? 'not-xml');
  }
  // xml2js ends at the root's end and is silent about what follows.
  if (!isTable(parsed) || refusal || !text.trimEnd().endsWith('>')) throw new XmlError(refusal ?? 'not-xml');
  const [root] = Object.entries(parsed);
  if (!root) throw new XmlError('not-xml');
  return toElement(root[0], root[1]);
}

/** The children of that name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}
