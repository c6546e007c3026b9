// Units of ours as the directory lists them: from the registry's snapshot alone.

import { hasEnded, toHeirs } from '../../../registry/succession.ts';
import type { Snapshot, Unit } from '../../../registry/types.ts';
import { toCodeForm } from './forms.ts';
import { agencyScheme, toCurrentCodes, toNamed, toOwnCode } from './inside.ts';
import type { Agency } from './types.ts';
import { toSearchText } from './words.ts';

/** A listed agency and what orders it. */
export interface Listed {
  readonly id: string;
  readonly agency: Agency;
}

const toCodes = (unit: Unit, at: Date): Agency['codes'] =>
  unit.codes
    .filter(({ scheme, from }) => scheme === agencyScheme && from <= at)
    .map(({ code, from, to }) => ({
      code,
      form: toCodeForm(code),
      from: from.toISOString(),
      ...(to && { to: to.toISOString() }),
    }));

/** A unit as of `at`; undefined where it had no code by then. */
export function toInsideAgency(snapshot: Snapshot, unit: Unit, at: Date): Agency | undefined {
  const code = toOwnCode(unit, at);
  if (code === undefined || unit.from > at) return undefined;
  const isClosed = hasEnded(unit, at);
  const above = unit.parentId === undefined ? undefined : snapshot.unit(unit.parentId);
  const parent = above && toOwnCode(above, at);
  return {
    code,
    codes: toCodes(unit, at),
    name: unit.name,
    kind: 'inside',
    state: isClosed ? 'closed' : 'active',
    ...(parent !== undefined && { parent }),
    successors: isClosed ? toHeirs(snapshot, unit, at).map((heir) => toNamed(heir, at)) : [],
    from: unit.from.toISOString(),
    ...(unit.to && { to: unit.to.toISOString() }),
  };
}

function isUnder(snapshot: Snapshot, unit: Unit, parent: string, at: Date): boolean {
  const above = unit.parentId === undefined ? undefined : snapshot.unit(unit.parentId);
  return above !== undefined && toCurrentCodes(above, at).some(({ code }) => code === parent);
}

/** All that fit, by code. @param q in the form of `toSearchText` */
export function listInside(
  snapshot: Snapshot,
  {
    q,
    parent,
    at,
  }: { readonly q: string | undefined; readonly parent: string | undefined; readonly at: Date },
): readonly Listed[] {
  const fits = ({ name, codes }: Agency): boolean =>
    q === undefined ||
    [name, ...codes.map(({ code }) => code)].some((text) => toSearchText(text).includes(q));
  return snapshot
    .units()
    .filter((unit) => parent === undefined || isUnder(snapshot, unit, parent, at))
    .flatMap((unit) => {
      const agency = toInsideAgency(snapshot, unit, at);
      return agency && fits(agency) ? [{ id: unit.id, agency }] : [];
    })
    .sort((a, b) => compare(a.agency.code, b.agency.code) || compare(a.id, b.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
