// The dictionaries as they stand: the seeded procedures, and what tests withdrew, renamed, added and priced. Its version
// moves with each change. Source: public-service-portal.md §10.9.
import { createReader } from '../parts/reader.ts';
import type { Settings } from './config.ts';
import type { CatalogueChange } from './journal.ts';
import {
  fieldRows,
  type Procedure,
  toAddedProcedure,
  toFullRow,
  toProcedure,
  toResults,
  toServiceRow,
  toShortRow,
} from './procedures.ts';
import { listAgencies } from './units.ts';

/** Rows of a dictionary, made while they are read. */
export interface Rows {
  readonly count: number;
  readonly rows: Iterable<object>;
}

/** The dictionaries. */
export interface Catalogue {
  readonly apply: (change: CatalogueChange) => void;
  /** Whether a code may be used now. */
  readonly stateOf: (code: string) => 'open' | 'withdrawn' | 'unknown';
  /** The whole procedure; undefined when it is unknown or withdrawn. */
  readonly show: (code: string) => Readonly<Record<string, unknown>> | undefined;
  readonly nameOf: (code: string) => string | undefined;
  readonly procedures: () => Rows;
  readonly results: () => Rows;
  readonly services: () => Rows;
  readonly agencies: () => Rows;
  readonly fields: () => Rows;
  /** One of the open codes. */
  readonly pick: (number: number) => string;
  /** For tests: codes, names and states from number `from` on. */
  readonly page: (from: number, limit: number) => readonly object[];
  readonly counts: () => {
    readonly version: number;
    readonly procedures: number;
    readonly withdrawn: number;
  };
}

const codeForm = /^[\w.]{1,50}$/;

/** Reads what a test puts. @throws Error with every mistake in one message */
export function parseCatalogueChange(json: unknown): CatalogueChange {
  const mistakes: string[] = [];
  const reader = createReader(json, 'catalogue', mistakes);
  const named = (key: string) =>
    reader
      .children(key, [])
      .map((one) => ({ code: one.text('code', { match: codeForm }), name: one.text('name') }));
  const change: CatalogueChange = {
    withdraw: reader.texts('withdraw', []),
    restore: reader.texts('restore', []),
    rename: named('rename'),
    add: named('add'),
    fees: reader.children('fees', []).map((one) => ({
      code: one.text('code', { match: codeForm }),
      amount: one.whole('amount', { least: 0, most: 1_000_000_000 }),
    })),
    ...(reader.has('agencies') && { agencies: reader.whole('agencies', { least: 0, most: 500_000 }) }),
    ...(reader.has('dirty') && { dirty: reader.flag('dirty', false) }),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return change;
}

function* mapRows<T>(items: Iterable<T>, toRow: (item: T) => object): Iterable<object> {
  for (const item of items) yield toRow(item);
}

interface State {
  readonly procedures: Map<string, Procedure>;
  readonly withdrawn: Set<string>;
  readonly amounts: Map<string, number>;
  agencies: number;
  isDirty: boolean;
  version: number;
}

function change(state: State, asked: CatalogueChange): void {
  const { procedures, withdrawn, amounts } = state;
  for (const { code, name } of asked.add) procedures.set(code, toAddedProcedure(code, name, procedures.size));
  for (const code of asked.withdraw) withdrawn.add(code);
  for (const code of asked.restore) withdrawn.delete(code);
  for (const { code, name } of asked.rename) {
    const known = procedures.get(code);
    if (known) procedures.set(code, { ...known, name });
  }
  for (const { code, amount } of asked.fees) amounts.set(code, amount);
  state.agencies = asked.agencies ?? state.agencies;
  state.isDirty = asked.dirty ?? state.isDirty;
  state.version += 1;
}

function toInitialState({ procedures, agencies }: Settings): State {
  const seeded = Array.from({ length: procedures }, (_, index) => toProcedure(index));
  return {
    procedures: new Map(seeded.map((procedure) => [procedure.code, procedure])),
    withdrawn: new Set(),
    amounts: new Map(),
    ...{ agencies, isDirty: false, version: 1 },
  };
}

/** The dictionaries of a configuration, version 1. */
export function createCatalogue(settings: Settings): Catalogue {
  const state = toInitialState(settings);
  const { procedures, withdrawn, amounts } = state;
  const listOpen = () => [...procedures.values()].filter(({ code }) => !withdrawn.has(code));
  const toFull = (procedure: Procedure): object =>
    toFullRow(procedure, settings.seed, { amount: amounts.get(procedure.code) });
  const toRow = settings.listDetail === 'full' ? toFull : toShortRow;
  const toRows = (toOne: (procedure: Procedure) => object): Rows => {
    const open = listOpen();
    return { count: open.length, rows: mapRows(open, toOne) };
  };
  const isOpen = (code: string): boolean => procedures.has(code) && !withdrawn.has(code);
  return {
    apply: (asked) => change(state, asked),
    stateOf: (code) => (isOpen(code) ? 'open' : procedures.has(code) ? 'withdrawn' : 'unknown'),
    show: (code) => {
      const procedure = procedures.get(code);
      return procedure && isOpen(code) ? { ...toFull(procedure) } : undefined;
    },
    nameOf: (code) => procedures.get(code)?.name,
    procedures: () => toRows(toRow),
    services: () => toRows(toServiceRow),
    results: () => {
      const rows = listOpen().flatMap((procedure) =>
        toResults(procedure).map((result) => ({ ...result, MATTHC: procedure.code })),
      );
      return { count: rows.length, rows };
    },
    agencies: () => {
      const rows = listAgencies(state.agencies, state.isDirty);
      return { count: state.agencies + (state.isDirty ? 7 : 0), rows };
    },
    fields: () => ({ count: fieldRows.length, rows: fieldRows }),
    pick: (number) => {
      const open = listOpen();
      return open[number % open.length]?.code ?? '';
    },
    page: (from, limit) =>
      [...procedures.values()].slice(from - 1, from - 1 + limit).map(({ code, name, field }) => ({
        ...{ code, name, field: field.name },
        state: withdrawn.has(code) ? 'withdrawn' : 'open',
      })),
    counts: () => ({ version: state.version, procedures: procedures.size, withdrawn: withdrawn.size }),
  };
}
