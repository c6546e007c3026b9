// What an exchange id says of time: it is a UUIDv7.

/** The least UUIDv7 of a moment. Source: RFC 9562 §5.7 */
export function toLeastId(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}

/** Ids are made before the entry, by a clock that may be off: an entry of a moment has an id at most so far from it. */
export const idSlackMs = 60 * 60_000;
