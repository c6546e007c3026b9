// `npm run bench -- abuse`: abuses put among the look-ups of a month, how many of them the hub's own rules find, and how
// many honest days they find with them; the last line is one JSON object.
import { defaultAuditRules } from '../../src/services/evidence/audit-rules.ts';
import { findUnusual } from '../../src/services/evidence/unusual.ts';
import { toColumns } from '../columns.ts';
import { type LogGround, withLog } from '../evidence/ground.ts';
import { createDice } from '../evidence/made-entries.ts';
import { runProgram, say } from '../program.ts';
import { makeAbuses } from './abuses.ts';
import { fillMonth, makeDossiers } from './fill.ts';
import { type Found, type Judged, judge } from './judge.ts';
import { type CaseBook, createCaseBook, dayMs, hourMs, toOfficers } from './look-ups.ts';
import { makeFullDay, makeMonth } from './month.ts';
import { type Options, readOptions, usage } from './options.ts';

/** After the month, until dossiers have come and the full day has been. */
const restDays = 20;

/** The last whole month that is over long enough: when it begins in Vietnam, and how many days it has. */
function toMonth(now: Date): { readonly startMs: number; readonly days: number } {
  const local = new Date(now.getTime() + 7 * hourMs - restDays * dayMs);
  const startOf = (back: number): number =>
    Date.UTC(local.getUTCFullYear(), local.getUTCMonth() - back, 1) - 7 * hourMs;
  return { startMs: startOf(1), days: Math.round((startOf(0) - startOf(1)) / dayMs) };
}

const toDay = (startMs: number): string => new Date(startMs + 7 * hourMs).toISOString().slice(0, 10);

/** The first Monday from this day on. */
const toMonday = (startMs: number): number =>
  startMs + ((8 - new Date(startMs + 7 * hourMs).getUTCDay()) % 7) * dayMs;

/** Asks for each day when its cases are judged, with the dossiers that there are by then. */
async function askDays(ground: LogGround, { cases }: CaseBook, startMs: number, days: number) {
  const rules = defaultAuditRules;
  const found: Found[] = [];
  const seconds: number[] = [];
  let fromMs = 0;
  for (let place = 0; place < days; place += 1) {
    const dayStartMs = startMs + place * dayMs;
    const nowMs = dayStartMs + (rules.caseGraceDays + 1) * dayMs;
    await makeDossiers(ground, cases, { fromMs, toMs: nowMs });
    fromMs = nowMs;
    const day = toDay(dayStartMs);
    const beganMs = performance.now();
    const { items } = await findUnusual({ pool: ground.hub, rules, now: () => new Date(nowMs) }, day);
    seconds.push((performance.now() - beganMs) / 1_000);
    found.push(...items.map((one) => ({ ...one, day })));
  }
  return { found, seconds: seconds.sort((one, other) => one - other) };
}

async function measure(ground: LogGround, { lookUps, abuses, fullDay, seed }: Options) {
  const dice = createDice(seed);
  const { startMs, days } = toMonth(new Date());
  const [officers, book] = [toOfficers(dice), createCaseBook(dice)];
  const task = { dice, startMs, days, officers, book };
  const honest = makeMonth({ ...task, lookUps });
  const { truth, lookUps: abusive } = makeAbuses({ ...task, abuses });
  const fullStartMs = toMonday(startMs + days * dayMs);
  const full = makeFullDay({ ...task, startMs: fullStartMs, days: 1, lookUps: fullDay });
  say(`${honest.length + abusive.length + full.length} look-ups are written, numbered and indexed`);
  const entries = await fillMonth(ground, [...honest, ...abusive, ...full], book.cases);
  say('each day is asked');
  const { found, seconds } = await askDays(ground, book, startMs, days);
  const ofFull = await askDays(ground, { ...book, cases: [] }, fullStartMs, 1);
  const asked = { p50: seconds[Math.floor(days / 2)] ?? 0, max: seconds.at(-1) ?? 0 };
  return {
    ...{ month: toDay(startMs).slice(0, 7), days, lookUps, abusive: abusive.length, entries, seed },
    rules: judge(truth, found),
    secondsADay: { ...asked, fullDay: ofFull.seconds[0] ?? 0, lookUpsOfFullDay: full.length },
    thresholds: defaultAuditRules,
    truth,
  };
}

function toTables(rules: readonly Judged[], seconds: Readonly<Record<string, number>>): string {
  const lines = rules.map(({ rule, seeded, flagged, missedSizes, foundOtherwise, falseAlarms }) => [
    ...[rule, String(seeded), String(flagged), String(missedSizes.length), String(foundOtherwise)],
    ...[String(falseAlarms.length), missedSizes.join(' ') || '–'],
  ]);
  const heads = [
    'rule',
    'seeded',
    'flagged',
    'missed',
    'of them otherwise',
    'false alarms',
    'look-ups of the missed',
  ];
  const times = Object.entries(seconds).map(([name, value]) => [name, value.toFixed(3)]);
  return [toColumns([heads, ...lines]), toColumns([['seconds a day asked', ''], ...times])].join('\n\n');
}

async function run(options: Options): Promise<void> {
  const result = await withLog(options.folder, say, (ground) => measure(ground, options));
  const { p50, max, fullDay, lookUpsOfFullDay } = result.secondsADay;
  const seconds = { median: p50, most: max, [`a day of ${lookUpsOfFullDay}`]: fullDay };
  if (!options.json) process.stdout.write(`${toTables(result.rules, seconds)}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

await runProgram(readOptions(process.argv.slice(2)), usage, run);
