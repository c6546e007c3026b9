// The way to the public-service portal: one attempt brings what is left of a change there, the dossier before its lines.
// What comes of it is told as an outcome; the engine keeps the order of a dossier and repeats. It alters nothing that a
// unit said. Source: public-service-portal.md §11.5, §11.10, §11.14, §11.15
import { SourceError } from '../../../../adapters/adapter.ts';
import { isPassing, type Portal, portalName } from '../../../../adapters/portal/portal.ts';
import type { ClaimedDispatch, DispatchOutcome, Route } from '../../../delivery/types.ts';
import { Problem } from '../../../problem.ts';
import type { PortalRooms } from '../dependencies.ts';
import { restoreSaid } from '../dossiers/dossier-rows.ts';
import { type Attempt, type GatheredPush, type Sync, toCall, toRestMs } from './attempt.ts';
import { syncDossier } from './dossier-part.ts';
import { createGatherer, createTurns } from './gather.ts';
import { syncLines } from './lines-part.ts';
import { toFailedOutcome, toWaitingOutcome } from './outcome.ts';
import { readChanges, type SyncChange, type SyncNote, writeNotes } from './rows.ts';
import { createUnsure } from './unsure.ts';

/** As in `DispatchDraft.route`; also the name of the source behind it. */
export const portalRoute = portalName;

/** Changes under way at once in one process; each is of another dossier. What gathers into one call is among them. */
const concurrency = 64;
/** Calls of the portal at once in one process; the adapter's connections may be fewer. */
const mostCalls = 16;
/** Rows are read and written for so many at a time. */
const mostRows = 100;
const rowsMs = 2;

const toLate = (): SourceError =>
  new SourceError('unreachable', portalName, 'the deadline passed before a turn came', { code: 'deadline' });

/**
 * Records of one unit in one call, over as soon as the time of one of them is up: what went on after that attempt was given
 * up could overtake the next one. Where all were refused for one, each is pushed alone. §11.14
 */
async function pushTogether(
  portal: Portal,
  inTurn: Sync['inTurn'],
  records: readonly GatheredPush[],
): Promise<readonly (Awaited<ReturnType<Sync['push']>> | Error)[]> {
  const [first] = records;
  if (!first) return [];
  const signal = AbortSignal.any(records.map(({ call }) => call.signal));
  const pushes = records.map(({ push }) => push);
  try {
    const { value, traces } = await inTurn(() => portal.push(pushes, { ...first.call, signal }), signal);
    return value.map((outcome) => ({ value: outcome, traces }));
  } catch (error) {
    if (records.length === 1 || !(error instanceof SourceError) || isPassing(error)) throw error;
    const alone = await Promise.allSettled(records.map((record) => pushTogether(portal, inTurn, [record])));
    return alone.map((one) => {
      if (one.status === 'rejected') return one.reason instanceof Error ? one.reason : error;
      return one.value[0] ?? error;
    });
  }
}

function toSync(rooms: PortalRooms, portal: Portal): Sync {
  const { pool, rules } = rooms;
  const inTurn = createTurns(mostCalls, toLate);
  return {
    ...{ rooms, portal, inTurn },
    unsure: createUnsure(() => performance.now()),
    read: createGatherer<string, SyncChange>({
      ...{ waitMs: rowsMs, most: mostRows },
      work: (ids) => readChanges(pool, rooms.keys.field, ids),
    }),
    write: createGatherer<SyncNote, true>({
      ...{ waitMs: rowsMs, most: mostRows },
      async work(notes) {
        await writeNotes(pool, notes);
        return notes.map(() => true);
      },
    }),
    push: createGatherer({
      waitMs: rules.gatherMs,
      most: portal.mostRecords,
      keyOf: ({ unitId }) => unitId,
      work: (records) => pushTogether(portal, inTurn, records),
    }),
  };
}

async function run(sync: Sync, attempt: Attempt): Promise<DispatchOutcome> {
  const ending = (await syncDossier(sync, attempt)) ?? (await syncLines(sync, attempt));
  return ending ?? { kind: 'sent', source: attempt.traces };
}

/** @throws Error for what no service of ours wrote, or a row that is not there: a bug, tried again */
async function send(sync: Sync, dispatch: ClaimedDispatch, signal: AbortSignal): Promise<DispatchOutcome> {
  const { change: id } = dispatch.content;
  if (typeof id !== 'string') throw new Error('a dispatch to the portal names no change');
  const change = await sync.read(id);
  if (change.isDone) return { kind: 'sent' };
  const restMs = toRestMs(sync, change);
  if (restMs > 0) return toWaitingOutcome(restMs, false);
  const traces: Attempt['traces'] = [];
  try {
    const call = toCall(sync, change, signal);
    return await run(sync, { change, traces, call, isRepeat: dispatch.attempt > 1 });
  } catch (error) {
    if (error instanceof Problem)
      return { kind: 'retry', problem: error.code, responsible: 'hub', isRouteAway: false, cause: error };
    return toFailedOutcome(error, traces, { isUnsure: change.isUnsure });
  }
}

/** Leaves the portal alone for as long as it asked; what waits meanwhile says why. */
function inPauses(sendOne: Route['send']): Route['send'] {
  let untilMs = 0;
  let why: Partial<Pick<Extract<DispatchOutcome, { kind: 'retry' }>, 'problem' | 'responsible'>> = {};
  return async (dispatch, signal) => {
    const restMs = Math.ceil(untilMs - performance.now());
    if (restMs > 0) return { ...toWaitingOutcome(restMs, true), ...why };
    const outcome = await sendOne(dispatch, signal);
    if (outcome.kind === 'retry' && outcome.isRouteAway && outcome.afterMs !== undefined) {
      untilMs = Math.max(untilMs, performance.now() + outcome.afterMs);
      why = { problem: outcome.problem, responsible: outcome.responsible };
    }
    return outcome;
  };
}

/** What was said before a change that a person ended is said last again. */
const createAbandoned =
  ({ keys }: Pick<PortalRooms, 'keys'>): NonNullable<Route['abandoned']> =>
  async (client, subjects) => {
    const { rows } = await client.query<{ code: string }>(
      `SELECT o.code FROM portal_dossier o WHERE o.last_dossier_change = ANY ($1::uuid[]) ORDER BY o.code FOR UPDATE`,
      [subjects],
    );
    await restoreSaid(
      client,
      keys.field,
      rows.map(({ code }) => code),
    );
  };

/** The route `portal`. */
export function createPortalRoute(rooms: PortalRooms, portal: Portal): Route {
  const sync = toSync(rooms, portal);
  return {
    name: portalRoute,
    source: portalName,
    concurrency,
    attemptMs: rooms.rules.attemptMs,
    abandoned: createAbandoned(rooms),
    send: inPauses((dispatch, signal) => send(sync, dispatch, signal)),
  };
}
