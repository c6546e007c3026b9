// Chooses the one unit for which a token lets its system act.
import type { Snapshot } from '../registry/types.ts';

/**
 * The scope of the token: the one `unit:<id>` asked for, or that of the only unit that the system may act for.
 * @returns undefined unless the scope names exactly one unit with a mandate in force at `now`
 */
export function toActingScope(
  snapshot: Snapshot,
  systemId: string,
  asked: string | undefined,
  now: Date,
): `unit:${string}` | undefined {
  if (asked === undefined) {
    const [only, ...others] = snapshot.actingUnits(systemId, now);
    return only !== undefined && others.length === 0 ? `unit:${only}` : undefined;
  }
  const unitId = /^unit:([^\s"\\]{1,128})$/.exec(asked)?.[1];
  return unitId !== undefined && snapshot.mandate(systemId, unitId, now) ? `unit:${unitId}` : undefined;
}
