// Whose dossiers a unit speaks for: rights follow units, not codes.

import { isOnlyHeir } from '../../../registry/succession.ts';
import type { Snapshot } from '../../../registry/types.ts';

/** The unit itself and those that ended with it as their only heir. */
export const toOwnUnits = (snapshot: Snapshot, unitId: string, at: Date): readonly string[] => [
  unitId,
  ...snapshot
    .units()
    .filter(({ id }) => id !== unitId && isOnlyHeir(snapshot, id, unitId, at))
    .map(({ id }) => id),
];

/** Whether the unit speaks for what is another's, being it or its only heir. */
export const isOwn = (snapshot: Snapshot, ownerId: string, unitId: string, at: Date): boolean =>
  ownerId === unitId || isOnlyHeir(snapshot, ownerId, unitId, at);
