// One day of the province against a running hub: everybody sends, receives and reports at once, until all is there or
// nothing moves any more.
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { components } from '../../openapi/types/documents.v1.ts';
import type { SandboxCredential, SandboxFile } from '../../src/sandbox/sandbox-file.ts';
import { systemIds } from '../../src/sandbox/seed-systems.ts';
import { openAxis } from './axis.ts';
import { type Account, compareSides, countItems } from './both-sides.ts';
import { createGate, receiveAll } from './inboxes.ts';
import { Ledger, statusesExpected } from './ledger.ts';
import { playOutside } from './outside.ts';
import { createContents, type PlannedDocument, planDay } from './plan.ts';
import { sendAll, type Unit } from './senders.ts';
import { type HubSession, openSession } from './session.ts';

/** As much of sandbox.json as a day needs. */
export interface DaySandbox extends Pick<SandboxFile, 'baseUrl' | 'mocks'> {
  readonly systems: readonly (SandboxCredential & { readonly actingUnits: readonly string[] })[];
}

/** What a day is run with. */
export interface DayOptions {
  readonly sandbox: DaySandbox;
  /** Where calls go, if not only to the hub's own address. */
  readonly targets?: readonly string[];
  readonly documents: number;
  readonly seed: number;
  /** Units that take part; default all that the system acts for. */
  readonly units?: number;
  /** Sendings at once. */
  readonly sendersAtOnce: number;
  /** How long each call is repeated, and how long nothing may move before the day ends. */
  readonly patienceMs: number;
  /** From one look into an inbox to the next. */
  readonly lookEveryMs: number;
  /** Whether the day is to end before all documents are sent. */
  readonly isEnough?: () => boolean;
  /** Told how far the day is, now and then. */
  readonly onProgress: (progress: Progress) => void;
}

/** How far the day is. */
export interface Progress {
  readonly documents: number;
  readonly sent: number;
  readonly received: number;
  readonly expected: number;
  readonly statuses: number;
  readonly seconds: number;
}

/** What came of it. */
export interface DayResult extends Account {
  readonly documents: number;
  readonly seconds: number;
  readonly sendSeconds: number;
  readonly ledger: Ledger;
  readonly calls: number;
  /** Calls that had to be made again, to the hub and to the axis. */
  readonly resent: number;
  readonly bytes: number;
}

const progressMs = 500;
const fetchesAtOnce = 12;
const outsideAtOnce = 8;
const entersAtOnce = 8;
const endLookMs = 500;
const directoryMs = 30_000;

type Check = components['schemas']['DocumentCheck'];

/**
 * Learns a unit's code by asking what a document of it would be called; a hub that has just started may not know yet who
 * is outside.
 */
async function askCode(session: HubSession, unitId: string, day: string, outside: string): Promise<Unit> {
  const draft = {
    ...{ businessType: 'new', code: { number: '1', notation: 'TN' }, promulgationDate: day },
    ...{
      to: [{ code: outside }],
      documentType: { name: 'Công văn' },
      subject: 'Thử nghiệm',
      attachments: [],
    },
  };
  const endMs = performance.now() + directoryMs;
  for (;;) {
    const { bytes } = await session.call(unitId, {
      ...{ method: 'POST', path: '/documents/v1/document-checks', body: Buffer.from(JSON.stringify(draft)) },
      headers: { 'content-type': 'application/json' },
    });
    const { documentId }: Check = JSON.parse(bytes.toString());
    if (documentId !== undefined) return { id: unitId, code: documentId.split(',', 1)[0] ?? '' };
    if (performance.now() > endMs) throw new Error(`the hub does not know ${outside}`);
    await pause(endLookMs);
  }
}

/** The day in Viet Nam, yyyy-MM-dd. */
const toDay = (ms: number): string => new Date(ms + 7 * 3_600_000).toISOString().slice(0, 10);

interface Stage {
  readonly session: HubSession;
  readonly ledger: Ledger;
  readonly units: readonly Unit[];
  readonly plan: readonly PlannedDocument[];
  readonly run: string;
  readonly day: string;
}

