// Counts by size: plain numbers in an array, nothing is made for an observation.

/** Upper bounds in milliseconds, each 1.25 times the one before, 1 ms to about 75 s: a percentile is off by at most a quarter. */
export const latencyBoundsMs: readonly number[] = Array.from({ length: 51 }, (_, n) =>
  Number((1.25 ** n).toPrecision(4)),
);

/** How many observations fell under each bound. */
export interface Tally {
  readonly bounds: readonly number[];
  /** One more than the bounds: the last is for what is above them. Not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
  add(value: number): void;
}

/** The place of a value: the first bound that it does not exceed. */
export function toPlace(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= (bounds[middle] ?? Number.POSITIVE_INFINITY)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param bounds in rising order */
export function createTally(bounds: readonly number[]): Tally {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let sum = 0;
  return {
    bounds,
    counts,
    get sum() {
      return sum;
    },
    add(value) {
      const place = toPlace(bounds, value);
      counts[place] = (counts[place] ?? 0) + 1;
      sum += value;
    },
  };
}

/**
 * The bound under which a share of the observations lies.
 * @param counts as in a tally over `bounds`
 * @param share 0 to 1
 * @returns undefined without observations; the highest bound for what is above it
 */
export function toPercentile(
  bounds: readonly number[],
  counts: readonly number[],
  share: number,
): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let left = Math.ceil(total * share);
  for (const [place, count] of counts.entries()) {
    left -= count;
    if (left <= 0) return bounds[Math.min(place, bounds.length - 1)];
  }
  return bounds.at(-1);
}
