// Changes that records of a request are to correct: whether they can be, and what stands before them.
import type { ClientBase } from 'pg';
import type { DeliveryState } from '../../../delivery/types.ts';

/** A change that a record names in `corrects`; its dossier is locked. */
export interface Corrected {
  readonly id: string;
  readonly code: string;
  /** Held or refused, and not corrected yet. */
  readonly isOpen: boolean;
  /** Its place in the order of the dossier. */
  readonly position: number;
  /** Status that was said last before it. */
  readonly earlierStatus: number | undefined;
  /** Its dossier is said last of all, and the portal does not have it. */
  readonly isLastSaid: boolean;
}

interface CorrectedRow {
  readonly id: string;
  readonly code: string;
  readonly state: DeliveryState;
  readonly position: number;
  readonly earlier_status: number | null;
  readonly is_last_said: boolean | null;
}

/** Reads changes by id; those that there are not are left out. */
export async function readCorrected(
  client: Pick<ClientBase, 'query'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Corrected>> {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<CorrectedRow>({
    name: 'portal-corrected',
    text: `SELECT c.id, c.dossier_code AS code, d.state, p.position::float8 AS position,
        (SELECT e.status FROM portal_change e
           JOIN delivery ed ON ed.id = e.id JOIN dispatch ep ON ep.id = ed.dispatch_id
         WHERE e.dossier_code = c.dossier_code AND e.has_dossier AND e.status IS NOT NULL AND ep.position < p.position
           AND (ed.state <> 'abandoned' OR e.dossier_done_at IS NOT NULL)
         ORDER BY ep.position DESC, e.no DESC LIMIT 1) AS earlier_status,
        o.last_dossier_change = c.id AND c.dossier_done_at IS NULL AS is_last_said
      FROM portal_change c JOIN portal_dossier o ON o.code = c.dossier_code
        JOIN delivery d ON d.id = c.id JOIN dispatch p ON p.id = d.dispatch_id
      WHERE c.id = ANY ($1::uuid[])`,
    values: [ids],
  });
  return new Map(
    rows.map((row) => [
      row.id,
      {
        ...{ id: row.id, code: row.code, position: row.position },
        isOpen: row.state === 'held' || row.state === 'dead',
        earlierStatus: row.earlier_status ?? undefined,
        isLastSaid: row.is_last_said ?? false,
      },
    ]),
  );
}
