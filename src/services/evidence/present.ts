// Members of an answer that are there.

/** Without the members that are null or undefined. */
export const toPresent = <T extends object>(members: T) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));
