// Reads the fields of an element: any order, empty as absent, numbers and flags as text. Warnings name the place, never
// the value.
import { parseDate, parseTimestamp } from './dates.ts';
import { longest, toWhere } from './elements.ts';
import { EdxmlError } from './faults.ts';
import { childOf, type Element } from './markup.ts';
import type { Warnings } from './warnings.ts';

/** Without the members that are undefined. */
export type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** A new table without undefined members; undefined where none is left. */
export function toPresent<T extends object>(table: T): Present<T> | undefined {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined);
  // Only members of T with T's own values are left.
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Present<T>);
}

/** An element with its path and the list of warnings. */
export class Fields {
  readonly #element: Element;
  readonly #path: readonly string[];
  readonly warnings: Warnings;

  constructor(element: Element, path: readonly string[], warnings: Warnings) {
    this.#element = element;
    this.#path = path;
    this.warnings = warnings;
  }

  /** The place of a child, for messages. */
  where(name: string): string {
    return toWhere([...this.#path, name]);
  }

  child(name: string): Fields | undefined {
    const child = childOf(this.#element, name);
    return child ? new Fields(child, [...this.#path, name], this.warnings) : undefined;
  }

  children(name: string): readonly Fields[] {
    return this.#element.children
      .filter((child) => child.name === name)
      .map((child) => new Fields(child, [...this.#path, name], this.warnings));
  }

  /** Whether there is a child at all. */
  has(name: string): boolean {
    return childOf(this.#element, name) !== undefined;
  }

  /** Trimmed; undefined where there is none or an empty one. */
  text(name: string): string | undefined {
    const child = childOf(this.#element, name);
    return child ? this.#toText(child, name) : undefined;
  }

  /** All that are not empty. */
  texts(name: string): readonly string[] {
    return this.#element.children
      .filter((child) => child.name === name)
      .map((child) => this.#toText(child, name))
      .filter((text) => text !== undefined);
  }

  /** @throws EdxmlError required-element */
  required(name: string): string {
    const text = this.text(name);
    if (text === undefined) throw new EdxmlError('required-element', this.where(name));
    return text;
  }

  /** @throws EdxmlError required-element */
  requiredChild(name: string): Fields {
    const child = this.child(name);
    if (!child) throw new EdxmlError('required-element', this.where(name));
    return child;
  }

  whole(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^-?\d{1,9}$/.test(text)) return Number(text);
    this.warnings.add('number', this.where(name));
    return undefined;
  }

  /** 0, 1, true, false. */
  flag(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (['1', 'true'].includes(text)) return true;
    if (!['0', 'false'].includes(text)) this.warnings.add('flag', this.where(name));
    return ['0', 'false'].includes(text) ? false : undefined;
  }

  /** yyyy-MM-dd. @throws EdxmlError date, year */
  date(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const { date, isRightForm } = parseDate(text, this.where(name));
    if (!isRightForm) this.warnings.add('date-form', this.where(name));
    return date;
  }

  /** RFC 3339. */
  time(name: string): string | undefined {
    const text = this.text(name);
    const time = text === undefined ? undefined : parseTimestamp(text);
    if (text !== undefined && time === undefined) this.warnings.add('timestamp', this.where(name));
    return time;
  }

  #toText(child: Element, name: string): string | undefined {
    const text = child.text.trim();
    const most = longest[`${this.#element.name}/${name}`] ?? longest[name];
    if (most !== undefined && text.length > most) this.warnings.add('length', this.where(name));
    return text === '' ? undefined : text;
  }
}
