// A month of honest look-ups of the province: heavy-tailed load, one-stop peaks on Monday, families and lists, numbers that
// are misspelled, late work now and then, and posts that are on duty in the evening and at the weekend.
import { units } from '../evidence/province.ts';
import { between, createDraw, type Dice } from './chance.ts';
import { type CaseBook, dayMs, hourMs, type LookUp, minuteMs, type Officer, toPerson } from './look-ups.ts';

/** What a month is made for. */
export interface MonthTask {
  readonly dice: Dice;
  /** When the first day begins. */
  readonly startMs: number;
  readonly days: number;
  readonly lookUps: number;
  readonly officers: readonly Officer[];
  readonly book: CaseBook;
}

/** What an officer can do in a day. */
const mostOfDay = 110;
const weekdayWeights = [0, 1.5, 1.05, 1, 1, 0.95, 0] as const;
const dutyPostsOfProvince = 41;
const fullLookUps = 100_000;
/** How long before the month posts are on duty already. */
const dutyBackDays = 28;
const newcomers = 4;

/** 0 is Sunday. */
const toWeekday = (dayStartMs: number): number => new Date(dayStartMs + 7 * hourMs).getUTCDay();

interface Session {
  readonly officer: Officer;
  readonly atMs: number;
  readonly persons: number;
  /** From one look-up to the next, least and most. */
  readonly paceMs: readonly [number, number];
}

/** The look-ups of one citizen's matter; who is misspelled is mostly asked again. */
export function toLookUps({ dice, book }: Pick<MonthTask, 'dice' | 'book'>, session: Session): LookUp[] {
  const { officer, persons, paceMs } = session;
  const caseCode = dice() < 0.04 ? undefined : book.open(officer.unit, session.atMs);
  const made: LookUp[] = [];
  let atMs = session.atMs;
  for (let left = persons; left > 0; left -= 1) {
    const one = { officer: officer.id, unit: officer.unit, person: toPerson(dice), caseCode };
    if (dice() < officer.missRate) {
      made.push({ ...one, atMs, person: toPerson(dice), isConfirmed: false });
      atMs += between(dice, 15_000, 60_000);
      if (dice() < 0.3) continue;
    }
    made.push({ ...one, atMs, isConfirmed: true });
    atMs += between(dice, ...paceMs);
  }
  return made;
}

/** Mostly one person, sometimes a family, rarely a list of a school or of social assistance. */
function toSize(dice: Dice): Pick<Session, 'persons' | 'paceMs'> {
  const fate = dice();
  if (fate < 0.004) return { persons: between(dice, 8, 18), paceMs: [15_000, 30_000] };
  const paceMs = [20_000, 90_000] as const;
  return { persons: fate < 0.65 ? 1 : fate < 0.85 ? 2 : between(dice, 3, 6), paceMs };
}

/** In the hours of the desk, the morning busier. */
export const toDeskTime = (dice: Dice, dayStartMs: number): number =>
  Math.floor(
    dayStartMs +
      (dice() < 0.6
        ? 7.5 * hourMs + (dice() * 0.7 + dice() * 0.3) * 4 * hourMs
        : 13.5 * hourMs + dice() * 3.4 * hourMs),
  );

/** Look-ups of the desk, until there are so many. */
function makeDesk(task: MonthTask, count: number): readonly LookUp[] {
  const { dice, officers } = task;
  const days = Array.from({ length: task.days }, (_, day) => task.startMs + day * dayMs);
  const drawDay = createDraw(days, (start) => weekdayWeights[toWeekday(start)] ?? 0);
  const drawOfficer = createDraw(officers, ({ weight }) => weight);
  const loads = new Map<string, number>();
  const made: LookUp[] = [];
  while (made.length < count) {
    const [day, officer, size] = [drawDay(dice), drawOfficer(dice), toSize(dice)];
    const load = loads.get(`${officer.id} ${day}`) ?? 0;
    if (load + size.persons > mostOfDay) continue;
    // Some stay, and a few come on Saturday morning.
    const isLate = size.persons < 8 && dice() < 0.012;
    const lateMs = toWeekday(day) === 5 && dice() < 0.3 ? dayMs + 8 * hourMs : 18.8 * hourMs;
    const atMs = isLate ? Math.floor(day + lateMs + dice() * 2 * hourMs) : toDeskTime(dice, day);
    const lookUps = toLookUps(task, { officer, atMs, ...size });
    loads.set(`${officer.id} ${day}`, load + lookUps.length);
    made.push(...lookUps);
  }
  return made;
}

/** A shift: evenings, at the weekend the day. */
function makeShift(task: MonthTask, officer: Officer, dayStartMs: number): readonly LookUp[] {
  const { dice } = task;
  const isWeekend = [0, 6].includes(toWeekday(dayStartMs));
  const [from, hours, most] = isWeekend ? [8, 9, 12] : [19, 3, 8];
  return Array.from({ length: between(dice, 1, most) }, () => ({
    ...{ officer, persons: dice() < 0.7 ? 1 : 2, paceMs: [20_000, 90_000] as const },
    atMs: Math.floor(dayStartMs + from * hourMs + dice() * (hours * hourMs - 5 * minuteMs)),
  })).flatMap((session) => toLookUps(task, session));
}

/** Posts of some units that work by shifts; they did so in the weeks before, too, but for a few who are new. */
function makeDuty(task: MonthTask): readonly LookUp[] {
  const { dice, officers } = task;
  const share = Math.min(1, task.lookUps / fullLookUps);
  const posts = Math.max(2, Math.round(dutyPostsOfProvince * share));
  const made: LookUp[] = [];
  for (let post = 0; post < posts; post += 1) {
    const unit = Math.floor((post * units.length) / posts);
    const officer = officers.find((one) => one.unit === unit);
    if (!officer) continue;
    const firstDay = post < newcomers * share ? Math.floor(task.days / 3) : -dutyBackDays;
    for (let day = firstDay; day < task.days; day += 1)
      if (dice() < 0.35) made.push(...makeShift(task, officer, task.startMs + day * dayMs));
  }
  return made;
}

/** By time. Those before the month, of posts on duty, come on top of the count. */
export function makeMonth(task: MonthTask): readonly LookUp[] {
  const duty = makeDuty(task);
  const ofMonth = duty.filter(({ atMs }) => atMs >= task.startMs).length;
  return [...duty, ...makeDesk(task, task.lookUps - ofMonth)];
}

/** One working day of the whole province, evenly over the officers. */
export function makeFullDay(task: MonthTask): readonly LookUp[] {
  const drawOfficer = createDraw(task.officers, () => 1);
  const made: LookUp[] = [];
  while (made.length < task.lookUps) {
    const atMs = toDeskTime(task.dice, task.startMs);
    made.push(...toLookUps(task, { officer: drawOfficer(task.dice), atMs, ...toSize(task.dice) }));
  }
  return made;
}
