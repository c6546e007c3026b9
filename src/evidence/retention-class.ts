// How long sealed parts are kept: the classes, and which of them an entry belongs to.
import type pg from 'pg';
import { addMonths, toMonth } from './month.ts';

/** A class as its table has it. */
export interface RetentionClass {
  readonly id: string;
  readonly vi: string;
  readonly en: string;
  readonly kinds: readonly string[];
  /** `<service>/<operationId>`, `<service>/*` or `*`. */
  readonly operations: readonly string[];
  /** Whole months kept after the month of the exchange. */
  readonly months: number;
  readonly leastMonths: number;
  /** A shorter time was set: until `until` this longer one counts. */
  readonly longer: { readonly months: number; readonly until: Date } | undefined;
  readonly legalBasis: string;
  readonly changedAt: Date;
  readonly changedBySystem: string | undefined;
  readonly changedByOfficer: string | undefined;
  readonly revision: number;
}

/** What says to which class an entry belongs. */
export interface Classed {
  readonly service: string | null;
  readonly operation: string | null;
  readonly kind: string;
}

interface ClassRow {
  readonly id: string;
  readonly vi: string;
  readonly en: string;
  readonly kinds: string[];
  readonly operations: string[];
  readonly months: number;
  readonly least_months: number;
  readonly earlier_months: number | null;
  readonly shorter_from: Date | null;
  readonly legal_basis: string;
  readonly changed_at: Date;
  readonly changed_by_system: string | null;
  readonly changed_by_officer: string | null;
  readonly revision: number;
}

const toClass = (row: ClassRow): RetentionClass => ({
  ...{ id: row.id, vi: row.vi, en: row.en, kinds: row.kinds, operations: row.operations },
  ...{ months: row.months, leastMonths: row.least_months, legalBasis: row.legal_basis },
  longer:
    row.earlier_months !== null && row.shorter_from !== null
      ? { months: row.earlier_months, until: row.shorter_from }
      : undefined,
  changedAt: row.changed_at,
  changedBySystem: row.changed_by_system ?? undefined,
  changedByOfficer: row.changed_by_officer ?? undefined,
  revision: row.revision,
});

/** The classes in the order in which they are asked. */
export async function readClasses(database: pg.Pool | pg.ClientBase): Promise<readonly RetentionClass[]> {
  const { rows } = await database.query<ClassRow>('SELECT * FROM retention_class ORDER BY rank');
  return rows.map(toClass);
}

const covers = ({ kinds, operations }: RetentionClass, { service, operation, kind }: Classed): boolean =>
  kinds.includes(kind) ||
  operations.some((name) => ['*', `${service}/*`, `${service}/${operation}`].includes(name));

/** The class of an entry: the first that covers it. Undefined: none does, and it is kept. */
export const findClass = (classes: readonly RetentionClass[], entry: Classed): RetentionClass | undefined =>
  classes.find((one) => covers(one, entry));

/** How many months count at an instant: a shorter time that was set lately does not yet. */
export const toMonthsKept = ({ months, longer }: RetentionClass, at: Date): number =>
  longer && at < longer.until ? longer.months : months;

/** The first month (`yyyy-MM`, UTC) whose sealed parts a class still keeps at an instant; all before it may go. */
export const toFirstKept = (one: RetentionClass, at: Date): string =>
  addMonths(toMonth(at), -toMonthsKept(one, at));
