// Rows in COPY's text format, as they stream: never more than one row and one chunk in memory.
// Source: PostgreSQL 15, COPY, "Text Format".
import type { Readable } from 'node:stream';

const newline = 0x0a;

/** Splits a stream into lines without their ends; a row never holds a newline byte of its own. */
export async function* toLines(stream: Readable): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const chunk of stream) {
    const bytes: Buffer = chunk;
    let from = 0;
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, from)) {
      const last = bytes.subarray(from, at);
      yield (rest.length > 0 ? Buffer.concat([...rest, last]) : last).toString('utf8');
      rest = [];
      from = at + 1;
    }
    if (from < bytes.length) rest.push(Buffer.from(bytes.subarray(from)));
  }
  if (rest.length > 0) yield Buffer.concat(rest).toString('utf8');
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** A value as it was in the database; undefined for NULL. */
export function toValue(field: string): string | undefined {
  if (field === '\\N') return undefined;
  return field.includes('\\')
    ? field.replace(/\\(.)/gsu, (_, letter: string) => escapes[letter] ?? letter)
    : field;
}

/** The reader of some columns of rows. @throws Error when a column is not among them */
export function createRowReader<Name extends string>(
  columns: readonly string[],
  names: readonly Name[],
): (line: string) => Readonly<Record<Name, string>> {
  const places = names.map((name) => [name, columns.indexOf(name)] as const);
  for (const [name, place] of places) if (place < 0) throw new Error(`there is no column ${name}`);
  return (line) => {
    const fields = line.split('\t');
    const row: Partial<Record<Name, string>> = {};
    for (const [name, place] of places) row[name] = toValue(fields[place] ?? '') ?? '';
    // Every name has been given its value just now.
    return row as Record<Name, string>;
  };
}
