// What is looked for, as conditions in SQL. Alternatives become branches of their own, each of which an index can walk from
// the newest on; values are always parameters.
import { idSlackMs, toLeastId } from '../exchange-id.ts';

/** What is looked for; all that is said must hold. */
export interface Filters {
  readonly system?: string | undefined;
  readonly owningUnit?: string | undefined;
  readonly actingUnit?: string | undefined;
  readonly receiver?: string | undefined;
  readonly officer?: string | undefined;
  readonly caseCode?: string | undefined;
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly purpose?: string | undefined;
  /** Where it stands: an outcome, a delivery's step, a notice, or the kind of its newest entry. */
  readonly outcome?: string | undefined;
  readonly problem?: string | undefined;
  readonly source?: string | undefined;
  /** Units that did or received it, or a code that was used in it: one of all these. */
  readonly code?: { readonly units: readonly string[]; readonly used: string | undefined } | undefined;
  /** By its first entry: from this moment, and before that. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Those that are about what is sealed. */
export const sealedFilters = [
  'officer',
  'caseCode',
  'purpose',
  'source',
] as const satisfies readonly (keyof Filters)[];

/** Whose exchanges one may see: everybody's, or what one unit did, received or provides. */
export type Sight =
  | 'province'
  | {
      readonly unit: string;
      /** What it did for the unit is its own: sealed facts are looked for there only. */
      readonly system: string;
      /** Whether only its own is looked at. */
      readonly isOwnOnly: boolean;
      /** Services that the unit provides. */
      readonly services: readonly string[];
    };

/** A place in the list: what is older than this exchange, of those that began below this leaf. */
export interface Place {
  readonly before: string;
  readonly below: number;
}

/** One way to be found. `code`: by a code that was used. */
interface Alternative {
  readonly equal: readonly (readonly [column: string, value: string])[];
  readonly code?: string;
}

/** Branches of one search and the values of their parameters. */
export interface Branches {
  readonly branches: readonly string[];
  readonly values: readonly unknown[];
}

const columns = {
  system: 'system_id',
  owningUnit: 'owning_unit',
  actingUnit: 'acting_unit',
  receiver: 'receiver_unit',
  officer: 'officer_id',
  caseCode: 'case_code',
  service: 'service',
  operation: 'operation',
  purpose: 'purpose',
  outcome: 'standing',
  problem: 'problem',
  source: 'sources[1]',
} as const satisfies Partial<Record<keyof Filters, string>>;
const names: readonly (keyof typeof columns)[] = [
  ...([
    'system',
    'owningUnit',
    'actingUnit',
    'receiver',
    'officer',
    'caseCode',
    'service',
    'operation',
  ] as const),
  ...(['purpose', 'outcome', 'problem', 'source'] as const),
];

const by = (column: string, values: readonly string[]): readonly Alternative[] =>
  values.map((value) => ({ equal: [[column, value]] }));

/** A code that was used is a sealed fact. */
function toSeen(sight: Sight, { code }: Alternative): readonly Alternative[] {
  if (sight === 'province') return [{ equal: [] }];
  const { unit, system, services } = sight;
  const own: Alternative = {
    equal: [
      ['acting_unit', unit],
      ['system_id', system],
    ],
  };
  if (sight.isOwnOnly || code !== undefined) return [own];
  return [...by('acting_unit', [unit]), ...by('receiver_unit', [unit]), ...by('service', services)];
}

function toCoded({ code }: Filters): readonly Alternative[] {
  if (!code) return [{ equal: [] }];
  return [
    ...by('acting_unit', code.units),
    ...by('receiver_unit', code.units),
    ...(code.used === undefined ? [] : [{ equal: [], code: code.used }]),
  ];
}

/** Gives a value its parameter. @returns how it stands in the statement */
export type Put = (value: unknown, type?: string) => string;

type Bound = readonly [is: string, id: string];

/** Where ids of that time lie, with what a clock may be off. */
const toBounds = ({ from, to }: Filters, put: Put): readonly Bound[] => [
  ...(from ? [['>=', put(toLeastId(new Date(from.getTime() - idSlackMs)), '::uuid')] as const] : []),
  ...(to ? [['<', put(toLeastId(new Date(to.getTime() + idSlackMs)), '::uuid')] as const] : []),
];

/** What must hold of a row `x` of the table `exchange`, however it is found. */
const toShared = (filters: Filters, put: Put): readonly string[] => [
  ...names.flatMap((name) =>
    filters[name] === undefined ? [] : [`x.${columns[name]} = ${put(filters[name])}`],
  ),
  ...(filters.from ? [`x.at >= ${put(filters.from, '::timestamptz')}`] : []),
  ...(filters.to ? [`x.at < ${put(filters.to, '::timestamptz')}`] : []),
];

/** The same as one condition on `x`, a row of the table `exchange`, for who comes to it from an exchange that it has at hand. */
export function toCondition(filters: Filters, sight: Sight, put: Put): string {
  const ways = toCoded(filters).flatMap((coded) =>
    toSeen(sight, coded).map((seen) => [
      ...[...seen.equal, ...coded.equal].map(([column, value]) => `x.${column} = ${put(value)}`),
      ...(coded.code === undefined
        ? []
        : [
            `EXISTS (SELECT FROM exchange_code c WHERE c.code = ${put(coded.code)} AND c.exchange_id = x.exchange_id)`,
          ]),
    ]),
  );
  const bounds = toBounds(filters, put).map(([is, id]) => `x.exchange_id ${is} ${id}`);
  const oneOf = ways.map((way) => (way.length === 0 ? 'true' : `(${way.join(' AND ')})`)).join(' OR ');
  return [...toShared(filters, put), ...bounds, `(${oneOf || 'false'})`].join(' AND ');
}

/** Every branch finds exchange ids, each once; an exchange may be in several of them. None: nothing can be found. */
export function toBranches(filters: Filters, sight: Sight, place: Place | undefined): Branches {
  const values: unknown[] = [];
  const put: Put = (value, type = '') => `$${values.push(value)}${type}`;
  const bounds = [...toBounds(filters, put), ...(place ? [['<', put(place.before, '::uuid')] as const] : [])];
  const shared = [
    ...toShared(filters, put),
    ...(place ? [`x.first_leaf < ${put(place.below, '::bigint')}`] : []),
  ];
  const branches = toCoded(filters).flatMap((coded) =>
    toSeen(sight, coded).map((seen) => {
      const equal = [...seen.equal, ...coded.equal].map(([column, value]) => `x.${column} = ${put(value)}`);
      const within = (table: string) => bounds.map(([is, id]) => `${table}.exchange_id ${is} ${id}`);
      const ofCode = coded.code === undefined ? [] : [`c.code = ${put(coded.code)}`, ...within('c')];
      const all = [...shared, ...equal, ...within('x'), ...ofCode];
      const where = all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
      return coded.code === undefined
        ? `SELECT x.exchange_id FROM exchange x${where}`
        : `SELECT c.exchange_id FROM exchange_code c JOIN exchange x ON x.exchange_id = c.exchange_id${where}`;
    }),
  );
  return { branches, values };
}
