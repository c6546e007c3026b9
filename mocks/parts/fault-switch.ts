// The rules of what goes wrong that are set now, and which of them hits: by their order, their count, and a probability that
// follows from the rule's seed and the order of calls alone.
import { createRandom, type Random } from './random.ts';

/** What of a rule says how often it hits. */
export interface FaultBounds {
  /** How many calls it hits; absent = until it is cleared. */
  readonly count?: number;
  /** Share of the matching calls that it hits. */
  readonly probability: number;
  readonly seed: number;
}

/** The rules in force. */
export interface FaultSwitch<Asked, Rule extends FaultBounds> {
  /** The first rule that hits this call; counts it. */
  readonly take: (asked: Asked) => Rule | undefined;
  /** Replaces all rules. */
  readonly set: (rules: readonly Rule[]) => void;
  readonly show: () => readonly (Rule & { readonly hits: number })[];
}

/** A switch without a rule. @param isMeant whether a rule is about a call at all */
export function createFaultSwitch<Asked, Rule extends FaultBounds>(
  isMeant: (rule: Rule, asked: Asked) => boolean,
): FaultSwitch<Asked, Rule> {
  let active: { readonly rule: Rule; readonly random: Random; hits: number }[] = [];
  return {
    take: (asked) => {
      const hit = active.find(
        ({ rule, random, hits }) =>
          hits < (rule.count ?? Number.POSITIVE_INFINITY) &&
          isMeant(rule, asked) &&
          (rule.probability === 1 || random.next() < rule.probability),
      );
      if (hit) hit.hits += 1;
      return hit?.rule;
    },
    set: (rules) => {
      active = rules.map((rule) => ({ rule, random: createRandom(rule.seed), hits: 0 }));
    },
    show: () => active.map(({ rule, hits }) => ({ ...rule, hits })),
  };
}
