// Invented officers: opaque ids and numbers of the test province 999. Their last six digits begin with 9, which the
// people of the mock never have, so that nobody is both.
import type { SeedUnit } from './seed-units.ts';

/** What happens when an officer asks. `…-at-source`: the hub lets the call through, the source refuses it. */
export type OfficerCase = 'ordinary' | 'expired' | 'expired-at-source' | 'unknown-at-source';

/** An officer of the sandbox. */
export interface SeedOfficer {
  readonly id: string;
  readonly unitId: string;
  readonly number: string;
  readonly case: OfficerCase;
}

const oddCases: readonly OfficerCase[] = [
  'expired',
  'expired',
  'expired',
  'expired-at-source',
  'expired-at-source',
  'unknown-at-source',
  'unknown-at-source',
];

/** Digit 4 is sex and century, 5–6 the year of birth. Source: units-and-codes.md §3 */
const toNumber = (index: number): string => `999${index % 2}${70 + (index % 30)}${900_001 + index}`;

/** Numbers known to the source of officers whom nobody has registered yet: for trying what a new unit does. */
export const spareNumbers: readonly string[] = [0, 1, 2, 3].map((place) => toNumber(90_000 + place));

const toOfficer = (index: number, unitId: string, is: OfficerCase): SeedOfficer => ({
  id: `cb-${String(index + 1).padStart(4, '0')}`,
  unitId,
  number: toNumber(index),
  case: is,
});

/** Two ordinary officers for each unit, in the order of the units, then the odd cases at the first units. */
export function toOfficers(units: readonly SeedUnit[]): readonly SeedOfficer[] {
  const ordinary = units.flatMap(({ id }) => [id, id]).map((id, index) => toOfficer(index, id, 'ordinary'));
  const odd = oddCases.flatMap((is, index) => {
    const unit = units[index];
    return unit ? [toOfficer(ordinary.length + index, unit.id, is)] : [];
  });
  return [...ordinary, ...odd];
}
