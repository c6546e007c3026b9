// What the lines of an export say of themselves, counted: how many leaves are shown, and which entries explain sealed parts that
// are gone. Pure.
import { isDeepStrictEqual } from 'node:util';
import { type ShownPurge, toShownPurge } from './export-format.ts';
import { parseLeafText } from './leaf.ts';
import { createRunFinder, type GoneLeaf, type Purge, parseRuns, toExchangeMonth, toPurge } from './purged.ts';

/** A line taken apart. The hash is the leaf's. */
export interface LeafLine {
  readonly index: number;
  readonly hash: Buffer;
  readonly seal: 'sealed' | 'withheld' | 'gone';
  /** Left out where only the hash counts. */
  readonly text: string | undefined;
  readonly sealedText: string | undefined;
}

/** An entry that was seen to say that sealed parts were purged. */
export type SeenPurge = Pick<Purge, 'notice' | 'month' | 'firstKept'>;

/** Leaves whose sealed parts are gone, as one entry is to explain. */
export interface Explained {
  readonly leaves: number;
  /** A leaf of each month of their exchanges, and the one with the latest time. */
  readonly examples: readonly GoneLeaf[];
  /** Their services, each once; not all where they are many. */
  readonly services: readonly string[];
}

const mostServices = 20;
const toText = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Gathers the leaves that one entry is to explain. */
function createExplained() {
  let leaves = 0;
  let latest: GoneLeaf | undefined;
  const months = new Map<string, GoneLeaf>();
  const services = new Set<string>();
  return {
    /** Reads no more of a leaf than it must: whether it is one is seen by whoever reads all of it. */
    add(index: number, text: string): void {
      const leaf = new Map<string, unknown>(Object.entries(JSON.parse(text)));
      const month = toExchangeMonth(toText(leaf.get('exchange')));
      const gone = { index, month, at: toText(leaf.get('at')) };
      leaves += 1;
      if (!months.has(month)) months.set(month, gone);
      if (!latest || gone.at > latest.at) latest = gone;
      if (services.size < mostServices) services.add(toText(leaf.get('service')) || 'no service');
    },
    result: (): Explained => ({
      ...{ leaves, services: [...services] },
      examples: [...months.values(), ...(latest ? [latest] : [])],
    }),
  };
}

/** Counts what lines say, and looks at the entries that are to explain what is gone. */
export function createCounts(purges: readonly ShownPurge[]) {
  const counts = { shown: 0, covered: 0, sealed: 0, withheld: 0, gone: 0 };
  const seen: SeenPurge[] = [];
  const explained = purges.map(createExplained);
  let missing: number | undefined;
  const claims = new Map(purges.map((purge) => [purge.entry, purge]));
  const findPurge = createRunFinder(purges.map(({ leaves }) => parseRuns(leaves)));

  function look(index: number, text: string, claim: ShownPurge): void {
    if (!isDeepStrictEqual(toShownPurge(index, text), claim))
      throw new Error(
        `entry ${index} does not say what the manifest says of it: that sealed parts were purged`,
      );
    const purge = toPurge({ index, leaf: parseLeafText(text) });
    if (purge) seen.push({ notice: index, month: purge.month, firstKept: purge.firstKept });
  }

  return {
    isClaim: (index: number): boolean => claims.has(index),
    covered(leaves: number) {
      counts.covered += leaves;
    },
    /** The text of a leaf whose sealed part is gone must be there. */
    shown({ index, seal, text }: LeafLine) {
      counts.shown += 1;
      counts[seal] += 1;
      const claim = claims.get(index);
      if (claim && text !== undefined) look(index, text, claim);
      if (seal !== 'gone') return;
      const by = explained[findPurge(index) ?? -1];
      if (by && text !== undefined) by.add(index, text);
      else missing ??= index;
    },
    result: () => ({ counts, purges: seen, explained: explained.map((one) => one.result()), missing }),
  };
}
