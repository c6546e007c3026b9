// The status that was said last before each record of a check, as it would be if they were submitted.
import type { PortalRooms } from '../dependencies.ts';
import { readCorrected } from './corrected.ts';
import type { NewRecord } from './judging.ts';
import { isOwn } from './own-units.ts';

/** One a record; undefined: none that the unit may see. */
export async function readLastStatuses(
  { pool, registry, now }: PortalRooms,
  records: readonly NewRecord[],
  unitId: string,
): Promise<readonly (number | undefined)[]> {
  const { rows } = await pool.query<{ code: string; unit_id: string; status: number | null }>(
    'SELECT code, unit_id, status FROM portal_dossier WHERE code = ANY ($1)',
    [records.map(({ code }) => code)],
  );
  const at = now();
  const own = rows.filter((row) => isOwn(registry.current, row.unit_id, unitId, at));
  const statuses = new Map(own.map(({ code, status }) => [code, status ?? undefined]));
  const corrected = await readCorrected(
    pool,
    records.flatMap(({ corrects }) => corrects ?? []),
  );
  return records.map(({ code, corrects, dossier }) => {
    const change = corrects === undefined ? undefined : corrected.get(corrects);
    if (change?.code === code && own.some((row) => row.code === code)) return change.earlierStatus;
    const last = statuses.get(code);
    if (dossier) statuses.set(code, dossier.status);
    return last;
  });
}