async function enterAll(
  { sandbox, documents, seed, units: most }: DayOptions,
  session: HubSession,
): Promise<Omit<Stage, 'session'>> {
  const system = sandbox.systems.find(({ clientId }) => clientId === systemIds.documents);
  const unitIds = (system?.actingUnits ?? []).slice(0, most);
  const outsideCodes = sandbox.mocks['document-axis']?.outside.codes ?? [];
  const day = toDay(Date.now());
  const gate = createGate(entersAtOnce);
  const units = await Promise.all(
    unitIds.map((unitId) => gate(() => askCode(session, unitId, day, outsideCodes[0] ?? ''))),
  );
  const plan = planDay({ documents, seed, units: units.length, outsideCodes });
  const run = `d${Math.floor(Date.now() / 1_000).toString(36)}`;
  return { ledger: new Ledger(), units, plan, run, day };
}

/** All statuses of all deliveries are with the senders, and every document was answered or given up. */
async function awaitEnd({ ledger }: Stage, sending: Promise<void>, patienceMs: number): Promise<void> {
  await sending;
  ledger.changedMs = performance.now();
  while (performance.now() - ledger.changedMs < patienceMs) {
    if (ledger.statusCount >= ledger.deliveries.size * statusesExpected.length) return;
    await pause(endLookMs);
  }
}

function openSessions({ sandbox, targets, patienceMs }: DayOptions) {
  const system = sandbox.systems.find(({ clientId }) => clientId === systemIds.documents);
  const axisPlace = sandbox.mocks['document-axis'];
  if (!system || !axisPlace) throw new Error('the sandbox has no document system or no document axis');
  const session = openSession({
    ...{ publicUrl: sandbox.baseUrl, targets: targets ?? [sandbox.baseUrl], patienceMs },
    ...{ clientId: system.clientId, privateKeyFile: system.privateKeyFile, connections: 256 },
  });
  const { systemId, secret } = axisPlace.outside;
  const axis = openAxis({ url: axisPlace.url, systemId, secret, connections: outsideAtOnce * 2, patienceMs });
  return { session, axis, journalUrl: axisPlace.journalUrl };
}

/** Runs the day and compares both sides. @throws Error when the hub cannot be called at all */
export async function runDay(options: DayOptions): Promise<DayResult> {
  const { session, axis, journalUrl } = openSessions(options);
  const stage: Stage = { session, ...(await enterAll(options, session)) };
  const { ledger, plan, run } = stage;
  const since = new Date();
  const itemsBefore = await countItems(journalUrl);
  const ending = new AbortController();
  const { signal } = ending;
  // Every unit waits under it.
  setMaxListeners(0, signal);
  const beganMs = performance.now();
  const secondsSince = (ms: number): number => (performance.now() - ms) / 1_000;
  const tell = (): void =>
    options.onProgress({
      ...{ documents: plan.length, sent: ledger.sent.size, received: ledger.received },
      ...{ expected: ledger.deliveries.size, statuses: ledger.statusCount, seconds: secondsSince(beganMs) },
    });
  const timer = setInterval(tell, progressMs);
  let [sendSeconds, documents] = [0, 0];
  const { sendersAtOnce: atOnce, isEnough = () => false } = options;
  const contentOf = createContents(options.seed);
  const sending = sendAll({ ...stage, contentOf, atOnce, isEnough }).then((begun) => {
    documents = begun;
    sendSeconds = secondsSince(beganMs);
  });
  const everyMs = (): number => (sendSeconds === 0 ? options.lookEveryMs : options.lookEveryMs / 4);
  const receiving = receiveAll({ ...stage, atOnce: fetchesAtOnce, everyMs, signal });
  const outside = playOutside({ axis, ledger, run, atOnce: outsideAtOnce, signal });
  await awaitEnd(stage, sending, options.patienceMs);
  const seconds = (ledger.changedMs - beganMs) / 1_000;
  clearInterval(timer);
  tell();
  ending.abort();
  const account = await compareSides({ ...stage, since, journalUrl, itemsBefore });
  await Promise.all([session.close(), axis.close()]);
  await Promise.all([receiving, outside]);
  const { calls, resent, bytesIn, bytesOut } = session.counts;
  return {
    ...account,
    ...{ documents, seconds, sendSeconds, ledger },
    ...{ calls: calls + axis.counts.calls, resent: resent + axis.counts.resent, bytes: bytesIn + bytesOut },
  };
}
