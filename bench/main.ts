// `npm run bench`: every row once a round, round after round, then medians and spread; the last line is one JSON object.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Gateway } from './gateways.ts';
import { type Ground, layGround } from './ground.ts';
import { generator } from './load.ts';
import { measure, type RunSettings, type Sample } from './measure.ts';
import { endChild, isPinned } from './processes.ts';
import { type Series, toRow, toStepTable, toTable } from './report.ts';
import { allRows, type Row, toOtherHub } from './rows.ts';
import { profileSteps, type StepShare } from './steps.ts';

const usage = `npm run bench -- [options]
  --json               no table, only the last line
  --rounds <n>         rounds, each with every row once (5)
  --seconds <n>        of each run (5)
  --warm-up <n>        seconds before each run (2)
  --body <KiB,…>       sizes (1,10,100)
  --only <row,…>       of ${allRows.map(({ name }) => name).join(', ')}
  --connections <n>    of the load generator (64)
  --other <checkout>   also measures the hub that was built there, as row hub-other
  --steps              a table by step, from a profile of the hub under load`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '2' },
      body: { type: 'string', default: '1,10,100' },
      only: { type: 'string', default: allRows.map(({ name }) => name).join(',') },
      connections: { type: 'string', default: '64' },
      steps: { type: 'boolean', default: false },
      other: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const names = values.only.split(',');
  const unknown = names.filter((name) => !allRows.some((row) => row.name === name));
  const counts = [values.rounds, values.seconds, values['warm-up'], values.connections];
  const sizes = values.body.split(',').map(Number);
  if (unknown.length > 0) throw new Error(`no row ${unknown.join(', ')}\n${usage}`);
  if (!counts.every((text) => /^[1-9]\d{0,3}$/.test(text)) || sizes.some((kib) => !(kib >= 1 && kib <= 200)))
    throw new Error(usage);
  const settings: RunSettings = {
    seconds: Number(values.seconds),
    warmUpSeconds: Number(values['warm-up']),
    connections: Number(values.connections),
  };
  return { ...values, names, sizes, settings, rounds: Number(values.rounds) };
}

/** Programs compile what they do often: the first warm-up is so many times longer. */
const firstWarmUps = 3;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Starts the gateways that rows need; the rows of the hub share one. */
async function startGateways(rows: readonly Row[], ground: Ground): Promise<ReadonlyMap<string, Gateway>> {
  const gateways = new Map<string, Gateway>();
  for (const row of rows) {
    const isShared = row.gateway === 'hub' && row.name !== 'hub-other';
    const gateway = (isShared && gateways.get('hub')) || (await row.start(ground));
    gateways.set(row.name, gateway);
    if (isShared) gateways.set('hub', gateway);
  }
  return gateways;
}

/** After the row under way the bench ends, and takes the database and the gateways with it. */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => interrupted.abort(new Error('interrupted')));

const toMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function runRounds(
  options: ReturnType<typeof readOptions>,
  rows: readonly Row[],
  ground: Ground,
  gateways: ReadonlyMap<string, Gateway>,
): Promise<readonly Series[]> {
  const series = new Map<string, { samples: Sample[]; failure?: string; row: Row; kib: number }>();
  for (const kib of options.sizes)
    for (const row of rows)
      if (row.bodies === 'all' || kib === options.sizes[0])
        series.set(`${kib} ${row.name}`, { samples: [], row, kib });
  for (const kib of options.sizes)
    for (let round = 1; round <= options.rounds; round += 1)
      for (const one of series.values()) {
        const gateway = gateways.get(one.row.name);
        if (one.kib !== kib || one.failure !== undefined || !gateway) continue;
        interrupted.signal.throwIfAborted();
        try {
          const { settings } = options;
          const warmUpSeconds = settings.warmUpSeconds * (round === 1 ? firstWarmUps : 1);
          const sample = await measure(one.row, gateway, ground, kib, { ...settings, warmUpSeconds });
          one.samples.push(sample);
          const { requestsPerSecond, cpuMsPerRequest } = sample;
          say(
            `${kib} KiB, round ${round}: ${one.row.name} ${requestsPerSecond.toFixed(0)}/s, ${cpuMsPerRequest.toFixed(3)} ms`,
          );
        } catch (error) {
          one.failure = toMessage(error);
          say(`${kib} KiB, round ${round}: ${one.row.name} FAILED: ${one.failure}`);
        }
      }
  return [...series.values()].map(({ row, kib, ...rest }) => ({ name: row.name, bodyKiB: kib, ...rest }));
}

async function runSteps(
  options: ReturnType<typeof readOptions>,
  rows: readonly Row[],
  ground: Ground,
  gateways: ReadonlyMap<string, Gateway>,
): Promise<Readonly<Record<string, readonly StepShare[]>>> {
  const tables: Record<string, readonly StepShare[]> = {};
  const [kib = 1] = options.sizes;
  for (const row of rows.filter(({ gateway, name }) => gateway === 'hub' && name !== 'hub-other')) {
    const gateway = gateways.get(row.name);
    if (!gateway) continue;
    interrupted.signal.throwIfAborted();
    const { seconds, warmUpSeconds } = options.settings;
    tables[row.name] = await profileSteps(gateway, ground, async () => {
      const { requestsPerSecond } = await measure(row, gateway, ground, kib, options.settings);
      // The warm-up is in the profile too.
      return requestsPerSecond * (seconds + warmUpSeconds);
    });
  }
  return tables;
}

const options = readOptions();
if (options.help) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
const others = options.other === undefined ? [] : [toOtherHub(options.other)];
const rows = [...others, ...allRows.filter(({ name }) => options.names.includes(name))];
const ground = await layGround(say);
const gateways = await startGateways(rows, ground);
try {
  const series = await runRounds(options, rows, ground, gateways);
  const lines = series.map((one) => toRow(one, series));
  if (!options.json) process.stdout.write(`${toTable(lines)}\n`);
  const steps = options.steps ? await runSteps(options, rows, ground, gateways) : undefined;
  if (!options.json)
    for (const [name, table] of Object.entries(steps ?? {}))
      process.stdout.write(`\n${name}\n${toStepTable(table)}\n`);
  const machine = { cpu: cpus()[0]?.model ?? '', node: process.version, generator, isPinned };
  const settings = { ...options.settings, rounds: options.rounds };
  process.stdout.write(`${JSON.stringify({ rows: lines, ...(steps && { steps }), machine, settings })}\n`);
  if (series.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
} catch (error) {
  say(toMessage(error));
  process.exitCode = 1;
} finally {
  for (const gateway of new Set(gateways.values())) await endChild(gateway.child);
  await ground.close();
}
