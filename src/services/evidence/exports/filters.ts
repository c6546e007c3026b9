// What an export is limited to, by the conditions of search: the same words find the same exchanges in both. Who may see what is
// not decided here, but that sealed facts are looked for only where the reader sees them.
import type { Pool } from 'pg';
import {
  type Filters,
  type Put,
  type Sight,
  sealedFilters,
  toCondition,
} from '../../../evidence/search/conditions.ts';
import type { Snapshot } from '../../../registry/types.ts';
import { toHolders } from '../unit-code.ts';
import type { ExportDemand } from './rows.ts';

/** What an export is limited to, in the words of search; all that is said must hold. */
export type ExportFilters = Readonly<
  Partial<Record<Exclude<keyof Filters, 'code' | 'from' | 'to'> | 'unitCode' | 'from' | 'to', string>>
>;

/** Of the registry: the units with their codes. */
export type Units = Pick<Snapshot, 'units'>;

type Asked = Pick<ExportDemand, 'filters' | 'reach' | 'actingUnit' | 'systemId'>;

const toFilters = ({ unitCode, from, to, ...equal }: ExportFilters, units: Units): Filters => ({
  ...equal,
  ...(unitCode !== undefined && { code: { units: toHolders(units, unitCode), used: unitCode } }),
  ...(from !== undefined && { from: new Date(from) }),
  ...(to !== undefined && { to: new Date(to) }),
});

/** The reader of an export gets no more of what its unit's other systems sealed than search lets be guessed. */
const toSight = ({ filters, reach, actingUnit, systemId }: Asked): Sight =>
  reach === 'province'
    ? 'province'
    : {
        ...{ unit: actingUnit, system: systemId, services: [] },
        isOwnOnly: sealedFilters.some((name) => filters[name] !== undefined),
      };

const isFiltered = ({ filters }: Asked): boolean => Object.keys(filters).length > 0;

/** A condition on the exchange whose id stands in `column`; undefined: every exchange is meant. */
export const toChosen = (asked: Asked, units: Units, column: string, put: Put): string | undefined =>
  isFiltered(asked)
    ? `EXISTS (SELECT FROM exchange x WHERE x.exchange_id = ${column}
         AND ${toCondition(toFilters(asked.filters, units), toSight(asked), put)})`
    : undefined;

/** Whether all that conditions look at is there: the tables of search hold every leaf of the tree. */
export async function isSearchable(pool: Pool, asked: Asked & { readonly size: number }): Promise<boolean> {
  if (!isFiltered(asked)) return true;
  const { rows } = await pool.query<{ reached: boolean }>('SELECT size >= $1 AS reached FROM search_head', [
    asked.size,
  ]);
  return rows[0]?.reached ?? false;
}
