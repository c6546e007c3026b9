// The dossier of a change: looked up first where it is not known whether it was stored, else pushed together with others.
// Source: public-service-portal.md §11.4, §11.5, §11.10
import type { PortalDossier } from '../../../../adapters/portal/portal.ts';
import { type Attempt, ask, type Ending, type GatheredPush, type Sync } from './attempt.ts';

/** What a look-up says of a dossier whose outcome is not known. */
async function findOut(
  { portal, inTurn }: Sync,
  { change, call, traces }: Attempt,
  dossier: PortalDossier,
): Promise<{ readonly isStored: boolean; readonly isAtPortal: boolean | undefined }> {
  if (!portal.canLookUp) return { isStored: false, isAtPortal: change.isAtPortal || undefined };
  const { value, traces: added } = await inTurn(() => portal.lookUp(change.record.code, call, dossier));
  traces.push(...added);
  return { isStored: value.isKnown && value.differs.length === 0, isAtPortal: value.isKnown };
}

/** One whose last call ended nobody knows how is pushed alone: should it be the reason, it is no other's. */
async function pushAlone({ portal, inTurn }: Sync, { push, call }: GatheredPush) {
  const { value, traces } = await inTurn(() => portal.push([push], call));
  const [outcome] = value;
  if (!outcome) throw new Error('no outcome of a record that was pushed');
  return { value: outcome, traces };
}

/** Brings the dossier of a change to the portal, and writes that down. Nothing to do: it has none, or it is there. */
export async function syncDossier(sync: Sync, attempt: Attempt): Promise<Ending> {
  const { change, call } = attempt;
  const { id, isUnsure, unitId } = change;
  const { code, dossier, progress = [] } = change.record;
  if (!dossier || change.isDossierDone) return undefined;
  const found = isUnsure ? await findOut(sync, attempt, dossier) : undefined;
  if (!found?.isStored) {
    const isAtPortal = found ? found.isAtPortal : change.isAtPortal || undefined;
    const record = { push: { code, dossier, isAtPortal }, unitId, call };
    const ending = await ask(sync, attempt, () => (isUnsure ? pushAlone(sync, record) : sync.push(record)));
    if (ending) return ending;
  }
  sync.unsure.forget(id);
  const isDone = progress.length === 0;
  await sync.write({ id, isUnsure: false, isDossierDone: true, isAtPortal: true, isDone });
  return undefined;
}
