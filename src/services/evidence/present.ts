// Members of an answer that are there, and what a reading says of itself in its own entry.

/** Without the members that are null or undefined. */
export const toPresent = <T extends object>(members: T) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));

/** What the entry of a reading seals: which exchange was read. */
export const toRead = (exchangeId: string): string => `read ${exchangeId.toLowerCase()}`;

/** The same of a search: how many were found by which conditions. */
export function toFound(count: number, conditions: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return [`found ${count}`, ...said.map(([name, value]) => `${name}=${String(value)}`)].join(' ');
}
