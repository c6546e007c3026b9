// `npm run chaos`: a day's replay in which hub, database and axis are killed at random moments, first with one hub, then
// with two on one database; the last line is one JSON object. Starts and stops everything itself.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../../mocks/parts/random.ts';
import { type DayResult, runDay } from '../day/day.ts';
import type { FaultRule } from '../day/faults.ts';
import { type Ground, layGround, type Victim } from './ground.ts';

const usage = `npm run chaos -- [options]
  --kills <n>   processes killed in all (100)
  --units <n>   units that take part (all)
  --seed <n>    another run (1)
  --at-once <n> sendings at once (4)
  --json        the last line only: one JSON object`;

/** Milliseconds between the return of one victim and the next kill: up to so many. */
const longestPeaceMs = 2_500;
/** What everything has to itself at first, so that there is something to lose. */
const firstPeaceMs = 3_000;
/** More than are sent before the last kill. */
const documents = 100_000;
const lookEveryMs = 1_500;
/** Longer than the lease of what a killed hub was sending. */
const patienceMs = 180_000;

/** Time-outs before and after the axis has taken a message, and its other ways to fail. */
const toFaults = (seed: number): readonly FaultRule[] => {
  const operations = ['sendEdoc', 'updateStatus'];
  return [
    { mode: 'timeoutBefore', delayMs: 200, operations, probability: 0.02, seed },
    { mode: 'timeoutAfter', delayMs: 200, operations, probability: 0.02, seed: seed + 1 },
    { mode: 'errorAfter', operations, probability: 0.005, seed: seed + 2 },
    { mode: 'code', code: '20', operations, probability: 0.01, seed: seed + 3 },
  ];
};

interface Kills {
  readonly byName: Map<string, number>;
  count: number;
}

/** Kills one after another until it has been so many; from the half on there are two hubs. */
async function killAll(ground: Ground, most: number, seed: number, kills: Kills): Promise<void> {
  const random = createRandom(seed);
  await pause(firstPeaceMs);
  while (kills.count < most) {
    if (kills.count >= most / 2 && ground.hubs.length < 2) await ground.addHub();
    const victims: readonly Victim[] = [...ground.hubs, ground.database, ground.axis];
    const victim = random.pick(victims);
    await pause(random.next() * longestPeaceMs);
    kills.count += 1;
    kills.byName.set(victim.name, (kills.byName.get(victim.name) ?? 0) + 1);
    await victim.kill();
  }
  await ground.calm();
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      units: { type: 'string', default: '9999' },
      seed: { type: 'string', default: '1' },
      'at-once': { type: 'string', default: '4' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const numbers = [values.kills, values.units, values.seed, values['at-once']];
  if (!numbers.every((text) => /^[1-9]\d{0,4}$/.test(text))) throw new Error(usage);
  return {
    most: Number(values.kills),
    units: Number(values.units),
    seed: Number(values.seed),
    sendersAtOnce: Number(values['at-once']),
    isJson: values.json,
    isHelp: values.help,
  };
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function toReport(result: DayResult, kills: Kills) {
  const { ledger } = result;
  return {
    ...{ kills: kills.count, accepted: result.accepted, delivered: result.delivered, lost: result.lost },
    ...{ duplicated: result.duplicated, outOfOrder: result.outOfOrder, statuses: result.statuses },
    ...{ documents: result.documents, disagreements: result.disagreements },
    ...{ seconds: Math.round(result.seconds), resent: result.resent, repeatedItems: ledger.repeatedItems },
    ...{ repeats: ledger.repeats, cuts: ledger.cuts },
    killsByName: Object.fromEntries([...kills.byName].sort()),
  };
}

const isFine = (report: ReturnType<typeof toReport>): boolean =>
  report.accepted === report.documents &&
  [report.lost, report.duplicated, report.outOfOrder, report.disagreements].every((count) => count === 0);

async function runChaos(
  ground: Ground,
  { most, seed, units, sendersAtOnce }: ReturnType<typeof readOptions>,
): Promise<DayResult & { kills: Kills }> {
  const kills: Kills = { byName: new Map(), count: 0 };
  let isOver = false;
  let killing: Promise<void> | undefined;
  // From the first document on: before it there is nothing to lose.
  const beginKilling = (): void => {
    killing = ground
      .rouse()
      .then(() => killAll(ground, most, seed, kills))
      .finally(() => {
        isOver = true;
      });
    killing.catch(() => undefined);
  };
  const { sandbox, targets } = ground;
  let toldMs = 0;
  const result = await runDay({
    ...{ sandbox, targets, documents, seed, units, sendersAtOnce, patienceMs, lookEveryMs },
    isEnough: () => isOver,
    onProgress({ sent, received, expected, statuses, seconds }) {
      if (sent > 0 && !killing) beginKilling();
      if (seconds * 1_000 - toldMs < 10_000) return;
      toldMs = seconds * 1_000;
      say(
        `${seconds.toFixed(0)} s: ${kills.count} kills, ${sent} documents sent, ${received}/${expected} deliveries received, ${statuses} statuses`,
      );
    },
  });
  await killing;
  return { ...result, kills };
}

async function main(): Promise<void> {
  const options = readOptions();
  const { seed, isJson } = options;
  if (options.isHelp) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const ground = await layGround(toFaults(seed), say);
  try {
    const { kills, ...result } = await runChaos(ground, options);
    const report = toReport(result, kills);
    for (const fault of result.ledger.faults.slice(0, 10)) say(fault);
    if (!isJson)
      for (const [name, value] of Object.entries(report))
        process.stdout.write(
          `${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
        );
    process.stdout.write(`${JSON.stringify(report)}\n`);
    if (!isFine(report)) process.exitCode = 1;
  } finally {
    await ground.close();
  }
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
