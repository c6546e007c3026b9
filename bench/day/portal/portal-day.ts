// The day's dossiers against a running hub: units submit, the portal hands over, and at the end what the portal holds is held
// against what the units said.
import { setTimeout as pause } from 'node:timers/promises';
import type { components } from '../../../openapi/types/portal.v1.ts';
import type { SandboxFile } from '../../../src/sandbox/sandbox-file.ts';
import { systemIds } from '../../../src/sandbox/seed-systems.ts';
import { createGate } from '../inboxes.ts';
import { type HubSession, openSession } from '../session.ts';
import { compareDossier, type Verdict } from './compare.ts';
import { type InboundAccount, receiveFiled } from './inbound.ts';
import { PortalLedger } from './ledger.ts';
import { askMock, countTaken, type PortalPlace, readHeld } from './mock.ts';
import { type PlannedDossier, planBatches, planDossiers } from './plan.ts';
import type { RecordGround } from './records.ts';
import { submitAll } from './units.ts';

type Schema = components['schemas'];

/** What a day of dossiers is run with. */
export interface PortalDayOptions {
  readonly sandbox: Pick<SandboxFile, 'baseUrl' | 'systems'>;
  readonly place: PortalPlace;
  readonly dossiers: number;
  readonly seed: number;
  /** Units that take part; default all that the system acts for. */
  readonly units?: number;
  /** Units that submit at once. */
  readonly unitsAtOnce: number;
  /** How long each call is repeated, and how long nothing may move before the day ends. */
  readonly patienceMs: number;
  readonly onProgress: (text: string) => void;
}

/** What both sides say. */
export interface PortalAccount {
  readonly dossiers: number;
  /** Records in the hub's lists, corrections among them. */
  readonly changes: number;
  /** Dossiers that are synchronised for the hub and whole at the portal. */
  readonly synchronised: number;
  /** Lines at the portal as they were said. */
  readonly progressLines: number;
  readonly dossiersLost: number;
  readonly dossiersDuplicated: number;
  readonly dossiersOutOfOrder: number;
  readonly dossiersAltered: number;
  /** Records that came onto the repair list and were corrected. */
  readonly repairs: number;
  /** Dossiers that the portal handed over and their units acknowledged. */
  readonly inbound: number;
}

/** The account and what else is worth knowing. */
export interface PortalResult extends PortalAccount {
  readonly seconds: number;
  readonly ledger: PortalLedger;
  /** Records that the hub and the units count differently, and what was refused or not answered. */
  readonly disagreements: number;
}

const readsAtOnce = 8;
const endLookMs = 300;
const progressMs = 500;
const proceduresMost = 500;
/** One dossier in so many is filed on the portal, and two at least. */
const filedOneIn = 50;
/** Serials that a second of the day has for itself. */
const serialsASecond = 115;

async function readProcedures({ catalogueUrl }: PortalPlace): Promise<RecordGround['procedures']> {
  const page = await askMock<{ entries: { code: string; name: string; state?: string }[] }>(
    `${catalogueUrl}?from=1&limit=${proceduresMost}`,
  );
  return page.entries
    .filter(({ state = 'open' }) => state !== 'withdrawn')
    .map(({ code, name }) => ({ code, name }));
}

/** What the hub says of this day's dossiers. */
async function readItems(session: HubSession, unitIds: readonly string[], since: Date, ledger: PortalLedger) {
  const gate = createGate(readsAtOnce);
  const items = new Map<string, Schema['DossierItem']>();
  async function readUnit(unitId: string): Promise<void> {
    let cursor = '';
    do {
      const query = `?limit=200&since=${encodeURIComponent(since.toISOString())}${cursor && `&cursor=${cursor}`}`;
      const { bytes } = await session.call(unitId, { method: 'GET', path: '/portal/v1/dossiers', query });
      const page: Schema['DossierPage'] = JSON.parse(bytes.toString());
      for (const item of page.items) if (ledger.said.has(item.code)) items.set(item.code, item);
      cursor = page.next ?? '';
    } while (cursor !== '');
  }
  await Promise.all(unitIds.map((unitId) => gate(() => readUnit(unitId))));
  return items;
}

/** Waits until the portal has taken as much as was said, or nothing moves any more. */
async function awaitPortal(
  { place, patienceMs }: PortalDayOptions,
  ledger: PortalLedger,
  { before, filed }: { readonly before: number; readonly filed: number },
): Promise<void> {
  let [taken, movedMs] = [0, performance.now()];
  while (performance.now() - movedMs < patienceMs) {
    const now = (await countTaken(place)) - before;
    if (now >= ledger.parts + filed) return;
    if (now !== taken) [taken, movedMs] = [now, performance.now()];
    await pause(endLookMs);
  }
}

