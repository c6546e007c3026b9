// Searching exchanges and their figures. What a condition is about must be among what the grant gives; which fields leave is
// decided once more by the request path.
import type { components, operations } from '../../../openapi/types/evidence.v1.ts';
import { type Filters, type Place, sealedFilters } from '../../evidence/search/conditions.ts';
import { type ExchangeRow, type Search, SearchBusy, SearchTooBroad } from '../../evidence/search/search.ts';
import { Problem } from '../../problem.ts';
import type { Snapshot } from '../../registry/types.ts';
import type { Caller, Handlers, RequestOf } from '../service.ts';
import { checkPeriod } from './period.ts';
import { toFound, toPresent } from './present.ts';
import { toHolders } from './unit-code.ts';
import { type FindProvided, toSight } from './visibility.ts';

type Item = components['schemas']['ExchangeItem'];
type Query = RequestOf<operations['searchExchanges']>['query'];

const defaultLimit = 50;
const countUpTo = 10_000;

/** The field that the grant must give for each condition about what is sealed. */
const sealedFields = {
  officer: 'officer',
  caseCode: 'caseCode',
  purpose: 'purpose',
  source: 'sources',
} as const satisfies Record<(typeof sealedFilters)[number], keyof components['schemas']['SealedFacts']>;

const gives = ({ grant }: Caller, field: string): boolean => grant.fields?.includes(field) ?? false;

/** @throws Problem filter-not-granted, naming each condition */
function checkFilters(caller: Caller, query: Query): void {
  const errors = sealedFilters
    .filter((name) => query[name] !== undefined && !gives(caller, sealedFields[name]))
    .map((name) => ({
      where: `/query/${name}`,
      vi: `quyền không cho trường ${sealedFields[name]}`,
      en: `the grant does not give the field ${sealedFields[name]}`,
    }));
  if (errors.length > 0) throw new Problem('filter-not-granted', { errors });
}

function toFilters(query: Query, caller: Caller, registry: Snapshot): Filters {
  const { unitCode, from, to, limit: _limit, cursor: _cursor, count: _count, ...equal } = query;
  return {
    ...equal,
    ...(unitCode !== undefined && {
      code: {
        units: toHolders(registry, unitCode),
        used: gives(caller, 'unitCodes') ? unitCode : undefined,
      },
    }),
    ...(from !== undefined && { from: new Date(from) }),
    ...(to !== undefined && { to: new Date(to) }),
  };
}

const toCursor = ({ before, below }: Place): string => `${before}_${below}`;

/** @throws Problem request-invalid */
function parseCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [, before, below] = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_(\d{1,15})$/.exec(cursor) ?? [];
  if (before !== undefined && below !== undefined) return { before, below: Number(below) };
  throw new Problem('request-invalid', {
    errors: [
      { where: '/query/cursor', vi: 'phải là `next` của một trang', en: 'must be the `next` of a page' },
    ],
  });
}

const toItem = (row: ExchangeRow, isSealedVisible: boolean): Item => ({
  exchangeId: row.exchange_id,
  startedAt: row.at.toISOString(),
  newestAt: row.newest_at.toISOString(),
  standing: row.standing,
  ...toPresent({
    status: row.status,
    problem: row.problem,
    system: row.system_id,
    owningUnit: row.owning_unit,
  }),
  ...toPresent({ actingUnit: row.acting_unit, receiver: row.receiver_unit, service: row.service }),
  ...toPresent({ operation: row.operation, acceptedBy: row.accepted_by }),
  stands: Number(row.count),
  firstLeaf: Number(row.first_leaf),
  newestLeaf: Number(row.last_leaf),
  ...(isSealedVisible && {
    sealed: toPresent({
      ...{ officer: row.officer_id, purpose: row.purpose, caseCode: row.case_code, result: row.result },
      ...{ sources: row.sources, unitCodes: row.unit_codes, fileNumber: row.file_number },
    }),
  }),
});

/** @throws Problem in place of what search throws */
export const orProblem = (error: unknown): never => {
  if (error instanceof SearchTooBroad) throw new Problem('search-too-broad', { cause: error });
  if (error instanceof SearchBusy) throw new Problem('search-busy', { cause: error, retryAfterS: 5 });
  throw error;
};

/** Handler of `searchExchanges`. @param registry its newest state */
export function createSearchHandlers(
  search: Search,
  registry: () => Snapshot,
  findProvided: FindProvided,
): Pick<Handlers<operations>, 'searchExchanges'> {
  return {
    searchExchanges: {
      async handle({ query, caller }) {
        checkFilters(caller, query);
        checkPeriod('/query', query);
        const isOwnOnly = sealedFilters.some((name) => query[name] !== undefined);
        const page = await search
          .page({
            filters: toFilters(query, caller, registry()),
            sight: toSight(caller, isOwnOnly, findProvided),
            place: parseCursor(query.cursor),
            limit: query.limit ?? defaultLimit,
            countUpTo: query.count ? countUpTo : undefined,
          })
          .catch(orProblem);
        const isOwn = (row: ExchangeRow): boolean =>
          caller.grant.reach === 'province' ||
          (row.acting_unit === caller.actingUnit.id && row.system_id === caller.system.id);
        return {
          status: 200,
          body: {
            items: page.rows.map((row) => toItem(row, isOwn(row))),
            ...(page.next && { next: toCursor(page.next) }),
            ...(page.count !== undefined && {
              count: { value: Math.min(page.count, countUpTo), isExact: page.count <= countUpTo },
            }),
            upTo: page.upTo,
          },
          result: toFound(page.rows.length, query),
        };
      },
    },
  };
}
