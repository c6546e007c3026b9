// A unit's code in the code system of somebody else.
import type { Unit } from './types.ts';

/** The unit's code in force at `at` in one code system; undefined: it has none. */
export const toUnitCode = (unit: Unit, scheme: string, at: Date): string | undefined =>
  unit.codes.find((code) => code.scheme === scheme && code.from <= at && (!code.to || at < code.to))?.code;
