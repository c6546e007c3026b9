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
