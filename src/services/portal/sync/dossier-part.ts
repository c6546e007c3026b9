// The dossier of a change: looked up first where it is not known whether it was stored, else pushed together with others.
// Source: public-service-portal.md §11.4, §11.5, §11.10
import type { PortalDossier } from '../../../../adapters/portal/portal.ts';
import { type Attempt, ask, type Ending, type GatheredPush, type Sync } from './attempt.ts';

/** Whether the portal has the dossier; `isStored`: as it was said, in a call whose outcome is not known. */
interface Found {
  readonly isAtPortal: boolean | undefined;
  readonly isStored: boolean;
}

/** Asked one by one, not by the call for many: a look-up that goes wrong is then nobody else's, and none waits for another. */
async function find(
  { portal, inTurn }: Sync,
  { change, call, traces }: Attempt,
  dossier: PortalDossier,
): Promise<Found> {
  const { record, isAtPortal } = change;
  const isUnsure = change.isUnsure || change.isDossierInDoubt;
  if (!portal.canLookUp || (isAtPortal && !isUnsure))
    return { isAtPortal: isAtPortal || undefined, isStored: false };
  const { value, traces: added } = await inTurn(() => portal.lookUp(record.code, call, dossier), call.signal);
  traces.push(...added);
  return { isAtPortal: value.isKnown, isStored: isUnsure && value.isKnown && value.differs.length === 0 };
}

/** What was tried before is pushed alone: should it be the reason why that failed, it is no other's. §11.14 */
async function pushAlone({ portal, inTurn }: Sync, { push, call }: GatheredPush) {
  const { value, traces } = await inTurn(() => portal.push([push], call), call.signal);
  const [outcome] = value;
  if (!outcome) throw new Error('no outcome of a record that was pushed');
  return { value: outcome, traces };
}

/** Brings the dossier of a change to the portal, and writes that down. Nothing to do: it has none, or it is there. */
export async function syncDossier(sync: Sync, attempt: Attempt): Promise<Ending> {
  const { change, call, isRepeat } = attempt;
  const { id, unitId } = change;
  const { code, dossier, progress = [] } = change.record;
  if (!dossier || change.isDossierDone) return undefined;
  const { isAtPortal, isStored } = await find(sync, attempt, dossier);
  if (!isStored) {
    const record = { push: { code, dossier, isAtPortal }, unitId, call };
    const ending = await ask(sync, attempt, () => (isRepeat ? pushAlone(sync, record) : sync.push(record)));
    if (ending) return ending;
  }
  sync.unsure.forget(id);
  const isDone = progress.length === 0;
  const settled = change.isDossierInDoubt && { settled: 'dossier' as const };
  await sync.write({ id, isUnsure: false, isDossierDone: true, isAtPortal: true, isDone, ...settled });
  return undefined;
}
