// Canonical JSON, RFC 8785: one text for one value.
import canonicalize from 'canonicalize';

// The package's types declare an ES module's default; its one file is CommonJS, so that the import is the function.
const serialize = canonicalize as unknown as (value: unknown) => string | undefined;

/** The canonical text of a JSON value; members that are undefined are left out. @throws TypeError on what JSON lacks */
export function toCanonical(value: unknown): string {
  const text = serialize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/**
 * The canonical text of a value whose objects are written with their members in canonical order (by UTF-16 code units)
 * already, which is then what JSON.stringify makes: RFC 8785 takes its texts and numbers from there. Entries are made in
 * this way; a property test compares them with `toCanonical`.
 * @throws TypeError on what JSON lacks
 */
export function toTextInOrder(value: object): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}
