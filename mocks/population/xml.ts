// Writes and reads the mock's XML: a writer that escapes everything, a reader that keeps the order of elements.
import { Parser } from 'xml2js';

/** An element to write: a name with attributes, and either text or children in order. */
export interface Element {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly content: string | readonly Element[];
}

/** An element as read; `text` is as sent, entities resolved. */
export interface ReadElement {
  readonly namespace: string;
  readonly name: string;
  readonly text: string;
  readonly children: readonly ReadElement[];
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const depthLimit = 16;

function toEscaped(text: string): string {
  return text.replace(/[&<>"]/g, (found) => escapes[found] ?? found);
}

/** An element, in the short form that answers are composed with. */
export function element(
  name: string,
  content: string | readonly Element[],
  attributes?: Readonly<Record<string, string>>,
): Element {
  return attributes ? { name, content, attributes } : { name, content };
}

/** The text of an element and all below it. */
export function toXml(item: Element): string {
  const attributes = Object.entries(item.attributes ?? {})
    .map(([name, value]) => ` ${name}="${toEscaped(value)}"`)
    .join('');
  const content =
    typeof item.content === 'string' ? toEscaped(item.content) : item.content.map(toXml).join('');
  return content === ''
    ? `<${item.name}${attributes}/>`
    : `<${item.name}${attributes}>${content}</${item.name}>`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function toReadElement(node: unknown, depth: number): ReadElement {
  if (!isRecord(node) || !isRecord(node['$ns']) || depth > depthLimit) throw new Error('not an element');
  const { uri, local } = node['$ns'];
  const below = Array.isArray(node['$$']) ? node['$$'] : [];
  return {
    namespace: typeof uri === 'string' ? uri : '',
    name: typeof local === 'string' ? local : '',
    text: typeof node['_'] === 'string' ? node['_'] : '',
    children: below.map((child) => toReadElement(child, depth + 1)),
  };
}

/**
 * Reads a document of at most 16 levels.
 * @throws Error when it is not UTF-8, not well-formed or holds a DTD
 */
export function parseXml(bytes: Buffer): ReadElement {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (/<!DOCTYPE/i.test(text)) throw new Error('a DTD');
  const parser = new Parser({
    xmlns: true,
    explicitRoot: false,
    explicitChildren: true,
    preserveChildrenOrder: true,
    async: false,
  });
  const read: { error?: Error | null; root?: unknown } = {};
  parser.parseString(text, (error, root: unknown) => {
    read.error ??= error;
    read.root ??= root;
  });
  if (read.error) throw read.error;
  return toReadElement(read.root, 0);
}
