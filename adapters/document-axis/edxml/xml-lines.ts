// Builds pretty-printed XML line by line. It escapes text and knows no element.
import { forbiddenCharacter, toWhere } from './elements.ts';
import { EdxmlError } from './faults.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  // A reader turns a bare one into a line feed.
  '\r': '&#13;',
};

/** Text of an element. @throws EdxmlError control-character */
export function escapeText(text: string, where: string): string {
  if (forbiddenCharacter.test(text)) throw new EdxmlError('control-character', where);
  return text.replace(/[&<>\r]/g, (letter) => escapes[letter] ?? letter);
}

/** What a leaf may hold; undefined and blank text leave it out, a flag is written as given by the caller. */
export type LeafValue = string | number | undefined;

/** Lines with two blanks for each level. */
export class XmlLines {
  readonly #prefix: string;
  readonly #level: number;
  readonly #lines: string[] = [];
  readonly #open: string[] = [];

  /**
   * @param prefix of every element, with its colon
   * @param level of the first line
   */
  constructor(prefix: string, level: number) {
    this.#prefix = prefix;
    this.#level = level;
  }

  #line(text: string): void {
    this.#lines.push(`${'  '.repeat(this.#level + this.#open.length)}${text}`);
  }

  /** An element with children; none is written where `content` writes nothing and `isOptional`. */
  group(name: string, content: () => void, attributes = '', isOptional = true): void {
    const before = this.#lines.length;
    this.#line(`<${this.#prefix}${name}${attributes}>`);
    this.#open.push(name);
    content();
    this.#open.pop();
    if (isOptional && this.#lines.length === before + 1) this.#lines.pop();
    else this.#line(`</${this.#prefix}${name}>`);
  }

  /** Elements with text, in the order of the table. @throws EdxmlError control-character */
  leaves(table: Readonly<Record<string, LeafValue>>): void {
    for (const [name, value] of Object.entries(table)) {
      const text = String(value ?? '').trim();
      if (text === '') continue;
      const where = toWhere([...this.#open, name]);
      this.#line(`<${this.#prefix}${name}>${escapeText(text, where)}</${this.#prefix}${name}>`);
    }
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}
