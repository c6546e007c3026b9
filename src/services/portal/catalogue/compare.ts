// What became of one entry between two states of the catalogue. Pure: the portal's words are compared, never mended.
import { createHash } from 'node:crypto';
import type { PortalProcedure } from '../../../../adapters/portal/portal.ts';
import { toCanonical } from '../../../evidence/canonical.ts';

/** What an entry says. */
export interface Said {
  readonly name: string;
  readonly parent: string | null;
  readonly level: string | null;
  readonly content: PortalProcedure | null;
}

/** An entry as it is served. */
export interface Served extends Said {
  readonly sha256: Buffer;
  readonly isWithdrawn: boolean;
}

/** How an entry changed. */
export interface Change {
  readonly change: 'added' | 'changed' | 'restored';
  /** Names of the members that differ. */
  readonly members: readonly string[];
}

/** SHA-256 of all that an entry says. */
export const toSha256 = ({ name, parent, level, content }: Said): Buffer =>
  createHash('sha256').update(toCanonical({ name, parent, level, content })).digest();

const membersOf = (content: PortalProcedure | null): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(content ?? {}));

const isSame = (first: unknown, second: unknown): boolean =>
  toCanonical([first ?? null]) === toCanonical([second ?? null]);

/** Members in which two differ, those of a procedure's content by name. */
function toMembers(before: Said, now: Said): readonly string[] {
  const outer = (['name', 'parent', 'level'] as const).filter((member) => before[member] !== now[member]);
  const [old, fresh] = [membersOf(before.content), membersOf(now.content)];
  const inner = [...new Set([...old.keys(), ...fresh.keys()])].filter(
    (member) => !isSame(old.get(member), fresh.get(member)),
  );
  return [...outer, ...inner];
}

/** @returns undefined where nothing changed */
export function toChange(before: Served | undefined, now: Said): Change | undefined {
  if (!before) return { change: 'added', members: [] };
  if (!before.isWithdrawn && before.sha256.equals(toSha256(now))) return undefined;
  const members = toMembers(before, now);
  if (before.isWithdrawn) return { change: 'restored', members };
  return members.length > 0 ? { change: 'changed', members } : undefined;
}
