// Reads a configuration object piece by piece and collects every mistake, so that all come in one message.

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * One object of a configuration. Each method notes a mistake by its path, never with the value, and gives something
 * harmless in its place.
 */
export class Reader {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #mistakes: string[];
  readonly #read = new Set<string>();
  readonly #nested: Reader[] = [];

  /** @param path how mistakes name the object; `mistakes` receives them */
  constructor(json: unknown, path: string, mistakes: string[]) {
    this.#object = isObject(json) ? json : {};
    this.#path = path;
    this.#mistakes = mistakes;
    if (!isObject(json)) mistakes.push(`${path} is not an object`);
  }

  #value(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  #wrong(name: string, words: string): void {
    this.#mistakes.push(`${this.#path}.${name} ${words}`);
  }

  #nest(json: unknown, name: string): Reader {
    const reader = new Reader(json, `${this.#path}.${name}`, this.#mistakes);
    this.#nested.push(reader);
    return reader;
  }

  /** Names of the members, for an object that is a table. */
  names(): readonly string[] {
    return Object.keys(this.#object);
  }

  optional(name: string, match = /^/): string | undefined {
    const given = this.#value(name);
    if (given === undefined) return undefined;
    if (typeof given === 'string' && given !== '' && match.test(given)) return given;
    this.#wrong(name, match.source === '^' ? 'is not a text' : `does not look like ${match.source}`);
    return undefined;
  }

  /** A non-empty text; a mistake when it is absent. */
  text(name: string, match?: RegExp): string {
    if (this.#value(name) === undefined) this.#wrong(name, 'is missing');
    return this.optional(name, match) ?? '';
  }

  choice<const T extends string>(name: string, choices: readonly T[], otherwise: NoInfer<T>): T {
    const given = this.#value(name) ?? otherwise;
    const chosen = choices.find((choice) => choice === given);
    if (chosen === undefined) this.#wrong(name, `is none of ${choices.join(', ')}`);
    return chosen ?? otherwise;
  }

  flag(name: string, otherwise: boolean): boolean {
    const given = this.#value(name) ?? otherwise;
    if (typeof given !== 'boolean') this.#wrong(name, 'is neither true nor false');
    return given === true;
  }

  /** A whole number from `least` to `most`. */
  whole(name: string, least: number, most: number, otherwise: number): number {
    const given = this.#value(name) ?? otherwise;
    if (typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most) return given;
    this.#wrong(name, `is no whole number from ${least} to ${most}`);
    return otherwise;
  }

  texts(name: string, otherwise: readonly string[]): readonly string[] {
    const given = this.#value(name) ?? otherwise;
    const texts = Array.isArray(given) ? given.filter((item) => typeof item === 'string' && item !== '') : [];
    if (!Array.isArray(given) || texts.length !== given.length) this.#wrong(name, 'is no list of texts');
    return texts;
  }

  /** The object under `name`; an empty one when it is absent. */
  child(name: string): Reader {
    return this.#nest(this.#value(name) ?? {}, name);
  }

  /** The objects of the list under `name`; none when it is absent. */
  children(name: string): readonly Reader[] {
    const given = this.#value(name) ?? [];
    if (!Array.isArray(given)) this.#wrong(name, 'is not a list');
    return Array.isArray(given) ? given.map((item, index) => this.#nest(item, `${name}[${index}]`)) : [];
  }

  /** Notes the names that nobody read, here and in what was read below. Call it last. */
  end(): void {
    for (const name of this.names()) if (!this.#read.has(name)) this.#wrong(name, 'is not known');
    for (const reader of this.#nested) reader.end();
  }
}
