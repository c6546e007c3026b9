// Members of messages that come in, read strictly: nothing is trimmed, converted or guessed. Pure. Source: §1.3, §8.5

/** A JSON object. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mostCharacters = 2_000;
/** Half of a character becomes another one in UTF-8, so that two texts would have one checksum. */
const half = /\p{Cs}/u;

/** A member of its own that is a text, bounded and whole; undefined where it is anything else. */
export function textOf(message: Members, name: string): string | undefined {
  const value = Object.hasOwn(message, name) ? message[name] : undefined;
  return typeof value === 'string' && value.length <= mostCharacters && !half.test(value) ? value : undefined;
}

/** VND as text: digits, no sign, no leading zero, at most 15. */
const integer = /^(0|[1-9]\d{0,14})$/;

/**
 * An amount as the text that the checksum covers: an integer, or that very text. A number reaches us parsed, so that 150000.0
 * and 1.5e5 are 150000 by then and need the checksum over `150000`; as texts they are no amounts. Fractions, signs and
 * what a double cannot hold exactly are none either.
 */
export function amountOf(message: Members, name: string): string | undefined {
  const value = Object.hasOwn(message, name) ? message[name] : undefined;
  const text = typeof value === 'number' && !Object.is(value, -0) ? String(value) : value;
  return typeof text === 'string' && integer.test(text) ? text : undefined;
}

/** A reference that has the form of ours. */
export const ownReference = /^[A-Z0-9]{8,20}$/;

/** What may be told of a refused message: a reference that has the form of ours. */
export function referenceOf(message: Members, name: string): string | undefined {
  const text = textOf(message, name);
  return text !== undefined && ownReference.test(text) ? text : undefined;
}

/**
 * Texts joined by `|` are one text only where no `|` stands in them; in the last it does no harm, as the others say where it
 * begins.
 */
export const isUnambiguous = (texts: readonly string[]): boolean =>
  texts.slice(0, -1).every((text) => !text.includes('|'));

/** A code of the platform for our own records; `unknown` where it has no form that one can keep. */
export const toKeptCode = (code: unknown): string =>
  (typeof code === 'string' || typeof code === 'number') && /^[A-Za-z0-9._-]{1,40}$/.test(String(code))
    ? String(code)
    : 'unknown';
