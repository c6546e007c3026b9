// Who takes over from a unit that has ended, and who holds a code by date: by the registry's snapshot alone, without a query.
// It decides no right. Source: units-and-codes.md §4.2, §6
import { isInForce } from './snapshot.ts';
import type { CodeHolder, Snapshot, Unit } from './types.ts';

/** Whether a unit is no more at `at`. A suspended one is still there: what comes waits for it. */
export const hasEnded = (unit: Unit, at: Date): boolean =>
  unit.state === 'revoked' || (unit.to !== undefined && unit.to <= at);

/** Units in force at `at` that the lines of succession from an ended one lead to; each once. */
export function toHeirs(snapshot: Snapshot, unit: Unit, at: Date): readonly Unit[] {
  const seen = new Set([unit.id]);
  const heirs: Unit[] = [];
  const visit = (id: string): void => {
    for (const { successorId, at: since } of snapshot.successors(id)) {
      if (since > at || seen.has(successorId)) continue;
      seen.add(successorId);
      const successor = snapshot.unit(successorId);
      if (successor && !hasEnded(successor, at)) heirs.push(successor);
      else visit(successorId);
    }
  };
  visit(unit.id);
  return heirs;
}

/** Who held the code at a date; else who held it last before. */
export function toHolder(holders: readonly CodeHolder[], at: Date): CodeHolder | undefined {
  const begun = holders.filter(({ code }) => code.from <= at);
  return (
    begun.find(({ code }) => isInForce(code, at)) ??
    [...begun].sort((a, b) => b.code.from.getTime() - a.code.from.getTime())[0]
  );
}

/** Whether `heirId` took over alone from a unit that has ended by `at`. */
export function isOnlyHeir(snapshot: Snapshot, unitId: string, heirId: string, at: Date): boolean {
  const unit = snapshot.unit(unitId);
  const heirs = unit && hasEnded(unit, at) ? toHeirs(snapshot, unit, at) : [];
  return heirs.length === 1 && heirs[0]?.id === heirId;
}
