// Access of a day that is unusual, by rules with thresholds: each finding says why, and names the exchanges. A finding is
// a question to be asked, never a verdict.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/evidence.v1.ts';
import { toLeastId } from '../../evidence/exchange-id.ts';
import { readSample } from '../../evidence/sample-reader.ts';
import { toDayStart, toLocalDay, toNextDay } from '../../local-day.ts';
import { Problem } from '../../problem.ts';
import type { Handlers } from '../service.ts';
import type { AuditRules } from './audit-rules.ts';
import { checkProvince } from './effect.ts';
import { toFound } from './present.ts';
import { type Rule, toRules } from './unusual-rules.ts';

/** What the handlers stand on. */
export interface UnusualDependencies {
  readonly pool: Pool;
  readonly rules: AuditRules;
  readonly now: () => Date;
}

type Finding = components['schemas']['UnusualFinding'];

/** Exchanges named in one finding; the newest. */
const mostNamed = 100;
/** Findings of one rule; the largest. */
const mostFindings = 200;
const dayMs = 86_400_000;

interface FindingRow {
  readonly officer_id: string;
  readonly unit: string | null;
  readonly count: number;
  readonly threshold: number;
  readonly ids: string[];
}

async function find(pool: Pool, rule: Rule, start: Date): Promise<readonly Finding[]> {
  const { rows } = await pool.query<FindingRow>(
    `${rule.query} ORDER BY count DESC, officer_id LIMIT ${mostFindings + 1}`,
    [toLeastId(start), toLeastId(toNextDay(start)), mostNamed],
  );
  return rows.map(({ officer_id: officer, unit, count, threshold, ids }) => ({
    ...{ rule: rule.name, officer, count, threshold, exchangeIds: ids },
    ...(unit !== null && { unit }),
    ...{ vi: rule.vi(count, threshold), en: rule.en(count, threshold) },
  }));
}

const refuseDay = (vi: string, en: string): Problem =>
  new Problem('request-invalid', { errors: [{ where: '/query/day', vi, en }] });

/**
 * What is unusual in a day. Its cases are judged only once their grace is over: until then nothing is said of them.
 * @param day `yyyy-MM-dd` of Asia/Ho_Chi_Minh
 * @throws Problem request-invalid where there is no such day, or it has not begun
 */
export async function findUnusual(
  { pool, rules, now }: UnusualDependencies,
  day: string,
): Promise<components['schemas']['UnusualAccess']> {
  const start = toDayStart(day);
  if (!start) throw refuseDay('không có ngày này', 'there is no such day');
  if (start > now()) throw refuseDay('ngày này chưa đến', 'the day has not begun');
  const judgedAt = toNextDay(start).getTime() + rules.caseGraceDays * dayMs;
  const isJudged = judgedAt <= now().getTime();
  const items: Finding[] = [];
  let isComplete = true;
  for (const rule of toRules(rules, start)) {
    if (!isJudged && rule.name === 'case-unknown') continue;
    const found = await find(pool, rule, start);
    isComplete &&= found.length <= mostFindings;
    items.push(...found.slice(0, mostFindings));
  }
  return { day, casesJudgedFrom: toLocalDay(judgedAt), isComplete, items };
}

/** Handlers of unusual access and of samples. */
export function createUnusualHandlers(
  d: UnusualDependencies,
): Pick<Handlers<operations>, 'listUnusualAccess' | 'drawSamples'> {
  return {
    listUnusualAccess: {
      async handle({ query, caller }) {
        checkProvince(caller);
        const body = await findUnusual(d, query.day);
        return { status: 200, body, result: toFound(body.items.length, query) };
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
        return { status: 200, body: { seed, size, receipts: body }, result: toFound(body.length, query) };
      },
    },
  };
}
