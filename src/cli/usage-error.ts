// A command that was not given as it must be.

/** Told in one sentence; the program ends with code 2. */
export class UsageError extends Error {}
