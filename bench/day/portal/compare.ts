// Holds what the portal has of each dossier against what its unit said: whether it is all there, each once, in its order, as
// it was said.
import { isDeepStrictEqual } from 'node:util';
import type { SaidRecord } from './ledger.ts';
import type { HeldDossier } from './mock.ts';
import { type Fields, toHeldDossier, toHeldLine } from './records.ts';

/** What is wrong with one dossier. */
export interface Verdict {
  /** Something that was said is not there. */
  readonly isLost: boolean;
  /** Something is there more often than it was said. */
  readonly isDuplicated: boolean;
  readonly isOutOfOrder: boolean;
  /** Something is there that was said differently. */
  readonly isAltered: boolean;
  /** Lines that are there as they were said. */
  readonly lines: number;
}

const toPlain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const toKey = (line: Fields): string =>
  JSON.stringify(Object.entries(line).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Statuses as the portal counts them: the same one again is counted with the first. */
function toRuns(said: readonly SaidRecord[]): readonly string[] {
  const statuses = said.flatMap(({ record }) => record.dossier?.status ?? []).map(String);
  return statuses.filter((status, at) => status !== statuses[at - 1]);
}

/** The moments of what was said, in its order: the portal must have taken them in the same one. */
function toOrders(said: readonly SaidRecord[], held: HeldDossier): readonly number[] {
  const lines = new Map(held.progress.map(({ line, order }) => [toKey(line), order]));
  let [run, last] = [-1, ''];
  return said.flatMap(({ record: { code, dossier, progress = [] } }) => {
    const orders: (number | undefined)[] = [];
    if (dossier && String(dossier.status) !== last) {
      last = String(dossier.status);
      run += 1;
      orders.push(held.statuses[run]?.order);
    }
    for (const line of progress) orders.push(lines.get(toKey(toLine(code, line))));
    return orders.filter((order) => order !== undefined);
  });
}

type Line = NonNullable<SaidRecord['record']['progress']>[number];
// Members without a value are not on the wire.
const toLine = (code: string, line: Line): Fields =>
  Object.fromEntries(Object.entries(toHeldLine(code, line)).filter(([, value]) => value !== undefined));

/** Compares one dossier. */
export function compareDossier(said: readonly SaidRecord[], held: HeldDossier | undefined): Verdict {
  const states = said.flatMap(({ record: { code, dossier } }) => (dossier ? [{ code, dossier }] : []));
  const lines = said.flatMap(({ record: { code, progress = [] } }) =>
    progress.map((line) => toKey(toLine(code, line))),
  );
  if (!held) return { isLost: true, isDuplicated: false, isOutOfOrder: false, isAltered: false, lines: 0 };
  const heldLines = new Map(held.progress.map(({ line, receptions }) => [toKey(line), receptions]));
  const there = lines.filter((line) => heldLines.has(line)).length;
  const taken = held.creates + held.updates;
  const runs = toRuns(said);
  const heldRuns = held.statuses.map(({ status }) => status);
  const orders = toOrders(said, held);
  const last = states.at(-1);
  const isOfTheSame = last && isDeepStrictEqual(held.fields, toPlain(toHeldDossier(last.code, last.dossier)));
  const hasOthers = [...heldLines.keys()].some((line) => !lines.includes(line));
  return {
    isLost:
      there < lines.length || taken < states.length || runs.some((status) => !heldRuns.includes(status)),
    isDuplicated: held.creates > 1 || taken > states.length || [...heldLines.values()].some((n) => n > 1),
    isOutOfOrder: orders.some((order, at) => at > 0 && order < (orders[at - 1] ?? 0)),
    isAltered: !isOfTheSame || hasOthers || heldRuns.some((status) => !runs.includes(status)),
    lines: there,
  };
}
