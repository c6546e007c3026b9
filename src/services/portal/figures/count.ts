// Figures of units by date of reception, out of what they said and of what is at the portal. Nothing is estimated: a
// dossier without the date is counted apart. Source: public-service-portal.md §8 (QĐ 766/QĐ-TTg)
import type { Pool } from 'pg';
import type { components } from '../../../../openapi/types/portal.v1.ts';
import type { Snapshot } from '../../../registry/types.ts';

/** As the contract shows them. */
export type UnitFigures = components['schemas']['UnitFigures'];

interface FigureRow {
  readonly unit_id: string;
  readonly received: number;
  readonly synchronised: number;
  readonly waiting: number;
  readonly repair: number;
  readonly refused: number;
  readonly without_received: number;
  readonly finished: number;
  readonly on_time: number;
  readonly online: number;
  readonly with_result: number;
  readonly paid_online: number;
  readonly failures: Readonly<Record<string, number>> | null;
  readonly score: Readonly<Record<string, number>> | null;
}

// What decides whether it was in time: finished before returned before refused or stopped. A dossier without the date of
// reception is counted by when it was submitted first. The open change is the earliest of what is not at the portal yet.
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
    ORDER BY c.no LIMIT 1) c ON true
)
SELECT u.unit_id, g.*,
  (SELECT jsonb_object_agg(problem, n) FROM (
    SELECT problem, count(*) AS n FROM standing s WHERE s.unit_id = u.unit_id AND problem IS NOT NULL GROUP BY 1) f) AS failures,
  (SELECT jsonb_object_agg(code, n) FROM (
    SELECT code, count(*) AS n FROM standing s, unnest(s.score) code WHERE s.unit_id = u.unit_id GROUP BY 1) f) AS score
FROM unnest($1::text[]) WITH ORDINALITY AS u (unit_id, place)
CROSS JOIN LATERAL (
  SELECT
    count(*) FILTER (WHERE received_at IS NOT NULL)::int AS received,
    count(*) FILTER (WHERE state IS NULL)::int AS synchronised,
    count(*) FILTER (WHERE state IN ('waiting', 'sending', 'sent'))::int AS waiting,
    count(*) FILTER (WHERE state = 'held')::int AS repair,
    count(*) FILTER (WHERE state = 'dead')::int AS refused,
    count(*) FILTER (WHERE received_at IS NULL)::int AS without_received,
    count(*) FILTER (WHERE ended_at IS NOT NULL)::int AS finished,
    count(*) FILTER (WHERE ended_at <= due_at AND supplements < 2)::int AS on_time,
    count(*) FILTER (WHERE channel = 'online' AND has_result)::int AS online,
    count(*) FILTER (WHERE has_result)::int AS with_result,
    count(*) FILTER (WHERE is_paid_online)::int AS paid_online
  FROM standing s WHERE s.unit_id = u.unit_id) g
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
      ...{ received: row.received, synchronised: row.synchronised, waiting: row.waiting },
      ...{ repair: row.repair, refused: row.refused, withoutReceivedAt: row.without_received },
      ...{ finished: row.finished, onTime: row.on_time, online: row.online },
      ...{ withResult: row.with_result, paidOnline: row.paid_online },
      ...{ failures: toCounts(row.failures), score: toCounts(row.score) },
    };
  });
}
