// The searches of an auditor as questions: each filter by itself and some together, a page of 50 newest first.
import type { Filters } from '../../src/evidence/search/conditions.ts';
import type { FigureQuestion } from '../../src/evidence/search/figures.ts';
import type { Search } from '../../src/evidence/search/search.ts';
import { callKinds, failures, officersOf, refusals, toOfficerId, units } from './province.ts';
import type { Question } from './questions.ts';

type Dice = () => number;

const pageRows = 50;
const countUpTo = 10_000;
const dayMs = 86_400_000;
const weekDays = 7;
const monthDays = 30;

function toAny<T>(dice: Dice, list: readonly T[]): T {
  const one = list[Math.floor(dice() * list.length)];
  if (one === undefined) throw new Error('an empty list');
  return one;
}

/** What the log covers, and some of its values. */
export interface Covered {
  readonly from: Date;
  readonly to: Date;
  readonly caseCodes: readonly string[];
  readonly usedCodes: readonly string[];
}

type ToFilters = (dice: Dice) => Filters;

function toFilterSets({ from, to, caseCodes, usedCodes }: Covered): Readonly<Record<string, ToFilters>> {
  const stretch = (dice: Dice, days: number) => {
    const beginMs = from.getTime() + dice() * Math.max(0, to.getTime() - from.getTime() - days * dayMs);
    return { from: new Date(beginMs), to: new Date(beginMs + days * dayMs) };
  };
  const officer = (dice: Dice): string => {
    const unit = Math.floor(dice() * units.length);
    return toOfficerId(unit, Math.floor(dice() * officersOf(unit)));
  };
  const unit = (dice: Dice): string => toAny(dice, units);
  const call = (dice: Dice) => toAny(dice, callKinds);
  return {
    newest: () => ({}),
    'a week': (dice) => stretch(dice, weekDays),
    unit: (dice) => ({ actingUnit: unit(dice) }),
    'unit, a month': (dice) => ({ actingUnit: unit(dice), ...stretch(dice, monthDays) }),
    receiver: (dice) => ({ receiver: unit(dice) }),
    officer: (dice) => ({ officer: officer(dice) }),
    'officer, a week': (dice) => ({ officer: officer(dice), ...stretch(dice, weekDays) }),
    case: (dice) => ({ caseCode: toAny(dice, caseCodes) }),
    'service and operation': (dice) => {
      const { service, operation } = call(dice);
      return { service, operation };
    },
    purpose: (dice) => ({ purpose: toAny(dice, callKinds[0]?.purposes ?? []) }),
    'not sent': () => ({ outcome: 'not-sent' }),
    problem: (dice) => ({ problem: toAny(dice, [...refusals, ...failures]) }),
    'source, unit': (dice) => ({ source: 'population', actingUnit: unit(dice) }),
    'unit and officer of another': (dice) => ({ actingUnit: unit(dice), officer: officer(dice) }),
    'system, problem, a month': (dice) => ({
      ...{ system: 'mot-cua', problem: toAny(dice, failures) },
      ...stretch(dice, monthDays),
    }),
    'code of a unit': (dice) => ({ code: { units: [unit(dice)], used: toAny(dice, usedCodes) } }),
  };
}

const toDay = (at: Date): string => at.toISOString().slice(0, 10);

/** Every search with what it finds; counts and later pages are questions of their own. */
export function toSearches(search: Search, covered: Covered): readonly Question[] {
  const province = { sight: 'province', place: undefined, limit: pageRows } as const;
  const pages = Object.entries(toFilterSets(covered)).map(([name, toFilters]) => ({
    name: `search: ${name}`,
    ask: async (dice: Dice) => (await search.page({ ...province, filters: toFilters(dice) })).rows.length,
  }));
  const { unit: byUnit, newest } = toFilterSets(covered);
  const counted = (name: string, toFilters: ToFilters = () => ({})): Question => ({
    name: `search with count: ${name}`,
    ask: async (dice) => (await search.page({ ...province, filters: toFilters(dice), countUpTo })).count ?? 0,
  });
  const figures: FigureQuestion = {
    ...{ from: toDay(covered.from), to: toDay(covered.to), by: ['unit', 'outcome'], only: {}, limit: 10_000 },
  };
  return [
    ...pages,
    counted('unit', byUnit),
    counted('newest', newest),
    {
      name: 'search: what one unit may see',
      ask: async (dice) => {
        const sight = { unit: toAny(dice, units), system: 'mot-cua', isOwnOnly: false, services: [] };
        return (await search.page({ ...province, sight, filters: {} })).rows.length;
      },
    },
    {
      name: 'figures of all months by unit and outcome',
      ask: async () => (await search.figures(figures)).rows.length,
    },
  ];
}
