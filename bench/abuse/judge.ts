// Holds what the hub found against what was put into the log.
import type { components } from '../../openapi/types/evidence.v1.ts';
import { type Abuse, type Kind, kinds } from './abuses.ts';

/** A finding and the day for which it was asked. */
export type Found = components['schemas']['UnusualFinding'] & { readonly day: string };

/** How a rule did. */
export interface Judged {
  readonly rule: Kind;
  readonly seeded: number;
  /** Found by this rule. */
  readonly flagged: number;
  /** Look-ups of those that it did not find. */
  readonly missedSizes: readonly number[];
  /** Of those, found by another rule. */
  readonly foundOtherwise: number;
  /** Findings of this rule on officers and days where nothing was put; their counts. */
  readonly falseAlarms: readonly number[];
}

const toPlace = ({ officer, day }: { readonly officer: string; readonly day: string }): string =>
  `${officer} ${day}`;

/** By rule. A finding on an abuser's day by another rule is no false alarm. */
export function judge(truth: readonly Abuse[], found: readonly Found[]): readonly Judged[] {
  const abused = new Set(truth.map(toPlace));
  const places = new Set(found.map(toPlace));
  return kinds.map((rule) => {
    const own = found.filter((one) => one.rule === rule);
    const ownPlaces = new Set(own.map(toPlace));
    const seeded = truth.filter(({ kind }) => kind === rule);
    const missed = seeded.filter((one) => !ownPlaces.has(toPlace(one)));
    return {
      ...{ rule, seeded: seeded.length, flagged: seeded.length - missed.length },
      missedSizes: missed.map(({ size }) => size).sort((one, other) => one - other),
      foundOtherwise: missed.filter((one) => places.has(toPlace(one))).length,
      falseAlarms: own.filter((one) => !abused.has(toPlace(one))).map(({ count }) => count),
    };
  });
}
