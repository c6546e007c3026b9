// The progress lines of a change, in groups, in order. Lines of which it is not known whether they were stored are never
// repeated blindly. Source: public-service-portal.md §11.5, §11.10
import type { PortalProgressLine } from '../../../../adapters/portal/portal.ts';
import type { DispatchOutcome } from '../../../delivery/types.ts';
import { type Attempt, ask, type Ending, refuse, type Sync } from './attempt.ts';
import { toWaitingOutcome } from './outcome.ts';
import type { SyncChange, SyncNote } from './rows.ts';
import { type StoredLines, toRepeatedLines, toStoredLines } from './stored-lines.ts';

/** A look-up that tells nothing is asked again for so many times the time to settle; then a person decides. */
const patience = 10;

const unclear = { kind: 'dead', problem: 'portal-progress-unsure', responsible: 'caller' } as const;

/** Lines alone want a dossier that the portal has. */
async function findDossier(sync: Sync, attempt: Attempt): Promise<Ending> {
  const { change, call, traces } = attempt;
  const isKnown = change.isAtPortal && !change.isDossierInDoubt;
  if (change.record.dossier || isKnown || !sync.portal.canLookUp) return undefined;
  const { value, traces: added } = await sync.inTurn(
    () => sync.portal.lookUp(change.record.code, call),
    call.signal,
  );
  traces.push(...added);
  if (!value.isKnown) return refuse(sync, attempt, { why: 'unknown-dossier', code: undefined, where: [] });
  await sync.write({ id: change.id, isUnsure: false, isAtPortal: true, settled: 'dossier' });
  return undefined;
}

/** A person decides; whoever replays it knows that the lines are not there. */
async function giveUp(
  { write, unsure }: Sync,
  { change: { id }, traces }: Attempt,
): Promise<DispatchOutcome> {
  await write({ id, isUnsure: false, settled: 'all' });
  unsure.forget(id);
  return { ...unclear, source: traces };
}

function compare(
  { portal }: Sync,
  { record: { progress = [] }, areLinesInDoubt, knownLines }: SyncChange,
  from: number,
  held: readonly PortalProgressLine[],
): StoredLines {
  if (areLinesInDoubt) return toRepeatedLines(progress.slice(from), held, knownLines);
  return toStoredLines(progress.slice(from, from + portal.mostLines), held, knownLines);
}

/** How many of these lines the portal holds: those of the last call, or those that follow what was given up. */
async function findOut(sync: Sync, attempt: Attempt, from: number): Promise<number | DispatchOutcome> {
  const { portal, rooms, unsure } = sync;
  const { change, call, traces } = attempt;
  if (!portal.canLookUp) return giveUp(sync, attempt);
  const { value, traces: added } = await sync.inTurn(
    () => portal.lookUp(change.record.code, call),
    call.signal,
  );
  traces.push(...added);
  if (value.isKnown && !value.progress) return giveUp(sync, attempt);
  const found = value.isKnown ? compare(sync, change, from, value.progress ?? []) : 'unclear';
  if (found !== 'unclear') return found.stored;
  const { settleMs } = rooms.rules;
  if (unsure.sinceMs(change.id) > patience * settleMs) return giveUp(sync, attempt);
  return { ...toWaitingOutcome(settleMs, false), source: traces };
}

/** Places in the record, for places among the lines of a call. */
const toPlaces = (where: readonly string[], from: number): readonly string[] =>
  where.map((place) =>
    place.replace(/^\/progress\/(\d+)/u, (_, n: string) => `/progress/${Number(n) + from}`),
  );

/** Brings the lines that are not there yet to the portal, and writes down how far they are. */
export async function syncLines(sync: Sync, attempt: Attempt): Promise<Ending> {
  const { portal, inTurn, write, unsure } = sync;
  const { change, call } = attempt;
  const { code, progress: lines = [] } = change.record;
  const noteDone = (linesDone: number, more: Pick<SyncNote, 'settled'> = {}) => {
    unsure.forget(change.id);
    const isDone = linesDone === lines.length;
    return write({ id: change.id, isUnsure: false, linesDone, isAtPortal: true, isDone, ...more });
  };
  const toGroup = (from: number) => lines.slice(from, from + portal.mostLines);
  let done = change.linesDone;
  const isOwnUnsure = change.isUnsure && (!change.record.dossier || change.isDossierDone);
  if (done < lines.length && (isOwnUnsure || change.areLinesInDoubt)) {
    const found = await findOut(sync, attempt, done);
    if (typeof found !== 'number') return found;
    done += found;
    await noteDone(done, change.areLinesInDoubt ? { settled: 'all' } : {});
  }
  const missing = done < lines.length ? await findDossier(sync, attempt) : undefined;
  if (missing) return missing;
  while (done < lines.length) {
    const group = toGroup(done);
    const from = done;
    const ending = await ask(sync, attempt, async () => {
      const answer = await inTurn(() => portal.pushProgress(code, group, call), call.signal);
      if (answer.value.kind !== 'refused') return answer;
      return { ...answer, value: { ...answer.value, where: toPlaces(answer.value.where, from) } };
    });
    if (ending) return ending;
    done += group.length;
    await noteDone(done);
  }
  return undefined;
}
