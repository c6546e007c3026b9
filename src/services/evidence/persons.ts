// Asking about one person: the search of auditors, and the report that answers a person's own request. The number comes in
// the body only and goes no further than its keyed hash; why and in which file is sealed in the entry.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/evidence.v1.ts';
import { findPerson, type PersonHit } from '../../evidence/person-search.ts';
import type { Keys } from '../../keys.ts';
import { secondsToLocalMidnight, toLocalDay } from '../../local-day.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handlers, RequestOf } from '../service.ts';
import type { AuditRules } from './audit-rules.ts';
import { toReport } from './subject-report.ts';

/** What the handlers stand on. */
export interface PersonDependencies {
  readonly pool: Pool;
  readonly keys: Pick<Keys, 'months' | 'readMonth'>;
  readonly rules: AuditRules;
  readonly now: () => Date;
}

/** The purpose of grants by which persons may be searched. */
export const auditPurpose = 'kiem-toan';

type Search = RequestOf<operations['searchPersons']>;
type Report = RequestOf<operations['reportToSubject']>;
type Asked = Search | Report;

const mostYearsMs = 10 * 366 * 86_400_000;
const mostReported = 1_000;

/** @throws Problem audit-purpose-needed */
export function checkAudit({ grant }: Caller): void {
  if (grant.reach !== 'province' || grant.purpose !== auditPurpose) throw new Problem('audit-purpose-needed');
}

/** @throws Problem period-invalid */
function toPeriod({ body }: Asked): { readonly from: Date; readonly to: Date } {
  const [from, to] = [new Date(body.from), new Date(body.to)];
  if (!(from < to) || to.getTime() - from.getTime() > mostYearsMs) throw new Problem('period-invalid');
  return { from, to };
}

/** How many digits a number of each kind has: another one would be found nowhere, which reads as "there was nothing". */
const digits = { 'personal-number': 12, 'old-identity-number': 9 } as const;

/** The number stands in its own place only: what else is said is sealed as it is, and shown to who reads this entry. */
function checkNumber({ body }: Asked): void {
  const { kind, number } = body;
  const ofKind = {
    ...{ where: '/body/number', vi: `loại này có ${digits[kind]} chữ số` },
    en: `a number of this kind has ${digits[kind]} digits`,
  };
  const repeats = (['reason', 'fileNumber'] as const)
    .filter((name) => body[name].replace(/[\s.-]/g, '').includes(number))
    .map((name) => ({
      ...{ where: `/body/${name}`, vi: 'không được nhắc lại số của người được hỏi' },
      en: 'must not repeat the number that is asked about',
    }));
  const errors = [...(number.length === digits[kind] ? [] : [ofKind]), ...repeats];
  if (errors.length > 0) throw new Problem('request-invalid', { errors });
}

const countUse = `
  INSERT INTO person_search_use AS u (day, officer_id, searches) SELECT $1, $2, 1 WHERE $3 > 0
  ON CONFLICT (day, officer_id) DO UPDATE SET searches = u.searches + 1 WHERE u.searches < $3
  RETURNING searches`;

/** Counts an asking, whatever comes of it. @throws Problem person-search-limit-reached */
async function count({ pool, rules, now }: PersonDependencies, { officerId }: Caller): Promise<void> {
  if (officerId === undefined) throw new Problem('officer-missing');
  const at = now().getTime();
  const { rowCount } = await pool.query(countUse, [toLocalDay(at), officerId, rules.personSearches]);
  if (rowCount === 0)
    throw new Problem('person-search-limit-reached', { retryAfterS: secondsToLocalMidnight(at) });
}

const toHit = (hit: PersonHit): components['schemas']['PersonHit'] => ({
  ...{ exchangeId: hit.exchangeId, roles: [...hit.roles], at: hit.at.toISOString(), kind: hit.kind },
  ...(hit.outcome !== null && { outcome: hit.outcome }),
  ...(hit.problem !== null && { problem: hit.problem }),
  ...(hit.systemId !== null && { system: hit.systemId }),
  ...(hit.actingUnit !== null && { actingUnit: hit.actingUnit }),
  ...(hit.service !== null && { service: hit.service }),
  ...(hit.operation !== null && { operation: hit.operation }),
  ...(hit.grantId !== null && { grant: hit.grantId }),
});

/** What both kinds of asking do before and with their entry. */
const toAsking = (d: PersonDependencies, role: string) => ({
  subjects: ({ body }: Asked) => [{ role, kind: body.kind, number: body.number }],
  stated: ({ body }: Asked) => ({ reason: body.reason, fileNumber: body.fileNumber }),
  async check(request: Asked): Promise<void> {
    checkAudit(request.caller);
    checkNumber(request);
    toPeriod(request);
    await count(d, request.caller);
  },
});

/** Handlers that ask about one person. */
export function createPersonHandlers(
  d: PersonDependencies,
): Pick<Handlers<operations>, 'searchPersons' | 'reportToSubject'> {
  const { pool, keys } = d;
  return {
    searchPersons: {
      ...toAsking(d, 'searched'),
      async handle(request: Search) {
        const { kind, number, cursor, limit = 50 } = request.body;
        const question = { ...toPeriod(request), kind, number, before: cursor, limit: limit + 1 };
        const { hits, monthsWithoutKey, monthsPurged, size } = await findPerson(pool, keys, question);
        const items = hits.slice(0, limit);
        const next = hits.length > limit ? (items.at(-1)?.exchangeId ?? null) : null;
        const body = {
          items: items.map(toHit),
          next,
          ...{ monthsWithoutKey: [...monthsWithoutKey], monthsPurged: [...monthsPurged] },
          upToLeaf: size,
        };
        return { status: 200, body, result: `hits ${items.length}` };
      },
    },
    reportToSubject: {
      ...toAsking(d, 'reported'),
      async handle(request: Report) {
        const { kind, number } = request.body;
        const period = toPeriod(request);
        const question = { ...period, kind, number, limit: mostReported + 1 };
        const found = await findPerson(pool, keys, question);
        const body = await toReport(pool, { ...found, ...period, most: mostReported, at: d.now() });
        return { status: 200, body, result: `items ${body.items.length}` };
      },
    },
  };
}
