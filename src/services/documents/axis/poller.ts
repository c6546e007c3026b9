// Empties the queue that the axis keeps for the province, in one process of the cluster. Nothing is acknowledged before it is
// written down here; what cannot be delivered is kept and never acknowledged as done. Source: document-axis.md §9.12, §9.18
import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { SourceError } from '../../../../adapters/adapter.ts';
import {
  type AxisItem,
  type AxisKind,
  type AxisPeriod,
  axisName,
  type DocumentAxis,
  isPassing,
} from '../../../../adapters/document-axis/axis.ts';
import { createWorkLease } from '../../../delivery/work-lease.ts';
import { startLoop } from '../../../evidence/loop.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { toNamed } from '../send/check.ts';
import { type Fetched, fetchItem, splitStatuses, takeItem, takeStatusPage } from './intake.ts';
import { type Ended, isStorableId, type KnownItem, readAttempts, readKnown, toTold } from './items.ts';
import { workInOrder } from './ordered.ts';
import { failOldOrphans, retryOrphans } from './orphans.ts';
import { recorded } from './recorded.ts';
import { type Asking, type Telling, tell, tellRecorded, tellRest } from './tell.ts';

/** What polls. */
export interface AxisPoller {
  /** Lists at once instead of at the next turn. */
  poke(): void;
  /** Ends calls under way; what was not written down is fetched again by the next one. Never throws. */
  stop(): Promise<void>;
}

/** Items at once. */
const atOnce = 6;
const pokeMs = 5;
/** Taken in and told before the next ones are fetched: bounds memory and transactions, however long the list. */
const sliceItems = 200;
/** So many that wait on one list may hide what is behind them; the axis does not say how much it lists. */
const crowd = 50;
const dayMs = 86_400_000;
/** The axis' own zone. */
const zoneMs = 7 * 3_600_000;

/** One turn. */
interface Round {
  readonly rooms: DocumentRooms;
  readonly axis: DocumentAxis;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Items whose end was told in it: only what is told for the first time shows that there may be more behind it. */
  readonly told: Set<string>;
}

/** Codes and kinds only: an error of the axis never holds what a message says. */
const toWords = (item: Pick<AxisItem, 'docId' | 'kind'>, err: unknown) => ({
  ...{ docId: item.docId, kind: item.kind, err },
});

const toTelling = ({ rooms, axis, logger, signal }: Round): Telling => ({
  ...{ rooms, axis, signal, most: atOnce },
  onFailure: (docId, err) => logger.warn({ docId, err }, 'the axis could not be told; told again'),
});

/** Cut on the way, perhaps, or its receiver comes to be known: fetched again a few times. Then it is a person's. */
const isAgain = (known: KnownItem | undefined): boolean =>
  !known || (known.state === 'kept' && known.attempts < readAttempts);

const toUnique = (items: readonly AxisItem[]): readonly AxisItem[] =>
  [...new Map(items.toReversed().map((item) => [item.docId, item])).values()].toReversed();

/** What a page's documents must not overtake: the first of their thread. Asked in the order of the list. */
function createKeys(): (fetched: Fetched) => string {
  const roots = new Map<string, string>();
  return ({ item, received }) => {
    if (received?.kind !== 'document') return `item ${item.docId}`;
    const { documentId, business } = received.message;
    const named = business.type === 0 ? [] : toNamed(received.message);
    const known = [documentId, ...named].find((id) => roots.has(id));
    const root = roots.get(known ?? '') ?? named[0] ?? documentId;
    for (const id of [documentId, ...named]) if (!roots.has(id)) roots.set(id, root);
    return root;
  };
}

/** Works through a slice of what is new. @returns how each ended, and whether the axis is away */
async function takeSlice(
  round: Round,
  { onTrace }: Asking,
  kind: AxisKind,
  items: readonly AxisItem[],
): Promise<{ readonly ended: readonly Ended[]; readonly isAway: boolean }> {
  const { rooms, axis, logger, signal } = round;
  const ended: Ended[] = [];
  const fetched = new Map<string, Fetched>();
  let isAway = false;
  const onFailure = (item: AxisItem, error: unknown): void => {
    isAway ||= isPassing(error) && error instanceof SourceError && error.kind !== 'unavailable';
    logger.warn(toWords(item, error), 'an item of the axis could not be taken; looked at again');
  };
  await workInOrder(items, {
    most: atOnce,
    fetch: (item) => fetchItem(rooms, axis, item, { requestCode: uuidv7(), signal, onTrace }),
    keyOf: createKeys(),
    async take(one) {
      const { docId } = one.item;
      if (kind === 'status') fetched.set(docId, one);
      else ended.push({ docId, state: await takeItem(rooms, one) });
    },
    onFailure,
    isOver: () => isAway || signal.aborted,
  });
  const inOrder = items.flatMap(({ docId }) => fetched.get(docId) ?? []);
  const { statuses, others } = splitStatuses(inOrder);
  ended.push(...(await takeStatusPage(rooms, statuses, onFailure)));
  for (const other of others) ended.push({ docId: other.item.docId, state: await takeItem(rooms, other) });
  return { ended, isAway };
}

/** What a list came to. */
interface Listed {
  /** Whether there may be more behind it. */
  readonly isMore: boolean;
  /** Items on it that stay on it. */
  readonly waiting: number;
}

