// Reads members of received JSON by their names in any letter case: the portal's clients drift. Changes nothing.
// Source: public-service-portal.md §4.4.

/** A received object, kept as it came. */
export type Fields = Readonly<Record<string, unknown>>;

/** Proves that a value is an object and no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a member; undefined when there is none. */
export function readMember(fields: Fields, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  const wanted = name.toLowerCase();
  const key = Object.keys(fields).find((one) => one.toLowerCase() === wanted);
  return key === undefined ? undefined : fields[key];
}

/** The value as text; numbers and booleans are written out, anything else and the empty text are undefined. */
export function readText(fields: Fields, name: string): string | undefined {
  const value = readMember(fields, name);
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A list of objects; undefined when it is there and none. */
export function readRows(fields: Fields, name: string): readonly Fields[] | undefined {
  const value = readMember(fields, name) ?? [];
  return Array.isArray(value) && value.every(isFields) ? value : undefined;
}

/** A list of objects, or one object as a list of one; undefined for anything else. */
export function toRecords(value: unknown): readonly Fields[] | undefined {
  if (isFields(value)) return [value];
  return Array.isArray(value) && value.every(isFields) ? value : undefined;
}

/** The same with every member's name in another case, lists and objects within included. */
export function toCase(value: unknown, change: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => toCase(item, change));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [change(name), toCase(item, change)]),
  );
}
