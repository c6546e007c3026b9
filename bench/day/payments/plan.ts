// A day's payments from a seed: which unit demands what, and how its payer and the platform behave. The same seed, the same
// day. Source: payment-platform.md §1.5, §5
import { createRandom, type Random } from '../../../mocks/parts/random.ts';

/** How a payment goes; the modes are those of mocks/payment-platform/README.md. */
export type Course =
  | 'valid'
  | 'returnFirst'
  | 'twice'
  | 'late'
  | 'none'
  | 'changedAmount'
  | 'badChecksum'
  | 'fail'
  | 'abandon'
  | 'pending';

/** One demand. */
export interface PlannedPayment {
  /** From 0, in the order of the day. */
  readonly n: number;
  /** Place of its unit among the units. */
  readonly unit: number;
  /** VND, of each line. */
  readonly lines: readonly number[];
  readonly course: Course;
  /** It is demanded a second time under the same key. */
  readonly isRepeated: boolean;
}

const shares: readonly (readonly [course: Course, share: number])[] = [
  ['returnFirst', 0.08],
  ['twice', 0.06],
  ['late', 0.06],
  ['none', 0.05],
  ['changedAmount', 0.04],
  ['badChecksum', 0.02],
  ['fail', 0.05],
  ['abandon', 0.04],
  ['pending', 0.04],
];
const repeats = 0.05;

function pickCourse(random: Random): Course {
  let left = random.next();
  for (const [course, share] of shares) {
    left -= share;
    if (left < 0) return course;
  }
  return 'valid';
}

/** Whether money moves. */
export const isPaid = ({ course }: PlannedPayment): boolean => course !== 'fail' && course !== 'abandon';

/**
 * Whether it was confirmed with another amount than was demanded: what QUERY says proves nothing any more, so its money is
 * taken only when a person accepts what the reconciliation found.
 */
export const needsPerson = ({ course }: PlannedPayment): boolean => course === 'changedAmount';

/** The sum of its lines, VND. */
export const toAmount = ({ lines }: PlannedPayment): number => lines.reduce((sum, line) => sum + line, 0);

/** The whole day. The first ones go each another way, so that a small day has all of them. */
export function planPayments(size: {
  readonly payments: number;
  readonly seed: number;
  readonly units: number;
}): readonly PlannedPayment[] {
  const random = createRandom(size.seed + 7);
  return Array.from({ length: size.payments }, (_, n) => {
    const picked = pickCourse(random);
    return {
      ...{ n, unit: random.between(0, size.units - 1) },
      lines: Array.from({ length: random.between(1, 3) }, () => random.between(1, 500) * 1_000),
      course: shares[n]?.[0] ?? picked,
      isRepeated: random.next() < repeats,
    };
  });
}
