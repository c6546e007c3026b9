// What the lines of an export say of themselves, counted: how many leaves are shown, and which entries explain sealed parts that
// are gone. Pure.
import { isDeepStrictEqual } from 'node:util';
import { type ShownPurge, toShownPurge } from './export-format.ts';
import { createRunFinder, parseRuns } from './purged.ts';

/** A line taken apart. The hash is the leaf's. */
export interface LeafLine {
  readonly index: number;
  readonly hash: Buffer;
  readonly seal: 'sealed' | 'withheld' | 'gone';
  /** Left out where only the hash counts. */
  readonly text: string | undefined;
  readonly sealedText: string | undefined;
}

/** Counts what lines say, and looks at the entries that are to explain what is gone. */
export function createCounts(purges: readonly ShownPurge[]) {
  const counts = { shown: 0, covered: 0, sealed: 0, withheld: 0, gone: 0 };
  const seen: number[] = [];
  const explained = purges.map(() => 0);
  let missing: number | undefined;
  const claims = new Map(purges.map((purge) => [purge.entry, purge]));
  const findPurge = createRunFinder(purges.map(({ leaves }) => parseRuns(leaves)));

  return {
    isClaim: (index: number): boolean => claims.has(index),
    covered(leaves: number) {
      counts.covered += leaves;
    },
    shown({ index, seal, text }: LeafLine) {
      counts.shown += 1;
      counts[seal] += 1;
      const claim = claims.get(index);
      if (claim && text !== undefined) {
        if (!isDeepStrictEqual(toShownPurge(index, text), claim))
          throw new Error(
            `entry ${index} does not say what the manifest says of it: that sealed parts were purged`,
          );
        seen.push(index);
      }
      if (seal !== 'gone') return;
      const by = findPurge(index);
      if (by !== undefined) explained[by] = (explained[by] ?? 0) + 1;
      else missing ??= index;
    },
    result: () => ({ counts, purges: seen, explained, missing }),
  };
}
