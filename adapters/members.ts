// Members of a source's JSON, read as loosely as its clients write it: any letter case, numbers and booleans as texts.
// Source: document-axis.md §3.1, §5.16; public-service-portal.md §4.4, §11.8

/** A JSON object. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The first of these members that is there, whatever the case of its letters; `null` counts as absent. */
export function member(object: Members, ...names: readonly string[]): unknown {
  for (const name of names) {
    const exact = Object.hasOwn(object, name) ? object[name] : undefined;
    if (exact !== undefined && exact !== null) return exact;
  }
  const wanted = names.map((name) => name.toLowerCase());
  const found = Object.entries(object).find(
    ([name, value]) => value !== null && wanted.includes(name.toLowerCase()),
  );
  return found?.[1];
}

/** A text, or a number or boolean as one; undefined when absent, empty or of another kind. */
export function text(object: Members, ...names: readonly string[]): string | undefined {
  const value = member(object, ...names);
  const shown = ['string', 'number', 'boolean'].includes(typeof value) ? String(value).trim() : '';
  return shown === '' ? undefined : shown;
}

/** A boolean as such, as a text or as 0 or 1. */
export function flag(object: Members, name: string): boolean | undefined {
  const shown = text(object, name)?.toLowerCase();
  if (shown === 'true' || shown === '1') return true;
  return shown === 'false' || shown === '0' ? false : undefined;
}

/** A whole number from 0, as such or as a text. */
export function whole(object: Members, ...names: readonly string[]): number | undefined {
  const value = text(object, ...names);
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
