// Chances for what is made up.
/** Numbers from 0 to below 1. */
export type Dice = () => number;

/** A whole number from `least` to `most`. */
export const between = (dice: Dice, least: number, most: number): number =>
  least + Math.floor(dice() * (most - least + 1));

/** The same, small numbers as often as ten times larger ones. */
export const scaled = (dice: Dice, least: number, most: number): number =>
  Math.round(Math.exp(Math.log(least) + dice() * (Math.log(most) - Math.log(least))));

/** Log-normal around 1: a few are many times the others. */
export const heavyTailed = (dice: Dice, sigma: number): number =>
  Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice()));

/** Draws from a list, each by its weight. */
export function createDraw<T>(list: readonly T[], weightOf: (one: T) => number): (dice: Dice) => T {
  let sum = 0;
  const ends = list.map((one) => {
    sum += weightOf(one);
    return sum;
  });
  return (dice) => {
    const at = dice() * sum;
    let [low, high] = [0, list.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    const one = list[low];
    if (one === undefined) throw new Error('an empty list');
    return one;
  };
}
