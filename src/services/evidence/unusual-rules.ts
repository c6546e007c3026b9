// The rules of unusual access as queries. Each looks at the look-ups of one day and at little else: what it may look at
// beyond them has a bound of its own.
import type { components } from '../../../openapi/types/evidence.v1.ts';
import { toLeastId } from '../../evidence/exchange-id.ts';
import { toNextDay } from '../../local-day.ts';
import type { AuditRules } from './audit-rules.ts';

/** One rule for one day. */
export interface Rule {
  readonly name: components['schemas']['UnusualFinding']['rule'];
  /**
   * Rows of officer_id, unit, count, threshold and ids (newest first). Parameters: $1 least exchange id of the day, $2 of
   * the day after, $3 most ids of a row.
   */
  readonly query: string;
  readonly vi: (count: number, threshold: number) => string;
  readonly en: (count: number, threshold: number) => string;
}

const dayMs = 86_400_000;
/** How far back it is looked for who is on duty. */
const dutyWindowDays = 28;
/** How long before the day another service may have named a case. A dossier counts whenever it came. */
const caseWindowDays = 31;
/** Officers with the most look-ups outside hours of whom it is asked whether they are on duty. */
const mostAsked = 1_000;

const isLookUp = `service = 'population.v1' AND officer_id IS NOT NULL AND kind NOT IN ('refused', 'refusals')`;

const lookUps = `
  l AS MATERIALIZED (
    SELECT exchange_id, officer_id, acting_unit, at, result, case_code FROM exchange
    WHERE exchange_id >= $1 AND exchange_id < $2 AND ${isLookUp})`;

const counted = `officer_id, min(acting_unit) AS unit, count(*)::integer AS count`;
const newest = (order = 'exchange_id DESC'): string =>
  `(array_agg(exchange_id ORDER BY ${order}))[1:$3] AS ids`;

const toManyPersons = ({ officerPersons }: AuditRules): string => `
  WITH ${lookUps}, p AS (
    SELECT l.officer_id, count(DISTINCT s.hash)::integer AS count FROM l
    JOIN (SELECT exchange_id, hash FROM exchange_subject WHERE exchange_id >= $1 AND exchange_id < $2) s USING (exchange_id)
    GROUP BY 1 HAVING count(DISTINCT s.hash) > ${officerPersons})
  SELECT p.officer_id, min(l.acting_unit) AS unit, p.count, ${officerPersons} AS threshold, ${newest()}
  FROM p JOIN l USING (officer_id) GROUP BY p.officer_id, p.count`;

/** For a row with `at`. */
const toOutside = ({ dayStartHour, dayEndHour }: AuditRules): string => `(
  extract(isodow FROM at AT TIME ZONE 'Asia/Ho_Chi_Minh') > 5
  OR extract(hour FROM at AT TIME ZONE 'Asia/Ho_Chi_Minh') < ${dayStartHour}
  OR extract(hour FROM at AT TIME ZONE 'Asia/Ho_Chi_Minh') >= ${dayEndHour})`;

function toOutsideHours(rules: AuditRules, start: Date): string {
  const { outsideHours, dutyDays } = rules;
  const back = toLeastId(new Date(start.getTime() - dutyWindowDays * dayMs));
  const onDuty = Math.max(outsideHours, rules.dutyLookUps);
  return `
  WITH ${lookUps}, o AS (
    SELECT ${counted}, ${newest()} FROM l WHERE ${toOutside(rules)}
    GROUP BY officer_id HAVING count(*) > ${outsideHours} ORDER BY count DESC LIMIT ${mostAsked}
  ), judged AS (
    SELECT o.*, CASE WHEN ${dutyDays} > 0 AND h.days >= ${dutyDays} THEN ${onDuty} ELSE ${outsideHours} END AS threshold
    FROM o CROSS JOIN LATERAL (
      SELECT count(DISTINCT (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS days FROM exchange x
      WHERE x.officer_id = o.officer_id AND x.exchange_id >= '${back}' AND x.exchange_id < $1
        AND ${isLookUp} AND ${toOutside(rules)}) h)
  SELECT * FROM judged WHERE count > threshold`;
}

