// Takes a record of the source apart by name and keeps the names of what nobody took.
import { toTidyText } from './names.ts';
import { childrenOf, type XmlElement } from './xml.ts';

/** Why an answer cannot be understood; becomes a SourceError `unreadable` with this code. */
export class UnreadableAnswer extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`the answer cannot be understood: ${code}`);
    this.name = 'UnreadableAnswer';
    this.code = code;
  }
}

const maximumNotes = 50;

/** Names of what the mapping did not know, at most 50. A name that could carry a value is not repeated. */
export class Notes {
  readonly #names = new Set<string>();
  /** Repeats count once. */
  add(name: string): void {
    const safe = /^[A-Za-z][\w./:-]{0,99}$/.test(name) && !/\d{6}/.test(name);
    if (this.#names.size < maximumNotes) this.#names.add(safe ? name : 'unnamed');
  }
  get list(): readonly string[] {
    return [...this.#names];
  }
}

/** One element whose children are taken by name, each at most once. */
export class Group {
  readonly #element: XmlElement;
  readonly #path: string;
  readonly #notes: Notes;
  readonly #known = new Set<string>();

  constructor(element: XmlElement, path: string, notes: Notes) {
    this.#element = element;
    this.#path = path;
    this.#notes = notes;
  }

  #one(name: string): XmlElement | undefined {
    this.#known.add(name);
    const [first, second] = childrenOf(this.#element, name);
    if (second) throw new UnreadableAnswer('repeated-field');
    return first;
  }

  /** The text of a child, NFC; undefined when it is absent or empty. */
  text(name: string): string | undefined {
    const child = this.#one(name);
    if (!child) return undefined;
    for (const { name: inner } of child.children) this.note(`${name}/${inner}`);
    return child.text.normalize('NFC').trim() || undefined;
  }

  group(name: string): Group | undefined {
    const child = this.#one(name);
    return child && new Group(child, `${this.#path}/${name}`, this.#notes);
  }

  /** The element's own text, where a group may also be a plain text. */
  get ownText(): string {
    return toTidyText(this.#element.text);
  }

  note(name: string): void {
    this.#notes.add(`${this.#path}/${name}`);
  }

  /** Notes the children that nobody took. */
  end(): void {
    for (const { name } of this.#element.children) if (!this.#known.has(name)) this.note(name);
  }
}
