// What can be told of a code that leads nowhere. Hints for a person who looks for the right one: nothing is ever sent by
// them.
import type { Pool } from 'pg';
import { hasEnded } from '../../../registry/succession.ts';
import type { Snapshot } from '../../../registry/types.ts';
import { toCodeForm } from './forms.ts';
import { agencyScheme, toCurrentCodes } from './inside.ts';
import type { KnownAbout, NamedCode } from './types.ts';
import { toPattern } from './words.ts';

const mostHints = 5;
/** Shorter ones stand inside too many others. */
const leastCharacters = 4;

/** Whether one text becomes the other by at most one sign put in, taken out or changed, letter case aside. */
export function isAlmost(first: string, second: string): boolean {
  const [a, b] = [first.toUpperCase(), second.toUpperCase()];
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  const most = Math.min(a.length, b.length) - start;
  while (end < most && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end <= 1;
}

function toSimilarInside(snapshot: Snapshot, code: string, at: Date): readonly NamedCode[] {
  return snapshot
    .units()
    .filter((unit) => !hasEnded(unit, at))
    .flatMap((unit) => toCurrentCodes(unit, at).map((own) => ({ code: own.code, name: unit.name })))
    .filter((own) => isAlmost(own.code, code));
}

/** The codes above one that is written group by group from level 1 on, the nearest first. Source: QĐ 20/2020/QĐ-TTg */
function toCodesAbove(code: string): readonly string[] {
  if (toCodeForm(code) !== 'qd20') return [];
  const groups = code.split('.');
  return groups.slice(1).map((_, index) => groups.slice(0, groups.length - 1 - index).join('.'));
}

function toAboveInside(snapshot: Snapshot, above: readonly string[]): NamedCode | undefined {
  for (const code of above) {
    const [holder] = snapshot.holders(agencyScheme, code);
    if (holder) return { code, name: holder.unit.name };
  }
  return undefined;
}

const live = `FROM agency_code c JOIN agency a ON a.key = c.key AND a.valid_to IS NULL`;

async function readSimilar(pool: Pool, code: string): Promise<readonly NamedCode[]> {
  if (code.length < leastCharacters) return [];
  const { rows } = await pool.query<NamedCode>(
    `SELECT c.code, a.name ${live} WHERE lower(c.code) LIKE $1 AND c.valid_to IS NULL LIMIT $2`,
    [toPattern(code.toLowerCase()), mostHints],
  );
  return rows;
}

async function readAbove(pool: Pool, above: readonly string[]): Promise<NamedCode | undefined> {
  if (above.length === 0) return undefined;
  const { rows } = await pool.query<NamedCode>(
    `SELECT c.code, a.name ${live} WHERE c.code = ANY ($1) ORDER BY length(c.code) DESC LIMIT 1`,
    [above],
  );
  return rows[0];
}

/** Codes like it, and the nearest one above it. @throws Error of the database */
export async function toKnownAbout(
  pool: Pool,
  snapshot: Snapshot,
  code: string,
  at: Date,
): Promise<KnownAbout> {
  const above = toCodesAbove(code);
  const similar = [...toSimilarInside(snapshot, code, at), ...(await readSimilar(pool, code))];
  return {
    similar: similar.slice(0, mostHints),
    above: toAboveInside(snapshot, above) ?? (await readAbove(pool, above)),
    from: undefined,
  };
}
