// Where a code leads among the units of ours: by the registry's snapshot alone, without a query. Dated aliases deliver,
// ended units name their successors. Source: units-and-codes.md §4.2, §6
import { isInForce } from '../../../registry/snapshot.ts';
import { hasEnded, isOnlyHeir, toHeirs, toHolder } from '../../../registry/succession.ts';
import type { Snapshot, Unit, UnitCode } from '../../../registry/types.ts';
import { toCodeForm } from './forms.ts';
import type { NamedCode, Purpose, Resolution } from './types.ts';

/** The scheme of agency codes in the registry, never to be mixed with the others. Source: units-and-codes.md */
export const agencyScheme = 'agency';

/** Whether it is a code of that scheme. */
export const isAgencyCode = ({ scheme }: UnitCode): boolean => scheme === agencyScheme;

/** What is asked of a code. */
export interface CodeQuestion {
  readonly code: string;
  readonly at: Date;
  readonly purpose: Purpose;
  readonly writtenAt: Date;
}

/** Agency codes in force at `at`, the unit's own first: the newest, QĐ 20 before older forms. */
export function toCurrentCodes(unit: Unit, at: Date): readonly UnitCode[] {
  const rank = ({ code }: UnitCode): number => (toCodeForm(code) === 'qd20' ? 0 : 1);
  return unit.codes
    .filter((code) => code.scheme === agencyScheme && isInForce(code, at))
    .sort((a, b) => b.from.getTime() - a.from.getTime() || rank(a) - rank(b) || (a.code < b.code ? -1 : 1));
}

/** The code that a unit writes as its own at `at`, or wrote last. */
export function toOwnCode(unit: Unit, at: Date): string | undefined {
  const [current] = toCurrentCodes(unit, at);
  if (current) return current.code;
  const past = unit.codes.filter(({ scheme, from }) => scheme === agencyScheme && from <= at);
  return past.sort((a, b) => b.from.getTime() - a.from.getTime())[0]?.code;
}

/** A unit by its own code; by its id where it never had one. */
export const toNamed = (unit: Unit, at: Date): NamedCode => ({
  code: toOwnCode(unit, at) ?? unit.id,
  name: unit.name,
});

function toEnded(snapshot: Snapshot, unit: Unit, { code, at, purpose }: CodeQuestion): Resolution {
  const form = toCodeForm(code);
  const heirs = toHeirs(snapshot, unit, at);
  const named = heirs.map((heir) => toNamed(heir, at));
  const [heir] = heirs;
  if (heirs.length > 1) return { kind: 'several', code, form, name: unit.name, candidates: named };
  if (heir && purpose === 'status') return { kind: 'inside', code, form, unit: heir, status: 'successor' };
  const { name, to: since } = unit;
  return { kind: 'closed', code, form, place: 'inside', name, successors: named, since };
}

/** Where the registry says that the code leads; undefined: no unit of ours ever held it. */
export function resolveInside(snapshot: Snapshot, question: CodeQuestion): Resolution | undefined {
  const { code, at, writtenAt } = question;
  const holders = snapshot.holders(agencyScheme, code);
  if (holders.length === 0) return undefined;
  const form = toCodeForm(code);
  const unit = toHolder(holders, writtenAt)?.unit;
  if (!unit || unit.from > at) {
    const from = unit?.from ?? holders[0]?.code.from;
    return { kind: 'unknown', code, form, known: { similar: [], above: undefined, from } };
  }
  if (hasEnded(unit, at)) return toEnded(snapshot, unit, question);
  const status = toCurrentCodes(unit, at)[0]?.code === code ? 'current' : 'alias';
  return { kind: 'inside', code, form, unit, status };
}

/**
 * Whether the code is the unit's own, or of a unit whose only successor it is. Where it was given on, the one that has it
 * by `at` counts, else the one that had it last.
 */
export function isCodeOf(snapshot: Snapshot, code: string, unitId: string, at: Date): boolean {
  const unit = toHolder(snapshot.holders(agencyScheme, code), at)?.unit;
  return unit !== undefined && (unit.id === unitId || isOnlyHeir(snapshot, unit.id, unitId, at));
}
