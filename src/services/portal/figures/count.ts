// Figures of units by date of reception, out of what they said and of what is at the portal. Nothing is estimated: a
// dossier without the date is counted apart. Source: public-service-portal.md §8 (QĐ 766/QĐ-TTg)
import type { Pool } from 'pg';
import type { components } from '../../../../openapi/types/portal.v1.ts';
import type { Snapshot } from '../../../registry/types.ts';

/** As the contract shows them. */
export type UnitFigures = components['schemas']['UnitFigures'];

/** Counts of a unit that has no dossiers are null. */
interface FigureRow {
  readonly unit_id: string;
  readonly received: number | null;
  readonly synchronised: number | null;
  readonly waiting: number | null;
  readonly repair: number | null;
  readonly refused: number | null;
  readonly without_received: number | null;
  readonly finished: number | null;
  readonly on_time: number | null;
  readonly online: number | null;
  readonly with_result: number | null;
  readonly paid_online: number | null;
  readonly failures: Readonly<Record<string, number>> | null;
  readonly score: Readonly<Record<string, number>> | null;
}

// What decides whether it was in time: finished before returned before refused or stopped. A dossier without the date of
// reception is counted by when it was submitted first; one of which nothing is said any more is not counted. The open change
// is the first in order of what is not at the portal yet.
const statement = `
WITH dossier AS MATERIALIZED (
  SELECT p.*, coalesce(p.finished_at, p.returned_at, p.refused_at) AS ended_at
  FROM portal_dossier p
  WHERE p.unit_id = ANY ($1) AND coalesce(p.received_at, p.first_said_at) >= $2
    AND coalesce(p.received_at, p.first_said_at) < $3
), standing AS MATERIALIZED (
  SELECT o.*, c.state, c.problem FROM dossier o LEFT JOIN LATERAL (
    SELECT d.state, coalesce(s.problem, f.code) AS problem
    FROM portal_change c JOIN delivery d ON d.id = c.id LEFT JOIN dispatch s ON s.id = d.dispatch_id
    LEFT JOIN LATERAL (SELECT e.value ->> 'code' AS code FROM jsonb_array_elements(c.findings) e
      WHERE e.value ->> 'severity' = 'blocking' LIMIT 1) f ON d.state = 'held'
    WHERE c.dossier_code = o.code AND c.done_at IS NULL AND d.state <> 'abandoned'
    ORDER BY s.position, c.no LIMIT 1) c ON true
  WHERE c.state IS NOT NULL OR o.last_dossier_change IS NOT NULL OR o.at_portal_since IS NOT NULL
), counted AS (
  SELECT unit_id,
    count(*) FILTER (WHERE received_at IS NOT NULL)::int AS received,
    count(*) FILTER (WHERE state IS NULL AND at_portal_since IS NOT NULL)::int AS synchronised,
    count(*) FILTER (WHERE state IN ('waiting', 'sending', 'sent'))::int AS waiting,
    count(*) FILTER (WHERE state = 'held')::int AS repair,
    count(*) FILTER (WHERE state = 'dead')::int AS refused,
    count(*) FILTER (WHERE received_at IS NULL)::int AS without_received,
    count(*) FILTER (WHERE ended_at IS NOT NULL)::int AS finished,
    count(*) FILTER (WHERE ended_at <= due_at AND supplements < 2)::int AS on_time,
    count(*) FILTER (WHERE channel = 'online' AND has_result)::int AS online,
    count(*) FILTER (WHERE has_result)::int AS with_result,
    count(*) FILTER (WHERE is_paid_online)::int AS paid_online
  FROM standing GROUP BY unit_id
), failed AS (
  SELECT unit_id, jsonb_object_agg(problem, n) AS failures FROM (
    SELECT unit_id, problem, count(*) AS n FROM standing WHERE problem IS NOT NULL GROUP BY 1, 2) p GROUP BY 1
), hurt AS (
  SELECT unit_id, jsonb_object_agg(name, n) AS score FROM (
    SELECT unit_id, name, count(*) AS n FROM standing, unnest(score) AS name GROUP BY 1, 2) p GROUP BY 1
)
SELECT * FROM unnest($1::text[]) WITH ORDINALITY AS u (unit_id, place)
  LEFT JOIN counted USING (unit_id) LEFT JOIN failed USING (unit_id) LEFT JOIN hurt USING (unit_id)
ORDER BY u.place`;

const toCounts = (counts: FigureRow['failures']): UnitFigures['failures'] =>
  Object.entries(counts ?? {})
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));

/** From the one instant on and before the other. */
export interface FigurePeriod {
  readonly start: Date;
  readonly end: Date;
}

/** The figures of these units, in their order. */
export async function countFigures(
  pool: Pool,
  snapshot: Snapshot,
  units: readonly string[],
  { start, end }: FigurePeriod,
): Promise<readonly UnitFigures[]> {
  const { rows } = await pool.query<FigureRow>({
    name: 'portal-figures',
    text: statement,
    values: [units, start, end],
  });
  return rows.map((row) => {
    const name = snapshot.unit(row.unit_id)?.name;
    return {
      ...{ unitId: row.unit_id, ...(name !== undefined && { unitName: name }) },
      ...{ received: row.received ?? 0, synchronised: row.synchronised ?? 0, waiting: row.waiting ?? 0 },
      ...{ repair: row.repair ?? 0, refused: row.refused ?? 0, withoutReceivedAt: row.without_received ?? 0 },
      ...{ finished: row.finished ?? 0, onTime: row.on_time ?? 0, online: row.online ?? 0 },
      ...{ withResult: row.with_result ?? 0, paidOnline: row.paid_online ?? 0 },
      ...{ failures: toCounts(row.failures), score: toCounts(row.score) },
    };
  });
}
