// What an attempt at one change works with: the change, the calls of the portal, and what becomes known of it.
import { SourceError, type SourceTrace } from '../../../../adapters/adapter.ts';
import {
  type Portal,
  type PortalAnswer,
  type PortalCall,
  type PortalOutcome,
  type PortalPush,
  portalName,
} from '../../../../adapters/portal/portal.ts';
import type { DispatchOutcome } from '../../../delivery/types.ts';
import { openCredential } from '../../../exchange/source-credential.ts';
import { toUnitCode } from '../../../registry/unit-code.ts';
import type { PortalRooms } from '../dependencies.ts';
import { toFailedOutcome, toRefusedOutcome } from './outcome.ts';
import type { SyncChange, SyncNote } from './rows.ts';
import type { Unsure } from './unsure.ts';

/** A record of a gathered call. */
export interface GatheredPush {
  readonly push: PortalPush;
  readonly unitId: string;
  readonly call: PortalCall;
}

/** What the route's attempts share. */
export interface Sync {
  readonly rooms: PortalRooms;
  readonly portal: Portal;
  readonly unsure: Unsure;
  /** Reads the change of an id, together with others. */
  readonly read: (id: string) => Promise<SyncChange>;
  /** Writes a note, together with others. */
  readonly write: (note: SyncNote) => Promise<unknown>;
  /** Pushes a record, together with others of its unit. */
  readonly push: (record: GatheredPush) => Promise<PortalAnswer<PortalOutcome>>;
  /** Runs a call of the portal when its turn has come; not at all where the signal was quicker. @throws SourceError */
  readonly inTurn: <T>(call: () => Promise<T>, signal: AbortSignal) => Promise<T>;
}

/** An attempt at a change. */
export interface Attempt {
  readonly change: SyncChange;
  /** Not the first one. */
  readonly isRepeat: boolean;
  readonly call: PortalCall;
  /** What passed over the wire so far. */
  readonly traces: SourceTrace[];
}

/** Ends the attempt where it is not over yet: `undefined` goes on. */
export type Ending = DispatchOutcome | undefined;

/** @throws Problem source-credential-suspended | source-credential-expired */
export function toCall(
  { rooms: { registry, keys, now }, portal }: Pick<Sync, 'rooms' | 'portal'>,
  { id, unitId }: Pick<SyncChange, 'id' | 'unitId'>,
  signal: AbortSignal,
): PortalCall {
  const snapshot = registry.current;
  const at = now();
  const unit = snapshot.unit(unitId);
  const credential = openCredential(keys.field, snapshot, 'portal', { unitId, at });
  return {
    requestCode: id,
    unitCode: unit && toUnitCode(unit, portal.unitScheme, at),
    credential: async () => credential,
    signal,
  };
}

/** Writes down why a record was not taken, and tells it as the outcome of the attempt. */
async function toEnding(
  { write, unsure, rooms }: Sync,
  { change: { id }, traces }: Attempt,
  outcome: Exclude<PortalOutcome, { kind: 'done' }>,
): Promise<DispatchOutcome> {
  if (outcome.kind === 'unknown') {
    unsure.note(id);
    const more = { isUnsure: true, afterMs: rooms.rules.settleMs };
    return toFailedOutcome(
      outcome.because ?? new SourceError('timeout', portalName, 'not known'),
      traces,
      more,
    );
  }
  unsure.forget(id);
  if (outcome.kind === 'refused') return refuse({ write, rooms }, { change: { id }, traces }, outcome);
  await write({ id, isUnsure: false });
  const because = 'because' in outcome ? outcome.because : undefined;
  return toFailedOutcome(because ?? new SourceError('unavailable', portalName, 'not taken'), traces);
}

/** Writes a refusal down with the version of the catalogue that we had, and ends the attempt by it. §11.7 */
export async function refuse(
  { write, rooms }: Pick<Sync, 'write' | 'rooms'>,
  { change: { id }, traces }: Pick<Attempt, 'traces'> & { readonly change: Pick<SyncChange, 'id'> },
  { why, code, where }: Omit<Extract<PortalOutcome, { kind: 'refused' }>, 'kind'>,
): Promise<DispatchOutcome> {
  const { version } = await rooms.catalogue.mark();
  await write({ id, isUnsure: false, refusal: { code, where, catalogueVersion: version } });
  return toRefusedOutcome(why, traces);
}

/**
 * Makes a call that changes something at the portal. The row says before it that its outcome is not known, and no longer
 * once it is certain that nothing was stored; what was stored is the caller's to write.
 * @returns undefined when it was done
 */
export async function ask(
  sync: Sync,
  attempt: Attempt,
  call: () => Promise<PortalAnswer<PortalOutcome>>,
): Promise<Ending> {
  const { id } = attempt.change;
  await sync.write({ id, isUnsure: true });
  try {
    const { value, traces } = await call();
    attempt.traces.push(...traces);
    return value.kind === 'done' ? undefined : await toEnding(sync, attempt, value);
  } catch (error) {
    // Of the call as a whole: nothing of it was stored. What is no failure of the portal leaves it unsure.
    const outcome = toFailedOutcome(error, attempt.traces);
    await sync.write({ id, isUnsure: false });
    sync.unsure.forget(id);
    return outcome;
  }
}

/** How long a change whose outcome is not known still waits before it is looked up, milliseconds. */
export function toRestMs({ unsure, rooms: { rules } }: Sync, change: SyncChange): number {
  const { id, isUnsure, isDossierDone, isDossierInDoubt, areLinesInDoubt } = change;
  return isUnsure || areLinesInDoubt || (isDossierInDoubt && !isDossierDone)
    ? Math.max(0, Math.ceil(rules.settleMs - unsure.sinceMs(id)))
    : 0;
}