const toBurst = ({ burst, burstMinutes }: AuditRules): string => `
  WITH ${lookUps}, w AS (
    SELECT officer_id, at, count(*) OVER (PARTITION BY officer_id ORDER BY at
      RANGE BETWEEN interval '${burstMinutes} minutes' PRECEDING AND CURRENT ROW)::integer AS count FROM l
  ), peak AS (
    SELECT DISTINCT ON (officer_id) officer_id, at, count FROM w WHERE count > ${burst}
    ORDER BY officer_id, count DESC, at DESC)
  SELECT p.officer_id, min(l.acting_unit) AS unit, p.count, ${burst} AS threshold, ${newest('l.at DESC')}
  FROM peak p JOIN l ON l.officer_id = p.officer_id
    AND l.at BETWEEN p.at - interval '${burstMinutes} minutes' AND p.at
  GROUP BY p.officer_id, p.count`;

const toMisses = ({ misses }: AuditRules): string => `
  WITH ${lookUps}
  SELECT ${counted}, ${misses} AS threshold, ${newest()} FROM l WHERE result = 'notConfirmed'
  GROUP BY officer_id HAVING count(*) > ${misses}`;

function toCasesUnknown({ casesUnknown, caseGraceDays }: AuditRules, start: Date): string {
  const from = toLeastId(new Date(start.getTime() - caseWindowDays * dayMs));
  const to = toLeastId(new Date(toNextDay(start).getTime() + caseGraceDays * dayMs));
  return `
  WITH ${lookUps}, no_dossier AS MATERIALIZED (
    SELECT DISTINCT case_code FROM l WHERE case_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM portal_dossier d WHERE d.code = l.case_code)
  ), unknown AS MATERIALIZED (
    SELECT case_code FROM no_dossier n WHERE NOT EXISTS (
      SELECT FROM exchange o WHERE o.case_code = n.case_code AND o.exchange_id >= '${from}' AND o.exchange_id < '${to}'
        AND o.service <> 'population.v1'))
  SELECT ${counted}, ${casesUnknown} AS threshold, ${newest()} FROM l JOIN unknown USING (case_code)
  GROUP BY officer_id HAVING count(*) > ${casesUnknown}`;
}

/** @param start when the day begins */
export const toRules = (rules: AuditRules, start: Date): readonly Rule[] => [
  {
    name: 'many-persons',
    query: toManyPersons(rules),
    vi: (count, threshold) => `Một cán bộ tra ${count} người trong ngày, hơn ${threshold}.`,
    en: (count, threshold) => `One officer asked about ${count} persons in the day, more than ${threshold}.`,
  },
  {
    name: 'outside-hours',
    query: toOutsideHours(rules, start),
    vi: (count, threshold) => `${count} lần tra ngoài giờ làm việc, hơn ${threshold}.`,
    en: (count, threshold) => `${count} look-ups outside working hours, more than ${threshold}.`,
  },
  {
    name: 'burst',
    query: toBurst(rules),
    vi: (count, threshold) => `${count} lần tra trong ${rules.burstMinutes} phút, hơn ${threshold}.`,
    en: (count, threshold) =>
      `${count} look-ups within ${rules.burstMinutes} minutes, more than ${threshold}.`,
  },
  {
    name: 'many-misses',
    query: toMisses(rules),
    vi: (count, threshold) => `${count} lần tra không khớp, hơn ${threshold}.`,
    en: (count, threshold) => `${count} look-ups that confirmed nobody, more than ${threshold}.`,
  },
  {
    name: 'case-unknown',
    query: toCasesUnknown(rules, start),
    vi: (count, threshold) => `${count} lần tra cho hồ sơ không thấy ở đâu khác, hơn ${threshold}.`,
    en: (count, threshold) =>
      `${count} look-ups for cases that are seen nowhere else, more than ${threshold}.`,
  },
];
