// From when until when a right holds, as far as it can be told before the database is asked.
import type { ProblemPlace } from '../../problem.ts';
import { refusePlaces } from './published.ts';

/** How far back a new right may begin, for papers that took their time. */
const backdatedDays = 31;
const dayMs = 24 * 60 * 60 * 1000;

/** RFC 3339; no `validTo`: until further notice. */
export interface Period {
  readonly validFrom: string;
  readonly validTo?: string | undefined;
}

/**
 * Refuses what was never, or is long, in force. A beginning that is `known` already may lie as far back as it does.
 * @throws Problem request-invalid
 */
export function checkPeriod({ validFrom, validTo }: Period, at: Date, known?: string): void {
  const from = Date.parse(validFrom);
  const to = validTo === undefined ? Number.POSITIVE_INFINITY : Date.parse(validTo);
  const errors: ProblemPlace[] = [];
  if (from < at.getTime() - backdatedDays * dayMs && (known === undefined || from !== Date.parse(known)))
    errors.push({
      where: '/body/validFrom',
      vi: `không được lùi quá ${backdatedDays} ngày`,
      en: `must not be more than ${backdatedDays} days past`,
    });
  if (to <= from)
    errors.push({ where: '/body/validTo', vi: 'phải sau validFrom', en: 'must be after validFrom' });
  else if (to <= at.getTime())
    errors.push({ where: '/body/validTo', vi: 'phải ở tương lai', en: 'must lie ahead' });
  refusePlaces(errors);
}
