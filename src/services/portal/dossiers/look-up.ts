// Asks the portal what it holds of a dossier and compares it with what was synchronised last. Members that differ are
// named; what they hold is not told.
import type { PortalDossier, PortalHolding } from '../../../../adapters/portal/portal.ts';
import type { components, operations } from '../../../../openapi/types/portal.v1.ts';
import { Problem } from '../../../problem.ts';
import type { RequestOf, ServiceAnswer } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { openRecord } from '../record-form.ts';
import type { ChangeRow } from './change-rows.ts';
import { checkDossier } from './read.ts';

type AtPortal = components['schemas']['AtPortal'];

/** The dossier that the portal was told last; undefined: none, or its content was purged. */
async function readSynchronised(
  { pool, keys }: PortalRooms,
  code: string,
): Promise<PortalDossier | undefined> {
  const { rows } = await pool.query<{ id: string; form: Buffer | null }>(
    `SELECT id, form FROM portal_change WHERE dossier_code = $1 AND dossier_done_at IS NOT NULL
     ORDER BY dossier_done_at DESC, no DESC LIMIT 1`,
    [code],
  );
  const [row] = rows;
  return row?.form ? openRecord(keys.field, row.id, row.form).dossier : undefined;
}

const isStatus = (status: number): status is NonNullable<ChangeRow['status']> =>
  Number.isInteger(status) && status >= 1 && status <= 10;

function toAtPortal(code: string, holding: PortalHolding): AtPortal {
  if (!holding.isKnown) return { code, isKnown: false };
  const { status, procedureCode, receivedAt, dueAt, finishedAt, progress, differs } = holding;
  return {
    ...{ code, isKnown: true },
    ...(status !== undefined && isStatus(status) && { status }),
    ...(procedureCode !== undefined && { procedureCode }),
    ...(receivedAt !== undefined && { receivedAt }),
    ...(dueAt !== undefined && { dueAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(progress !== undefined && { progressLines: progress.length }),
    differs: [...differs],
  };
}

/** @throws Problem dossier-not-found | portal-not-connected | portal-cannot-look-up; SourceError */
export async function lookUpDossier(
  rooms: PortalRooms,
  { params, caller, askSource }: RequestOf<operations['lookUpDossier']>,
): Promise<ServiceAnswer<AtPortal>> {
  const { portal } = rooms;
  const { code } = params;
  await checkDossier(rooms, code, caller.actingUnit.id);
  if (!portal) throw new Problem('portal-not-connected');
  if (!portal.canLookUp) throw new Problem('portal-cannot-look-up');
  const synchronised = await readSynchronised(rooms, code);
  const { value, traces } = await askSource(
    portal.unitScheme,
    ({ exchangeId, unitCode, credential, signal }) =>
      portal.lookUp(code, { requestCode: exchangeId, unitCode, credential, signal }, synchronised),
  );
  return {
    ...{ status: 200, body: toAtPortal(code, value), sources: traces },
    result: value.isKnown ? 'found' : 'unknown',
  };
}
