// Reads a JSON object member by member and collects every mistake; names members, never repeats values.

/** Reads the members of one JSON object. A wrong member becomes a mistake and a harmless value. */
export interface Reader {
  /** An undefined member counts as absent. */
  readonly has: (key: string) => boolean;
  /** A required text, unless `otherwise` is given. */
  readonly text: (key: string, rule?: { match?: RegExp; otherwise?: string }) => string;
  readonly optional: (key: string, rule?: { match?: RegExp }) => string | undefined;
  readonly whole: (key: string, rule: { least: number; most: number; otherwise?: number }) => number;
  /** A number from 0 to 1. */
  readonly share: (key: string, otherwise: number) => number;
  readonly flag: (key: string, otherwise: boolean) => boolean;
  readonly choice: <T extends string>(key: string, among: readonly T[], otherwise?: T) => T;
  readonly texts: (key: string, otherwise?: readonly string[]) => readonly string[];
  readonly textTable: (key: string) => Readonly<Record<string, string>>;
  /** An absent member reads as an empty object. */
  readonly child: (key: string) => Reader;
  readonly children: (key: string, otherwise?: readonly unknown[]) => readonly Reader[];
  /** Reports the members that nobody read, here and in the children. */
  readonly end: () => void;
}

interface Members {
  readonly take: (key: string) => unknown;
  /** Notes a mistake and returns the harmless value. */
  readonly wrong: <T>(key: string, must: string, value: T) => T;
  /** A reader of a value below, which is asked for its unread members too. */
  readonly nested: (value: unknown, key: string) => Reader;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return isList(value) && value.every((item) => typeof item === 'string');
}

function createScalars({
  take,
  wrong,
}: Members): Pick<Reader, 'text' | 'optional' | 'whole' | 'share' | 'flag' | 'choice'> {
  const text: Reader['text'] = (key, rule = {}) => {
    const value = take(key) ?? rule.otherwise;
    if (typeof value === 'string' && value !== '' && (rule.match?.test(value) ?? true)) return value;
    return wrong(key, rule.match ? `a text like ${rule.match.source}` : 'a text', '');
  };
  return {
    text,
    optional: (key, rule = {}) => (take(key) === undefined ? undefined : text(key, rule)),
    whole: (key, { least, most, otherwise }) => {
      const value = take(key) ?? otherwise;
      const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
      return fits ? value : wrong(key, `a whole number from ${least} to ${most}`, least);
    },
    share: (key, otherwise) => {
      const value = take(key) ?? otherwise;
      return typeof value === 'number' && value >= 0 && value <= 1 ? value : wrong(key, 'from 0 to 1', 0);
    },
    flag: (key, otherwise) => {
      const value = take(key) ?? otherwise;
      return typeof value === 'boolean' ? value : wrong(key, 'true or false', otherwise);
    },
    choice: <T extends string>(key: string, among: readonly T[], otherwise?: T): T => {
      const value = take(key) ?? otherwise;
      const [first] = among;
      if (first === undefined) throw new Error(`no choices for ${key}`);
      return among.find((item) => item === value) ?? wrong(key, `one of ${among.join(', ')}`, first);
    },
  };
}

function createGroups({
  take,
  wrong,
  nested,
}: Members): Pick<Reader, 'texts' | 'textTable' | 'child' | 'children'> {
  return {
    texts: (key, otherwise) => {
      const value = take(key) ?? otherwise;
      return isTexts(value) ? value : wrong(key, 'a list of texts', []);
    },
    textTable: (key) => {
      const entries = Object.entries(take(key) ?? {});
      const texts = entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
      if (texts.length < entries.length) wrong(key, 'an object of texts', undefined);
      return Object.fromEntries(texts);
    },
    child: (key) => nested(take(key) ?? {}, key),
    children: (key, otherwise) => {
      const value = take(key) ?? otherwise;
      if (!isList(value)) return wrong(key, 'a list', []);
      return value.map((item, index) => nested(item, `${key}[${index}]`));
    },
  };
}

/** A reader of `json`; `name` stands before the member in mistakes. */
export function createReader(json: unknown, name: string, mistakes: string[]): Reader {
  if (!isObject(json)) mistakes.push(`${name} must be an object`);
  const all = isObject(json) ? json : {};
  const seen = new Set<string>();
  const below: Reader[] = [];
  const members: Members = {
    take: (key) => {
      seen.add(key);
      return Object.hasOwn(all, key) ? all[key] : undefined;
    },
    wrong: (key, must, value) => {
      mistakes.push(`${name}.${key} must be ${must}`);
      return value;
    },
    nested: (value, key) => {
      const reader = createReader(value, `${name}.${key}`, mistakes);
      below.push(reader);
      return reader;
    },
  };
  return {
    ...createScalars(members),
    ...createGroups(members),
    has: (key) => Object.hasOwn(all, key) && all[key] !== undefined,
    end: () => {
      for (const key of Object.keys(all)) if (!seen.has(key)) mistakes.push(`${name}.${key} is not known`);
      for (const reader of below) reader.end();
    },
  };
}
