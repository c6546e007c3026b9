// Abuses that are put among the honest look-ups: of each kind that the rules know, of many sizes, some of them small. What
// was put where is kept beside the log.
import { officersOf, toOfficerId, units } from '../evidence/province.ts';
import { between, type Dice, scaled } from './chance.ts';
import { type CaseBook, dayMs, hourMs, type LookUp, type Officer, toPerson } from './look-ups.ts';
import { toDeskTime } from './month.ts';

/** In the order of the table. */
export const kinds = ['many-persons', 'outside-hours', 'burst', 'many-misses', 'case-unknown'] as const;
/** The rule that should find it. */
export type Kind = (typeof kinds)[number];

/** An abuse that was put into the log. */
export interface Abuse {
  readonly kind: Kind;
  readonly officer: string;
  /** `yyyy-MM-dd` of Asia/Ho_Chi_Minh. */
  readonly day: string;
  /** Look-ups of it. */
  readonly size: number;
}

/** What abuses are made for. */
export interface AbuseTask {
  readonly dice: Dice;
  readonly startMs: number;
  readonly days: number;
  readonly abuses: number;
  readonly officers: readonly Officer[];
  readonly book: CaseBook;
}

/** Least and most look-ups. */
const sizes: Readonly<Record<Kind, readonly [number, number]>> = {
  'many-persons': [80, 400],
  'outside-hours': [5, 40],
  burst: [18, 80],
  'many-misses': [9, 45],
  'case-unknown': [5, 30],
};

/** When each of the look-ups is made. */
function toTimes(dice: Dice, kind: Kind, dayStartMs: number, size: number): readonly number[] {
  if (kind === 'burst') {
    let atMs = toDeskTime(dice, dayStartMs);
    return Array.from({ length: size }, () => {
      atMs += between(dice, 1_500, 8_000);
      return atMs;
    });
  }
  if (kind === 'outside-hours') {
    const fromMs = dayStartMs + (dice() < 0.5 ? 20 * hourMs : 0.5 * hourMs);
    return Array.from({ length: size }, () => Math.floor(fromMs + dice() * 3.5 * hourMs));
  }
  return Array.from({ length: size }, () => toDeskTime(dice, dayStartMs));
}

function toLookUps(
  task: AbuseTask,
  { kind, size }: Abuse,
  dayStartMs: number,
  who: Pick<Officer, 'id' | 'unit'>,
): LookUp[] {
  const { dice, book } = task;
  const borrowed = book.borrow();
  const invented = Array.from({ length: between(dice, 1, size) }, () => book.invent(who.unit));
  return toTimes(dice, kind, dayStartMs, size).map((atMs, place) => ({
    ...{ atMs, officer: who.id, unit: who.unit, person: toPerson(dice) },
    caseCode: kind === 'case-unknown' ? invented[place % invented.length] : borrowed,
    isConfirmed: kind !== 'many-misses',
  }));
}

/** Half of them those who look people up every day, whose work hides it; half anybody. */
function toAbuser({ dice, officers }: AbuseTask): Pick<Officer, 'id' | 'unit'> {
  const known = officers[Math.floor(dice() * officers.length)];
  if (dice() < 0.5 && known) return known;
  const unit = Math.floor(dice() * units.length);
  return { id: toOfficerId(unit, Math.floor(dice() * officersOf(unit))), unit };
}

/** Working days; nights of any day. */
const isDayFor = (kind: Kind, dayStartMs: number): boolean =>
  kind === 'outside-hours' || ![0, 6].includes(new Date(dayStartMs + 7 * hourMs).getUTCDay());

/** Kinds in turn, each by another officer. */
export function makeAbuses(task: AbuseTask): {
  readonly truth: readonly Abuse[];
  readonly lookUps: readonly LookUp[];
} {
  const { dice, startMs, days, abuses } = task;
  const truth: Abuse[] = [];
  const lookUps: LookUp[] = [];
  while (truth.length < abuses) {
    const kind = kinds[truth.length % kinds.length] ?? 'burst';
    const dayStartMs = startMs + Math.floor(dice() * days) * dayMs;
    const who = toAbuser(task);
    if (!isDayFor(kind, dayStartMs) || truth.some(({ officer }) => officer === who.id)) continue;
    const day = new Date(dayStartMs + 7 * hourMs).toISOString().slice(0, 10);
    const abuse = { kind, officer: who.id, day, size: scaled(dice, ...sizes[kind]) };
    truth.push(abuse);
    lookUps.push(...toLookUps(task, abuse, dayStartMs, who));
  }
  return { truth, lookUps };
}