/** The hub learns of the last outcomes a moment after the portal. */
async function awaitItems(
  options: PortalDayOptions,
  read: () => ReturnType<typeof readItems>,
): ReturnType<typeof readItems> {
  const endMs = performance.now() + options.patienceMs;
  for (;;) {
    const items = await read();
    const isOver = [...items.values()].every(({ sync }) => sync !== 'waiting');
    if (isOver || performance.now() > endMs) return items;
    await pause(endLookMs);
  }
}

async function compareAll(
  { place }: PortalDayOptions,
  ledger: PortalLedger,
): Promise<ReadonlyMap<string, Verdict>> {
  const gate = createGate(readsAtOnce);
  const verdicts = await Promise.all(
    [...ledger.said].map(([code, said]) =>
      gate(async () => [code, compareDossier(said, await readHeld(place, code))] as const),
    ),
  );
  return new Map(verdicts);
}

const isWhole = ({ isLost, isDuplicated, isOutOfOrder, isAltered }: Verdict): boolean =>
  !(isLost || isDuplicated || isOutOfOrder || isAltered);

function toAccount(
  plan: readonly PlannedDossier[],
  ledger: PortalLedger,
  items: ReadonlyMap<string, Schema['DossierItem']>,
  verdicts: ReadonlyMap<string, Verdict>,
  filed: InboundAccount,
): PortalAccount {
  const all = [...verdicts.values()];
  const count = (is: (verdict: Verdict) => boolean): number => all.filter(is).length;
  const isSynchronised = (code: string): boolean => items.get(code)?.sync === 'synchronised';
  return {
    dossiers: plan.length,
    changes: [...items.values()].reduce((sum, { changes }) => sum + changes, 0),
    synchronised: [...verdicts].filter(([code, verdict]) => isSynchronised(code) && isWhole(verdict)).length,
    progressLines: all.reduce((sum, { lines }) => sum + lines, 0),
    dossiersLost: count(({ isLost }) => isLost) + plan.length - all.length + filed.lost,
    dossiersDuplicated: count(({ isDuplicated }) => isDuplicated) + filed.duplicated + ledger.differing,
    dossiersOutOfOrder: count(({ isOutOfOrder }) => isOutOfOrder),
    dossiersAltered: count(({ isAltered }) => isAltered) + filed.altered,
    ...{ repairs: ledger.mended, inbound: filed.inbound },
  };
}

function openUnits({ sandbox, units, patienceMs }: PortalDayOptions) {
  const system = sandbox.systems.find(({ clientId }) => clientId === systemIds.oneStop);
  if (!system) throw new Error('the sandbox has no one-stop system');
  const { clientId, privateKeyFile, actingUnits } = system;
  const { baseUrl: publicUrl } = sandbox;
  const session = openSession({
    ...{ publicUrl, targets: [publicUrl], clientId, privateKeyFile, connections: 64, patienceMs },
  });
  return { session, unitIds: actingUnits.slice(0, units) };
}

/** Runs the day's dossiers and compares both sides. @throws Error when the hub or the mock cannot be called at all */
export async function runPortalDay(options: PortalDayOptions): Promise<PortalResult> {
  const { place, seed, patienceMs } = options;
  const { session, unitIds } = openUnits(options);
  const plan = planDossiers({ dossiers: options.dossiers, seed, units: unitIds.length });
  const ledger = new PortalLedger();
  const since = new Date();
  const secondOfDay = Math.floor(since.getTime() / 1_000) % 86_400;
  const ground: RecordGround = {
    ...{ dayMs: since.getTime(), firstSerial: secondOfDay * serialsASecond },
    procedures: await readProcedures(place),
  };
  const before = await countTaken(place);
  const filed = Math.max(2, Math.floor(plan.length / filedOneIn));
  const beganMs = performance.now();
  const timer = setInterval(() => {
    options.onProgress(`${ledger.changes} records of ${ledger.said.size}/${plan.length} dossiers submitted`);
  }, progressMs);
  try {
    const fail = (error: unknown): void => ledger.fail(error);
    const receiving = receiveFiled({ session, place, unitIds, count: filed, seed, patienceMs, fail });
    const batches = planBatches(plan, seed);
    const { unitsAtOnce: atOnce } = options;
    const [inbound] = await Promise.all([
      receiving,
      submitAll({ session, ledger, unitIds, batches, ground, atOnce }),
    ]);
    await awaitPortal(options, ledger, { before, filed });
    const used = [...batches.keys()].flatMap((unit) => unitIds[unit] ?? []);
    const items = await awaitItems(options, () => readItems(session, used, since, ledger));
    const seconds = (performance.now() - beganMs) / 1_000;
    const account = toAccount(plan, ledger, items, await compareAll(options, ledger), inbound);
    const open = ledger.toMend.size + ledger.faults.length;
    return { ...account, seconds, ledger, disagreements: Math.abs(account.changes - ledger.changes) + open };
  } finally {
    clearInterval(timer);
    await session.close();
  }
}