/** Lists once and takes what is there, as one exchange. */
const poll = (round: Round, kind: AxisKind, period: AxisPeriod): Promise<Listed> =>
  recorded(round.rooms, 'pollAxis', async (requestCode, onTrace) => {
    const call = { requestCode, signal: round.signal, onTrace };
    const { value } = await round.axis.list(kind, period, call);
    const listed = await takeListed(round, call, kind, value);
    return { value: listed, result: `${kind} ${value.length}` };
  });

/** Tells how items ended. @returns whether one of them was told for the first time */
async function tellEnded(round: Round, asking: Asking, ended: readonly Ended[]): Promise<boolean> {
  const isNew = ended.some(({ docId }) => !round.told.has(docId));
  const count = await tell(toTelling(round), asking, ended);
  for (const { docId } of ended) round.told.add(docId);
  return isNew && count > 0;
}

/** Of items listed twice the first one; without those whose id cannot be kept. */
function toItems({ logger }: Round, value: readonly AxisItem[]): readonly AxisItem[] {
  const items = toUnique(value);
  const storable = items.filter(isStorableId);
  const skipped = items.length - storable.length;
  if (skipped > 0) logger.warn({ skipped }, 'items of the axis have ids that cannot be kept; passed over');
  return storable;
}

async function takeListed(
  round: Round,
  asking: Asking,
  kind: AxisKind,
  value: readonly AxisItem[],
): Promise<Listed> {
  const { rooms, logger, signal } = round;
  const items = toItems(round, value);
  const known = await readKnown(
    rooms.pool,
    items.map(({ docId }) => docId),
  );
  // What is listed although it has ended was not heard of: it is told again.
  const again = items.flatMap(({ docId }) => {
    const one = known.get(docId);
    return one === undefined || toTold(one) === undefined ? [] : [one];
  });
  let isMore = await tellEnded(round, asking, again);
  let over = again.length;
  const fresh = items.filter(({ docId }) => isAgain(known.get(docId)));
  for (let at = 0; at < fresh.length && !signal.aborted; at += sliceItems) {
    const { ended, isAway } = await takeSlice(round, asking, kind, fresh.slice(at, at + sliceItems));
    const waiting = ended.filter((one) => toTold(one) !== 'done');
    for (const { docId, state } of waiting)
      logger.warn({ docId, kind, state }, 'an item of the axis waits for a person');
    over += ended.filter((one) => toTold(one) !== undefined).length;
    isMore = (await tellEnded(round, asking, ended)) || isMore;
    if (isAway) break;
  }
  return { isMore, waiting: value.length - over };
}

/** Lists until nothing new comes. @returns how many items stay on the list */
async function empty(round: Round, kind: AxisKind, period: AxisPeriod): Promise<number> {
  while (!round.signal.aborted) {
    const { isMore, waiting } = await poll(round, kind, period);
    if (!isMore) return waiting;
  }
  return 0;
}

/** The days within which an orphan waits, today first. */
function toDays({ now, rules }: DocumentRooms): readonly string[] {
  const days = Math.ceil(rules.orphanHours / 24) + 1;
  return Array.from({ length: days }, (_, n) =>
    new Date(now().getTime() + zoneMs - n * dayMs).toISOString().slice(0, 10),
  );
}

/** What waits at the head of a list may hide the rest of it: then each day is listed by itself. */
async function pollAll(round: Round): Promise<void> {
  for (const kind of ['document', 'status'] as const) {
    if ((await empty(round, kind, {})) < crowd) continue;
    for (const day of toDays(round.rooms)) await empty(round, kind, { from: day, to: day });
  }
}

async function workOnOrphans(round: Round): Promise<void> {
  const { rooms, logger } = round;
  const items = await retryOrphans(rooms, (item, err) =>
    logger.warn(toWords(item, err), 'an orphan could not be looked at; looked at again'),
  );
  await failOldOrphans(rooms.pool, rooms.rules.orphanHours);
  await tellRecorded(toTelling(round), items);
}

/** Each part by itself: one that fails keeps none of the others from its turn. */
async function runRound(round: Round): Promise<void> {
  for (const part of [pollAll, workOnOrphans, (one: Round) => tellRest(toTelling(one))])
    try {
      if (!round.signal.aborted) await part(round);
    } catch (err) {
      if (!round.signal.aborted)
        round.logger.warn({ err }, 'the queue of the axis was not emptied; tried again');
    }
}

/** Begins to poll, every `axis.pollSeconds`, and at once while there is more. */
export function startAxisPoller(
  rooms: DocumentRooms,
  axis: DocumentAxis,
  processId: string,
  logger: Logger,
): AxisPoller {
  const lease = createWorkLease(rooms.pool, 'document-axis-poll', processId);
  const stopping = new AbortController();

  async function turn(): Promise<void> {
    if (stopping.signal.aborted || rooms.registry.current.isSourceOff(axisName)) return;
    const held = await lease.hold().catch(() => undefined);
    if (!held) return;
    try {
      const signal = AbortSignal.any([stopping.signal, held.signal]);
      // Many calls at once listen to it, each until it has ended.
      setMaxListeners(0, signal);
      await runRound({ rooms, axis, logger, signal, told: new Set() });
    } finally {
      await held.release();
    }
  }

  const loop = startLoop(turn, axis.pollSeconds * 1_000, pokeMs);
  loop.poke();
  return {
    poke: loop.poke,
    async stop() {
      stopping.abort(new Error('the hub is stopping'));
      await loop.stop();
    },
  };
}
