// What the agencies of the axis say of a code: one query, kept for a minute. Where it leads is not decided here.
import type { Pool } from 'pg';
import { BoundedMap } from '../../../signin/bounded-map.ts';

/** An agency that holds or held a code, as its newest version tells. */
export interface OutsideHolder {
  readonly key: string;
  readonly name: string;
  /** Its code of its own. */
  readonly own: string;
  /** When the asked code began, and ended as one of its codes. */
  readonly from: Date;
  readonly to: Date | undefined;
  /** When the agency itself ended. */
  readonly ended: Date | undefined;
  /** All its codes but the asked one, ended ones included. */
  readonly others: readonly string[];
  readonly successors: readonly { readonly code: string; readonly at: Date }[];
}

/** Answers who outside holds a code, the newest first. */
export type OutsideLookup = (code: string) => Promise<readonly OutsideHolder[]>;

interface HolderRow {
  readonly key: string;
  readonly name: string;
  readonly own: string;
  readonly valid_from: Date;
  readonly valid_to: Date | null;
  readonly ended: Date | null;
  readonly others: readonly string[];
  readonly successors: readonly { readonly code: string; readonly at: string }[];
}

const query = `
  SELECT DISTINCT ON (c.key) c.key, a.name, a.code AS own, c.valid_from, c.valid_to, a.valid_to AS ended,
    ARRAY(SELECT DISTINCT o.code FROM agency_code o WHERE o.key = c.key AND o.code <> c.code ORDER BY o.code) AS others,
    coalesce((SELECT jsonb_agg(jsonb_build_object('code', s.successor_code, 'at', s.at) ORDER BY s.successor_code)
      FROM agency_successor s WHERE s.key = c.key), '[]') AS successors
  FROM agency_code c
  CROSS JOIN LATERAL (SELECT v.name, v.code, v.valid_to FROM agency v WHERE v.key = c.key
    ORDER BY v.valid_from DESC, v.id DESC LIMIT 1) a
  WHERE c.code = $1
  ORDER BY c.key, c.valid_to DESC NULLS FIRST, c.valid_from DESC`;

const toHolder = ({
  valid_from: from,
  valid_to: to,
  ended,
  successors,
  ...row
}: HolderRow): OutsideHolder => ({
  ...row,
  from,
  to: to ?? undefined,
  ended: ended ?? undefined,
  successors: successors.map(({ code, at }) => ({ code, at: new Date(at) })),
});

const newestFirst = (a: OutsideHolder, b: OutsideHolder): number =>
  b.from.getTime() - a.from.getTime() || (a.key < b.key ? -1 : 1);

/**
 * Reads and keeps the last few thousand codes for `keepMs`. One that nobody holds is asked again each time: it is known as
 * soon as the directory has it.
 * @param pool of the hub's own role
 */
export function createOutsideLookup(
  pool: Pool,
  { most = 4_000, keepMs = 60_000, now = Date.now } = {},
): OutsideLookup {
  const kept = new BoundedMap<string, { until: number; holders: Promise<readonly OutsideHolder[]> }>(most);
  const read = async (code: string): Promise<readonly OutsideHolder[]> => {
    const { rows } = await pool.query<HolderRow>(query, [code]);
    return rows.map(toHolder).sort(newestFirst);
  };
  return (code) => {
    const known = kept.get(code);
    if (known && now() < known.until) return known.holders;
    const holders = read(code);
    kept.set(code, { until: now() + keepMs, holders });
    holders.then(
      (found) => found.length === 0 && kept.delete(code),
      // What failed is asked again by the next one.
      () => kept.delete(code),
    );
    return holders;
  };
}
