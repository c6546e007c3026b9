// Empties the queue that the axis keeps for the province, in one process of the cluster. Nothing is acknowledged before it is
// written down here; what cannot be delivered is kept and never acknowledged as done. Source: document-axis.md §9.12, §9.18
import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { SourceError } from '../../../../adapters/adapter.ts';
import {
  type AxisItem,
  type AxisKind,
  axisName,
  type DocumentAxis,
  isPassing,
} from '../../../../adapters/document-axis/axis.ts';
import { createWorkLease } from '../../../delivery/work-lease.ts';
import { startLoop } from '../../../evidence/loop.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { toNamed } from '../send/check.ts';
import { type Fetched, fetchItem, splitStatuses, takeItem, takeStatusPage } from './intake.ts';
import { type KnownItem, readAttempts, readKnown, toTold } from './items.ts';
import { workInOrder } from './ordered.ts';
import { failOldOrphans, retryOrphans } from './orphans.ts';
import { recorded } from './recorded.ts';
import { type Ended, type Telling, tell, tellRecorded, tellRest } from './tell.ts';

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

/** Cut on the way, perhaps: fetched again a few times. What a person must see to stays. */
function isAgain(known: KnownItem | undefined): boolean {
  if (!known) return true;
  const isOfReceiver = known.fault?.startsWith('receiver-') ?? false;
  return known.state === 'kept' && !isOfReceiver && known.attempts < readAttempts;
}

/** Of items listed twice the first one. */
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

/** Works through what is new on a page. @returns how each ended */
async function takePage(round: Round, kind: AxisKind, items: readonly AxisItem[]): Promise<readonly Ended[]> {
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
    fetch: (item) => fetchItem(rooms, axis, item, uuidv7(), signal),
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
  return ended;
}

/** Lists once and takes what is there, as one exchange. @returns whether there may be more behind it */
const poll = (round: Round, kind: AxisKind): Promise<boolean> =>
  recorded(round.rooms, 'pollAxis', async (requestCode) => {
    const { value, trace } = await round.axis.list(kind, {}, { requestCode, signal: round.signal });
    const isMore = await takeListed(round, kind, value);
    return { value: isMore, result: `${kind} ${value.length}`, sources: [trace] };
  });

async function takeListed(round: Round, kind: AxisKind, value: readonly AxisItem[]): Promise<boolean> {
  const { rooms, logger } = round;
  const items = toUnique(value);
  const known = await readKnown(
    rooms.pool,
    items.map(({ docId }) => docId),
  );
  const fresh = items.filter(({ docId }) => isAgain(known.get(docId)));
  const ended = await takePage(round, kind, fresh);
  for (const { docId, state } of ended)
    if (toTold(state) !== 'done')
      logger.warn({ docId, kind, state }, 'an item of the axis waits for a person');
  // What is listed although it has ended was not heard of: it is told again.
  const again = items.flatMap(({ docId }) => {
    const state = known.get(docId)?.state;
    return state === undefined || toTold(state) === undefined ? [] : [{ docId, state }];
  });
  const isNew = [...ended, ...again].some(({ docId }) => !round.told.has(docId));
  const count = await tell(toTelling(round), [...ended, ...again]);
  for (const { docId } of [...ended, ...again]) round.told.add(docId);
  return isNew && count > 0;
}

async function pollAll(round: Round): Promise<void> {
  for (const kind of ['document', 'status'] as const)
    while (!round.signal.aborted && (await poll(round, kind)));
}

async function workOnOrphans(round: Round): Promise<void> {
  const { rooms } = round;
  const items = await retryOrphans(rooms);
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
