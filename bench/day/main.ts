// `npm run day`: a province's day against the running sandbox; the last line is one JSON object.
import { readSandboxFile, type SandboxFile } from '../../src/sandbox/sandbox-file.ts';
import { type Progress, runDay } from './day.ts';
import { countHits, setFaults, toDayFaults } from './faults.ts';
import { startGauge } from './gauge.ts';
import { readOptions, usage } from './options.ts';
import { runPayDay } from './payments/pay-day.ts';
import { askMock, countPortalHits, type PortalPlace, toPortalFaults } from './portal/mock.ts';
import { runPortalDay } from './portal/portal-day.ts';
import { reconcileMocks } from './reconciled.ts';
import { type Part, toDocumentsPart, toDossiersPart, toPaymentsPart } from './report.ts';

type Options = ReturnType<typeof readOptions>;

const patienceMs = 60_000;
const unitsAtOnce = 6;
const shownEveryMs = 10_000;

const toText = ({ documents, sent, received, expected, statuses, seconds }: Progress): string =>
  `${seconds.toFixed(0)} s: ${sent}/${documents} documents sent, ${received}/${expected} deliveries received, ${statuses} statuses`;

/** One line for all that goes on; where nobody looks at it, now and then. */
function createProgress(): (name: string, text: string) => void {
  const texts = new Map<string, string>();
  let shownMs = Number.NEGATIVE_INFINITY;
  return (name, text) => {
    texts.set(name, text);
    const line = [...texts.values()].join(' | ');
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
    else if (performance.now() - shownMs >= shownEveryMs) {
      shownMs = performance.now();
      process.stderr.write(`${line}\n`);
    }
  };
}

type Show = ReturnType<typeof createProgress>;

async function playDocuments(options: Options, sandbox: SandboxFile, show: Show): Promise<Part> {
  const faultUrl = sandbox.mocks['document-axis']?.faultUrl ?? '';
  await setFaults(faultUrl, toDayFaults(options.seed));
  const gauge = startGauge(sandbox.metricsUrl);
  const onProgress = (progress: Progress): void => show('documents', toText(progress));
  const result = await runDay({ ...options, sandbox, patienceMs, onProgress });
  const hub = await gauge.stop();
  const part = toDocumentsPart(result, await countHits(faultUrl), hub);
  await setFaults(faultUrl, []);
  return part;
}

function toPlace({ mocks }: SandboxFile): PortalPlace {
  const { faultUrl, journalUrl, dossiersUrl, inboundUrl, catalogueUrl } = mocks.portal ?? {};
  if (!faultUrl || !journalUrl || !dossiersUrl || !inboundUrl || !catalogueUrl)
    throw new Error('the sandbox has no public-service portal');
  return { faultUrl, journalUrl, dossiersUrl, inboundUrl, catalogueUrl };
}

async function playDossiers(
  { dossiers, seed, units }: Options,
  sandbox: SandboxFile,
  show: Show,
): Promise<Part> {
  const place = toPlace(sandbox);
  await askMock(place.faultUrl, { method: 'PUT', body: JSON.stringify({ faults: toPortalFaults(seed) }) });
  try {
    const onProgress = (text: string): void => show('dossiers', text);
    const given = { sandbox, place, dossiers, seed, units, unitsAtOnce, patienceMs, onProgress };
    return toDossiersPart(await runPortalDay(given), await countPortalHits(place));
  } finally {
    await askMock(place.faultUrl, { method: 'DELETE' });
  }
}

async function playPayments(
  { payments, seed, units }: Options,
  sandbox: SandboxFile,
  show: Show,
): Promise<Part> {
  const { journalUrl, payUrl, reconciliationUrl } = sandbox.mocks['payment-platform'] ?? {};
  if (!journalUrl || !payUrl || !reconciliationUrl) throw new Error('the sandbox has no payment platform');
  const place = { journalUrl, payUrl, reconciliationUrl };
  const onProgress = (text: string): void => show('payments', text);
  return toPaymentsPart(await runPayDay({ sandbox, place, payments, seed, units, patienceMs, onProgress }));
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.isHelp) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const sandbox = readSandboxFile(options.file);
  const show = createProgress();
  const parts = await Promise.all([
    playDocuments(options, sandbox, show),
    ...(options.dossiers > 0 ? [playDossiers(options, sandbox, show)] : []),
    ...(options.payments > 0 ? [playPayments(options, sandbox, show)] : []),
  ]);
  if (process.stderr.isTTY) process.stderr.write('\n');
  for (const { faults } of parts) for (const fault of faults.slice(0, 10)) process.stderr.write(`${fault}\n`);
  const sources = await reconcileMocks(sandbox, options.file, (text) => process.stderr.write(`${text}\n`));
  const report = Object.assign({}, ...parts.map((part) => part.report), sources);
  if (!options.isJson)
    for (const [name, value] of Object.entries(report)) process.stdout.write(`${name.padEnd(20)} ${value}\n`);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  if (!parts.every(({ isFine }) => isFine) || sources.sourceDifferences > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
