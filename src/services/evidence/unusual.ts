// Access of a day that is unusual, by rules with thresholds: each finding says why, and names the exchanges. A finding is
// a question to be asked, never a verdict.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/evidence.v1.ts';
import { toLeastId } from '../../evidence/exchange-id.ts';
import { readSample } from '../../evidence/sample-reader.ts';
import { toDayStart, toNextDay } from '../../local-day.ts';
import { Problem } from '../../problem.ts';
import type { Handlers } from '../service.ts';
import type { AuditRules } from './audit-rules.ts';
import { checkProvince } from './effect.ts';

/** What the handlers stand on. */
export interface UnusualDependencies {
  readonly pool: Pool;
  readonly rules: AuditRules;
}

type Finding = components['schemas']['UnusualFinding'];

interface Rule {
  readonly name: Finding['rule'];
  /** What stands beyond the look-ups `l` of the day: rows of officer, count and exchanges. */
  readonly query: string;
  readonly threshold: keyof AuditRules;
  readonly vi: (count: number, threshold: number) => string;
  readonly en: (count: number, threshold: number) => string;
}

/** Exchanges named in one finding; the newest. */
const mostNamed = 100;
const mostFindings = 200;

const lookUps = `
  WITH l AS (
    SELECT exchange_id, officer_id, acting_unit, at, result, problem, case_code, at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS local
    FROM exchange WHERE exchange_id >= $1 AND exchange_id < $2 AND service = 'population.v1' AND officer_id IS NOT NULL
      AND kind NOT IN ('refused', 'refusals'))`;

const group = (where: string): string => `${lookUps}
  SELECT officer_id, min(acting_unit) AS unit, count(*)::integer AS count,
    (array_agg(exchange_id ORDER BY exchange_id DESC))[1:$4] AS ids
  FROM l WHERE ${where} GROUP BY officer_id HAVING count(*) > $3`;

const toRules = (rules: AuditRules): readonly Rule[] => [
  {
    name: 'many-persons',
    threshold: 'officerPersons',
    query: `${lookUps}
      SELECT l.officer_id, min(l.acting_unit) AS unit, count(DISTINCT s.hash)::integer AS count,
        (array_agg(DISTINCT l.exchange_id ORDER BY l.exchange_id DESC))[1:$4] AS ids
      FROM l JOIN exchange_subject s ON s.exchange_id = l.exchange_id GROUP BY 1 HAVING count(DISTINCT s.hash) > $3`,
    vi: (count, threshold) => `Một cán bộ tra ${count} người trong ngày, hơn ${threshold}.`,
    en: (count, threshold) => `One officer asked about ${count} persons in the day, more than ${threshold}.`,
  },
  {
    name: 'outside-hours',
    threshold: 'outsideHours',
    query: group(
      `extract(hour FROM local) < ${rules.dayStartHour} OR extract(hour FROM local) >= ${rules.dayEndHour}
         OR extract(isodow FROM local) > 5`,
    ),
    vi: (count, threshold) => `${count} lần tra ngoài giờ làm việc, hơn ${threshold}.`,
    en: (count, threshold) => `${count} look-ups outside working hours, more than ${threshold}.`,
  },
  {
    name: 'burst',
    threshold: 'burst',
    query: `${lookUps}, w AS (
        SELECT *, count(*) OVER (PARTITION BY officer_id ORDER BY at
          RANGE BETWEEN interval '${rules.burstMinutes} minutes' PRECEDING AND CURRENT ROW) AS within FROM l)
      SELECT officer_id, min(acting_unit) AS unit, max(within)::integer AS count,
        (array_agg(exchange_id ORDER BY within DESC, exchange_id DESC))[1:$4] AS ids
      FROM w GROUP BY officer_id HAVING max(within) > $3`,
    vi: (count, threshold) => `${count} lần tra trong ${rules.burstMinutes} phút, hơn ${threshold}.`,
    en: (count, threshold) =>
      `${count} look-ups within ${rules.burstMinutes} minutes, more than ${threshold}.`,
  },
  {
    name: 'many-misses',
    threshold: 'misses',
    query: group("result = 'notConfirmed'"),
    vi: (count, threshold) => `${count} lần tra không khớp, hơn ${threshold}.`,
    en: (count, threshold) => `${count} look-ups that confirmed nobody, more than ${threshold}.`,
  },
  {
    name: 'case-unknown',
    threshold: 'casesUnknown',
    query: group(`case_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM portal_dossier d WHERE d.code = l.case_code)
      AND NOT EXISTS (SELECT FROM exchange o WHERE o.case_code = l.case_code AND o.service <> 'population.v1')`),
    vi: (count, threshold) => `${count} lần tra cho hồ sơ không thấy ở đâu khác, hơn ${threshold}.`,
    en: (count, threshold) =>
      `${count} look-ups for cases that are seen nowhere else, more than ${threshold}.`,
  },
];

interface FindingRow {
  readonly officer_id: string;
  readonly unit: string | null;
  readonly count: number;
  readonly ids: string[];
}

async function find(d: UnusualDependencies, rule: Rule, from: Date): Promise<readonly Finding[]> {
  const threshold = d.rules[rule.threshold];
  const { rows } = await d.pool.query<FindingRow>(`${rule.query} ORDER BY count DESC, officer_id LIMIT $5`, [
    ...[toLeastId(from), toLeastId(toNextDay(from)), threshold, mostNamed, mostFindings],
  ]);
  return rows.map(({ officer_id: officer, unit, count, ids }) => ({
    ...{ rule: rule.name, officer, count, threshold, exchangeIds: ids },
    ...(unit !== null && { unit }),
    ...{ vi: rule.vi(count, threshold), en: rule.en(count, threshold) },
  }));
}

/** Handlers of unusual access and of samples. */
export function createUnusualHandlers(
  d: UnusualDependencies,
): Pick<Handlers<operations>, 'listUnusualAccess' | 'drawSamples'> {
  return {
    listUnusualAccess: {
      async handle({ query, caller }) {
        checkProvince(caller);
        const start = toDayStart(query.day);
        if (!start) throw new Problem('period-invalid');
        const items: Finding[] = [];
        for (const rule of toRules(d.rules)) items.push(...(await find(d, rule, start)));
        return { status: 200, body: { day: query.day, items } };
      },
    },
    drawSamples: {
      async handle({ query, caller }) {
        checkProvince(caller);
        const { n, seed, size } = query;
        const receipts = await readSample(d.pool, { seed, size, count: n });
        if (!receipts) throw new Problem('sample-unavailable');
        const body = receipts.map(({ inclusionProof, ...receipt }) => ({
          ...receipt,
          inclusionProof: [...inclusionProof],
        }));
        return { status: 200, body: { seed, size, receipts: body } };
      },
    },
  };
}
