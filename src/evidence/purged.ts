// What the log itself says of sealed parts that are gone: the notices `purged`, read and written; pure, for the verifier.
import type { PublicPart } from './leaf.ts';
import { addMonths, toMonth, toUuidTime } from './month.ts';

/** Leaves from `first` to `last`, both included. */
export interface LeafRun {
  readonly first: number;
  readonly last: number;
}

/** What one notice `purged` says. */
export interface Purge {
  /** Index of the notice's own leaf. */
  readonly notice: number;
  /** Id of the retention class. */
  readonly class: string;
  /** `yyyy-MM`, UTC: of the exchanges that were purged. */
  readonly month: string;
  /** First month (`yyyy-MM`, UTC) of which nothing can have been purged when the notice was made. */
  readonly firstKept: string;
  readonly firstLeaf: number;
  readonly lastLeaf: number;
  /** How many leaves lost their sealed part. */
  readonly entries: number;
  /** Exactly which, in ascending order. */
  readonly runs: readonly LeafRun[];
  /** Origin of the log whose leaves they are, where it ended with a restore; undefined: the notice's own. */
  readonly log: string | undefined;
}

/** A leaf in its place. */
export interface PlacedLeaf {
  readonly index: number;
  readonly leaf: PublicPart;
}

/** Runs of leaf indices. @param indices ascending, each once */
export function toRuns(indices: readonly number[]): readonly LeafRun[] {
  const runs: { first: number; last: number }[] = [];
  for (const index of indices) {
    const open = runs.at(-1);
    if (open && open.last + 1 === index) open.last = index;
    else runs.push({ first: index, last: index });
  }
  return runs;
}

/** `3-5,9`: how a notice writes them. */
export const toRunsText = (runs: readonly LeafRun[]): string =>
  runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');

/** @throws Error when it is not what `toRunsText` writes */
export function parseRuns(text: string): readonly LeafRun[] {
  const runs = text.split(',').map((part) => {
    const [, first = '', last = first] = /^(\d{1,16})(?:-(\d{1,16}))?$/.exec(part) ?? [];
    return { first: Number(first), last: Number(last) };
  });
  const isAscending = runs.every(({ first }, at) => at === 0 || first > (runs[at - 1]?.last ?? first) + 1);
  if (!isAscending || toRunsText(runs) !== text || runs.some(({ first, last }) => first > last))
    throw new Error('the leaves of a purge are not runs in ascending order');
  return runs;
}

/** Whole months after that of an exchange in which no class lets its sealed parts go. Source: migration 0033, `least_months`. */
const leastMonthsKept = 3;

/** The month (`yyyy-MM`, UTC) of an exchange by its id; empty: the id has no time. */
export function toExchangeMonth(exchangeId: string): string {
  const at = toUuidTime(exchangeId);
  return Number.isNaN(at.getTime()) ? '' : toMonth(at);
}

/** A leaf without its sealed part, as far as a notice must fit it. */
export interface GoneLeaf {
  readonly index: number;
  /** Of its exchange. */
  readonly month: string;
  /** ISO 8601, of the leaf itself: a delivery moves on in later months. */
  readonly at: string;
}

/**
 * Why a notice whose runs name a leaf does not explain that its sealed part is gone; undefined: it does.
 * @param purge what the notice says, of the leaf at `notice`
 */
export function whyUnexplained(
  {
    notice,
    month,
    firstKept,
    log,
  }: Pick<Purge, 'notice' | 'month' | 'firstKept'> & Partial<Pick<Purge, 'log'>>,
  leaf: GoneLeaf,
): string | undefined {
  const words = `the sealed part of leaf ${leaf.index} is missing, and entry ${notice} does not explain it`;
  if (log === undefined && leaf.index >= notice) return `${words}: the leaf came after it`;
  if (leaf.month !== month)
    return `${words}: it speaks of exchanges of ${month}, this one is of ${leaf.month || 'no month'}`;
  // Texts of one form, whose order is that of time.
  if (month >= firstKept || leaf.at >= firstKept)
    return `${words}: it was made too early, every sealed part is kept for ${leastMonthsKept} whole months`;
  return undefined;
}

const count = (runs: readonly LeafRun[]): number =>
  runs.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/**
 * What a notice says that was purged; undefined for any other leaf.
 * @throws Error when it contradicts itself, or speaks of leaves that came after it
 */
export function toPurge({ index, leaf }: PlacedLeaf): Purge | undefined {
  if (leaf.kind !== 'notice' || leaf.notice !== 'purged') return undefined;
  const { class: name, month, firstLeaf, lastLeaf, entries, leaves, log } = leaf.about ?? {};
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(String(month)))
    throw new Error(`the notice at leaf ${index} does not say of which month leaves were purged`);
  const runs = parseRuns(String(leaves));
  if (runs[0]?.first !== firstLeaf || runs.at(-1)?.last !== lastLeaf || count(runs) !== entries)
    throw new Error(`the notice at leaf ${index} does not say which leaves were purged`);
  const [first, last] = [Number(firstLeaf), Number(lastLeaf)];
  if (log === undefined && last >= index)
    throw new Error(`the notice at leaf ${index} speaks of leaves after it`);
  return {
    ...{ notice: index, class: String(name), month: String(month) },
    firstKept: addMonths(toMonth(new Date(leaf.at)), -leastMonthsKept),
    ...{ firstLeaf: first, lastLeaf: last, entries: Number(entries), runs },
    log: log === undefined ? undefined : String(log),
  };
}

/** In which list of runs a leaf is, by the list's place; undefined: in none. */
export function createRunFinder(
  lists: readonly (readonly LeafRun[])[],
): (index: number) => number | undefined {
  const all = lists
    .flatMap((runs, at) => runs.map((run) => ({ ...run, at })))
    .sort((one, other) => one.first - other.first);
  return (index) => {
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((all[middle]?.first ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    const found = all[low - 1];
    return found && index <= found.last ? found.at : undefined;
  };
}

/**
 * By which notice of the same log the sealed part of a leaf was purged: the answer for each leaf index is the notice's own leaf index, or
 * undefined, and then the log does not say why it would be missing.
 * @throws Error as `toPurge`
 */
export function toPurgeFinder(leaves: readonly PlacedLeaf[]): (index: number) => number | undefined {
  const purges = leaves.flatMap((leaf) => toPurge(leaf) ?? []).filter(({ log }) => log === undefined);
  const find = createRunFinder(purges.map(({ runs }) => runs));
  return (index) => {
    const at = find(index);
    return at === undefined ? undefined : purges[at]?.notice;
  };
}
