// `npm run day`: a province's day against the running sandbox; the last line is one JSON object.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rootFolder } from '../../src/root.ts';
import { readSandboxFile } from '../../src/sandbox/sandbox-file.ts';
import { type DayResult, type Progress, runDay } from './day.ts';
import { countHits, setFaults, toDayFaults } from './faults.ts';
import { type HubFigures, startGauge } from './gauge.ts';

const usage = `npm run day -- [options]
  --documents <n>    documents of the day (8000)
  --seed <n>         another day (1)
  --at-once <n>      sendings at once (12)
  --look-every <ms>  from one look into an inbox to the next (3000)
  --sandbox <file>   sandbox.json of the running sandbox
  --json             the last line only: one JSON object`;

const patienceMs = 60_000;

function readOptions() {
  const { values } = parseArgs({
    options: {
      documents: { type: 'string', default: '8000' },
      seed: { type: 'string', default: '1' },
      'at-once': { type: 'string', default: '12' },
      'look-every': { type: 'string', default: '3000' },
      sandbox: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const numbers = [values.documents, values.seed, values['at-once'], values['look-every']];
  if (!numbers.every((text) => /^[1-9]\d{0,6}$/.test(text))) throw new Error(usage);
  const varFolder = process.env['VAR_DIR'] ?? join(rootFolder, 'var');
  return {
    documents: Number(values.documents),
    seed: Number(values.seed),
    sendersAtOnce: Number(values['at-once']),
    lookEveryMs: Number(values['look-every']),
    file: values.sandbox ?? process.env['SANDBOX_FILE'] ?? join(varFolder, 'sandbox', 'sandbox.json'),
    isJson: values.json,
    isHelp: values.help,
  };
}

function showProgress({ documents, sent, received, expected, statuses, seconds }: Progress): void {
  const line = `${seconds.toFixed(0)} s: ${sent}/${documents} documents sent, ${received}/${expected} deliveries received, ${statuses} statuses`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else if (Math.round(seconds * 2) % 20 === 0) process.stderr.write(`${line}\n`);
}

function toFigure(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Math.round(value * 10) / 10;
}

/** The members of the issue first, then what else is worth knowing. */
function toReport(result: DayResult, faults: number, hub: HubFigures | undefined) {
  const { ledger, seconds, documents, bytes } = result;
  const times = ledger.sendMs.toSorted((one, other) => one - other);
  return {
    ...{ documents, accepted: result.accepted, delivered: result.delivered, statuses: result.statuses },
    ...{ lost: result.lost, duplicated: result.duplicated, outOfOrder: result.outOfOrder },
    seconds: Math.round(seconds * 10) / 10,
    documentsPerSecond: Math.round((documents / seconds) * 10) / 10,
    ...{ p50Ms: toFigure(times, 0.5), p99Ms: toFigure(times, 0.99) },
    ...{ disagreements: result.disagreements, sendSeconds: Math.round(result.sendSeconds * 10) / 10 },
    ...{ repeats: ledger.repeats, cuts: ledger.cuts, faults, repeatedItems: ledger.repeatedItems },
    ...{ calls: result.calls, resent: result.resent, mib: Math.round(bytes / 2 ** 20) },
    ...(hub && { hubCpuMs: hub.cpuMs, hubRssMiB: hub.rssMiB }),
  };
}

const isFine = (report: ReturnType<typeof toReport>): boolean =>
  report.accepted === report.documents &&
  [report.lost, report.duplicated, report.outOfOrder, report.disagreements].every((count) => count === 0);

async function main(): Promise<void> {
  const options = readOptions();
  if (options.isHelp) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const sandbox = readSandboxFile(options.file);
  const faultUrl = sandbox.mocks['document-axis']?.faultUrl ?? '';
  await setFaults(faultUrl, toDayFaults(options.seed));
  const gauge = startGauge(sandbox.metricsUrl);
  const result = await runDay({ ...options, sandbox, patienceMs, onProgress: showProgress });
  const hub = await gauge.stop();
  const report = toReport(result, await countHits(faultUrl), hub);
  await setFaults(faultUrl, []);
  if (process.stderr.isTTY) process.stderr.write('\n');
  for (const fault of result.ledger.faults.slice(0, 10)) process.stderr.write(`${fault}\n`);
  if (!options.isJson)
    for (const [name, value] of Object.entries(report)) process.stdout.write(`${name.padEnd(20)} ${value}\n`);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  if (!isFine(report)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
