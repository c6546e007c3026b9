// Members of an answer that are there, and what a reading says of itself in its own entry.

/** Without the members that are null or undefined. */
export const toPresent = <T extends object>(members: T) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));

/** What the entry of a reading seals: which exchange was read. */
export const toRead = (exchangeId: string): string => `read ${exchangeId.toLowerCase()}`;

type Conditions = Readonly<Record<string, unknown>>;

/** The same with conditions: `found 3 unit=x`. */
export const toAsked = (what: string, conditions: Conditions): string =>
  [what, ...Object.entries(toPresent(conditions)).map(([name, value]) => `${name}=${String(value)}`)].join(
    ' ',
  );

/** The same of a search: how many were found by which conditions. */
export const toFound = (count: number, conditions: Conditions): string =>
  toAsked(`found ${count}`, conditions);
