// The mark-up of an edXML file, tag by tag: elements, namespaces, depth, counts. It never sees the content of attachments
// and knows nothing of what an element means. No DTD, no entity, UTF-8 only.
import sax from 'sax';
import { edxmlNamespace, forbiddenCharacter, toWhere } from './elements.ts';
import { EdxmlError } from './faults.ts';
import type { EdxmlLimits } from './types.ts';

/** An element; `text` is what stands directly in it. */
export interface Element {
  readonly name: string;
  /** With its colon, or empty. */
  readonly prefix: string;
  /** Undefined for a prefix that is not declared. */
  readonly namespace: string | undefined;
  /** Line feed and blanks before its start tag; empty where something else stands there. */
  readonly indent: string;
  readonly children: Element[];
  text: string;
}

/** What one tag did. `path` has the element's own name last. */
export interface MarkupEvent {
  readonly kind: 'open' | 'close';
  readonly element: Element;
  readonly parent: Element | undefined;
  readonly depth: number;
}

type Scope = ReadonlyMap<string, string>;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The child of that name in the namespace, else the first of that name. Source: document-axis.md §1.1 */
export function childOf(element: Element, name: string): Element | undefined {
  const named = element.children.filter((child) => child.name === name);
  return named.find((child) => child.namespace === edxmlNamespace) ?? named[0];
}

/** Parses segments that each end with a tag. */
export class Markup {
  readonly #limits: EdxmlLimits;
  /** `strictEntities` (the five of XML only) is missing from the parser's types. */
  readonly #parser = sax.parser(true, { position: false, ...{ strictEntities: true } });
  readonly #open: { readonly element: Element; readonly scope: Scope }[] = [];
  #events: MarkupEvent[] = [];
  #before = '';
  #elements = 0;
  #isRootClosed = false;

  constructor(limits: EdxmlLimits) {
    this.#limits = limits;
    this.#parser.onopentag = ({ name, attributes }) => this.#onOpen(name, attributes);
    this.#parser.onclosetag = () => this.#onClose();
    this.#parser.ontext = (text) => this.#onText(text);
    this.#parser.oncdata = (text) => this.#onText(text);
    this.#parser.ondoctype = () => this.#refuse('doctype');
    this.#parser.onerror = (error) =>
      this.#refuse(/character entity/i.test(error.message) ? 'entity' : 'not-xml');
  }

  /** The names of the open elements, for messages. */
  get where(): string {
    return toWhere(this.#open.map(({ element }) => element.name));
  }

  get isRootClosed(): boolean {
    return this.#isRootClosed;
  }

  /** A segment up to and including a `>`, or what follows the last one. @throws EdxmlError */
  write(segment: Buffer): readonly MarkupEvent[] {
    const text = this.#decode(segment);
    // Also inside comments: no message has reason to hold one, and an unended declaration costs time.
    if (/<!(?!--|\[CDATA\[)/.test(text)) this.#refuse('doctype');
    this.#before = /^(\r?\n[ \t]{0,64})<[^<]*$/.exec(text)?.[1] ?? '';
    this.#events = [];
    this.#parser.write(text);
    return this.#events;
  }

  /** @throws EdxmlError truncated */
  end(): void {
    if (!this.#isRootClosed) this.#refuse('truncated');
    this.#parser.close();
  }

  #decode(segment: Buffer): string {
    try {
      return utf8.decode(segment);
    } catch {
      return this.#refuse('not-utf-8');
    }
  }

  #refuse(fault: ConstructorParameters<typeof EdxmlError>[0]): never {
    throw new EdxmlError(fault, this.where);
  }

  #toScope(attributes: Readonly<Record<string, unknown>>): Scope {
    const outer: Scope = this.#open.at(-1)?.scope ?? new Map();
    const declared = Object.entries(attributes).filter(([name]) => /^xmlns(:|$)/.test(name));
    if (declared.length === 0) return outer;
    const scope = new Map(outer);
    for (const [name, value] of declared) scope.set(name.slice('xmlns:'.length), String(value));
    return scope;
  }

  #onOpen(qualified: string, attributes: Readonly<Record<string, unknown>>): void {
    const scope = this.#toScope(attributes);
    const colon = qualified.indexOf(':');
    const prefix = qualified.slice(0, colon + 1);
    const element: Element = {
      name: qualified.slice(colon + 1),
      prefix,
      namespace: scope.get(prefix.slice(0, -1)),
      indent: this.#before,
      children: [],
      text: '',
    };
    const parent = this.#open.at(-1)?.element;
    if (this.#isRootClosed) this.#refuse('not-xml');
    this.#open.push({ element, scope });
    this.#elements += 1;
    if (this.#open.length > this.#limits.depth) this.#refuse('too-deep');
    if (this.#elements > this.#limits.elements) this.#refuse('too-many-elements');
    this.#events.push({ kind: 'open', element, parent, depth: this.#open.length });
  }

  #onClose(): void {
    const depth = this.#open.length;
    const element = this.#open.pop()?.element;
    const parent = this.#open.at(-1)?.element;
    if (!element) return;
    // What is directly under the root, and each attachment, is taken from its event: the tree stays small.
    if (depth > 2 && parent?.name !== 'AttachmentEncoded') parent?.children.push(element);
    if (depth === 1) this.#isRootClosed = true;
    this.#events.push({ kind: 'close', element, parent, depth });
  }

  #onText(text: string): void {
    if (forbiddenCharacter.test(text)) this.#refuse('control-character');
    const element = this.#open.at(-1)?.element;
    if (element) element.text += text;
  }
}
