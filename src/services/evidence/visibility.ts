// Who may read what (design §6): a unit what it did, received or provides; whose grant reaches the province, everything. Sealed
// parts go to whoever made the entry, and to whose grant reaches the province.

import { parseLeafText } from '../../evidence/leaf.ts';
import type { StoredEntry } from '../../evidence/read.ts';
import type { Sight } from '../../evidence/search/conditions.ts';
import type { Caller } from '../service.ts';
import { toStep } from './delivery.ts';
import { administratorSteps, receiverSteps } from './rights.ts';

/** Services that a unit provides, by its id. */
export type FindProvided = (unitId: string) => readonly string[];

/** Whether the caller may know of the entry. */
export function isVisible(
  { grant, actingUnit }: Caller,
  entry: StoredEntry,
  findProvided: FindProvided,
): boolean {
  if (grant.reach === 'province' || [entry.actingUnit, entry.receiverUnit].includes(actingUnit.id))
    return true;
  const services = findProvided(actingUnit.id);
  return services.length > 0 && services.includes(parseLeafText(entry.text).service ?? '');
}

/** Whether the caller may know what the entry seals. */
export function isPrivateVisible({ grant, actingUnit, system }: Caller, entry: StoredEntry): boolean {
  if (grant.reach === 'province') return true;
  const step = toStep(entry) ?? '';
  if (administratorSteps.includes(step)) return false;
  if (receiverSteps.includes(step)) return entry.receiverUnit === actingUnit.id;
  return entry.actingUnit === actingUnit.id && entry.systemId === system.id;
}

/** What the caller may search. @param isOwnOnly for sealed facts: among what its system did for the unit */
export const toSight = (
  { grant, actingUnit, system }: Caller,
  isOwnOnly: boolean,
  findProvided: FindProvided,
): Sight =>
  grant.reach === 'province'
    ? 'province'
    : { unit: actingUnit.id, system: system.id, isOwnOnly, services: findProvided(actingUnit.id) };
