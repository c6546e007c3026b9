// Holds the times that leaves claim against heads that somebody else dated: what a head lacks cannot be much older than it, what
// it has cannot be newer. Pure.
import type { PublicPart } from './leaf.ts';

/** A head whose time is somebody else's word. Plain, so that it can be handed to a thread. */
export interface DatedHead {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Who says so. */
  readonly by: string;
}

/**
 * How far a leaf may be from the date of a head, in milliseconds: ten minutes. An entry is given up by its writer after
 * seconds, numbered and signed within seconds, its time is the database's, and the clocks of the hub, of witnesses
 * and of authorities differ by less than five minutes or a stamp is not kept.
 */
export const datingAllowanceMs = 600_000;

/** A leaf that claims a time at which it cannot have been made. */
export interface Misdated {
  readonly index: number;
  /** What it claims. */
  readonly claims: string;
  readonly head: DatedHead;
}

/** What the times of a stretch of leaves were found to be. */
export interface FoundDates {
  /** The first leaf older than a head that lacks it. */
  readonly older: Misdated | undefined;
  /** The same for entries "opened", by their exchange: one whose writing was cut off is recorded later, with what withdraws it. */
  readonly olderOpened: readonly (Misdated & { readonly exchange: string })[];
  /** Exchanges that were resolved as not sent. */
  readonly withdrawn: readonly string[];
  /** The first leaf newer than a head that has it. */
  readonly newer: Misdated | undefined;
  /** How many leaves the writing process dated otherwise than the database, and the first of them. */
  readonly off: { readonly leaves: number; readonly first: number | undefined };
}

/** Who takes up entries "opened" of an outage is bounded by what was under way; more than that is not one. */
const mostOlderOpened = 10_000;

/** For a leaf: the latest head that lacks it, and the earliest that has it. Leaves are asked for in their order. */
function createBounds(heads: readonly DatedHead[]) {
  const bySize = heads.toSorted((one, other) => one.size - other.size);
  let next = 0;
  let lacking: DatedHead | undefined;
  const having: (DatedHead | undefined)[] = [];
  for (let at = bySize.length - 1; at >= 0; at -= 1) {
    const [one, after] = [bySize[at], having[at + 1]];
    having[at] = after && one && after.atMs < one.atMs ? after : one;
  }
  return (index: number) => {
    for (let head = bySize[next]; head && head.size <= index; head = bySize[next]) {
      if (!lacking || head.atMs > lacking.atMs) lacking = head;
      next += 1;
    }
    return { lacking, having: having[next] };
  };
}

/** Looks at the leaves of a stretch, in their order. */
export function createDating(heads: readonly DatedHead[]) {
  const boundsOf = createBounds(heads);
  let older: Misdated | undefined;
  let newer: Misdated | undefined;
  let [leaves, first]: [number, number | undefined] = [0, undefined];
  const olderOpened: (Misdated & { readonly exchange: string })[] = [];
  const withdrawn: string[] = [];
  return {
    look(index: number, leaf: PublicPart): void {
      const { lacking, having } = boundsOf(index);
      const ms = Date.parse(leaf.databaseAt);
      // What is no time at all is within no bound.
      const isOlder = lacking !== undefined && !(ms >= lacking.atMs - datingAllowanceMs);
      if (isOlder) {
        const found = { index, claims: leaf.databaseAt, head: lacking };
        const isOpened = leaf.kind === 'opened' && olderOpened.length < mostOlderOpened;
        if (isOpened) olderOpened.push({ ...found, exchange: leaf.exchange });
        else older ??= found;
      }
      if (having !== undefined && !(ms <= having.atMs + datingAllowanceMs))
        newer ??= { index, claims: leaf.databaseAt, head: having };
      if (leaf.kind === 'resolved' && leaf.outcome === 'not-sent') withdrawn.push(leaf.exchange);
      if (Math.abs(Date.parse(leaf.at) - ms) <= datingAllowanceMs) return;
      leaves += 1;
      first ??= index;
    },
    result: (): FoundDates => ({ older, olderOpened, withdrawn, newer, off: { leaves, first } }),
  };
}

const minutes = datingAllowanceMs / 60_000;
const toDate = ({ atMs, by }: DatedHead): string => `${new Date(atMs).toISOString()} by ${by}`;

/**
 * Puts together what was found of stretches.
 * @returns sentences of what holds, and of what a reader should know
 * @throws Error when a leaf claims a time at which it cannot have been made
 */
export function tellDates(
  found: readonly FoundDates[],
  heads: readonly DatedHead[],
): { readonly checked: readonly string[]; readonly notChecked: readonly string[] } {
  const withdrawn = new Set(found.flatMap((one) => one.withdrawn));
  const opened = found.flatMap((one) => one.olderOpened).filter(({ exchange }) => !withdrawn.has(exchange));
  const [older] = [...found.flatMap((one) => one.older ?? []), ...opened].toSorted(
    (one, other) => one.index - other.index,
  );
  if (older)
    throw new Error(
      `leaf ${older.index} says that it is of ${older.claims}, and the head of ${older.head.size} leaves, dated ${toDate(older.head)}, lacks it: it was backdated, or held back for more than ${minutes} minutes`,
    );
  const newer = found.find((one) => one.newer)?.newer;
  if (newer)
    throw new Error(
      `leaf ${newer.index} says that it is of ${newer.claims}, and the head of ${newer.head.size} leaves, dated ${toDate(newer.head)}, has it already`,
    );
  const off = found.reduce((sum, one) => sum + one.off.leaves, 0);
  const first = found.find((one) => one.off.first !== undefined)?.off.first;
  return {
    checked:
      heads.length === 0
        ? []
        : [
            `the times of the entries fit the dates of ${heads.length} heads, by the database’s clock and within ${minutes} minutes`,
          ],
    notChecked:
      off === 0
        ? []
        : [
            `${off} entries, the first of them leaf ${first}, were dated by a process whose clock was more than ${minutes} minutes off the database’s, whose time counts`,
          ],
  };
}
