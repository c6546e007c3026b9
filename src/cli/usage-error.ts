// A command that was not given as it must be.

/** Told in one sentence; the program ends with code 2 for administration, else with 1, as 2 is a verdict there. */
export class UsageError extends Error {}
