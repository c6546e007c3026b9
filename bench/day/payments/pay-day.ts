// The day's payments against a running hub: demanded, paid, told, receipted and reconciled; at the end the money of both sides
// is added up.
import type { components } from '../../../openapi/types/payment.v1.ts';
import type { SandboxFile } from '../../../src/sandbox/sandbox-file.ts';
import { systemIds } from '../../../src/sandbox/seed-systems.ts';
import { type HubSession, openSession } from '../session.ts';
import { isPaid, needsPerson, type PlannedPayment, planPayments } from './plan.ts';
import { isOfDay, type PlatformPayment, type PlatformPlace, readPlatform, toDayBefore } from './platform.ts';
import { accept, planDifferences, type Reckoner, reckon, toExpected } from './reckoning.ts';
import { closeDecided, type Demanded, readPayments, takePayments } from './units.ts';

type Payment = components['schemas']['PaymentWithHistory'];
type Case = components['schemas']['PaymentException'];
type Line = components['schemas']['ReconciliationLine'];

/** What a day of payments is run with. */
export interface PayDayOptions {
  readonly sandbox: Pick<SandboxFile, 'baseUrl' | 'systems'>;
  readonly place: PlatformPlace;
  readonly payments: number;
  readonly seed: number;
  /** Units that take part; default all that the system acts for. */
  readonly units?: number;
  readonly patienceMs: number;
  readonly onProgress: (text: string) => void;
}

/** What both sides say. */
export interface PayAccount {
  readonly payments: number;
  /** That the hub has as paid. */
  readonly paid: number;
  /** VND of these. */
  readonly confirmedSum: number;
  /** VND that the platform took for the day's payments. */
  readonly platformSum: number;
  /** Cases that the hub gave to a person: of payments, and of rows that are nobody's. */
  readonly exceptions: number;
  /** Lines of the reconciliation that say of the day's payments what is so. */
  readonly reconciled: number;
  /** Whatever does not add up: payments, outcomes, receipts and lines that are not as they must be. */
  readonly unexplained: number;
  readonly receipts: number;
}

/** The account and what else is worth knowing. */
export interface PayResult extends PayAccount {
  readonly seconds: number;
  readonly faults: readonly string[];
}

const mostFaults = 100;

function open(options: PayDayOptions, id: string) {
  const { sandbox, patienceMs } = options;
  const system = sandbox.systems.find(({ clientId }) => clientId === id);
  if (!system) throw new Error(`the sandbox has no system ${id}`);
  const { clientId, privateKeyFile } = system;
  const [publicUrl, targets] = [sandbox.baseUrl, [sandbox.baseUrl]];
  const session = openSession({
    ...{ publicUrl, targets, clientId, privateKeyFile, connections: 32, patienceMs },
  });
  return { session, system };
}

function openReckoner(options: PayDayOptions): Reckoner {
  const { session, system } = open(options, systemIds.administrator);
  return { session, unitId: system.actingUnits[0] ?? '', officerId: system.officerId ?? '' };
}

/** Money of which nothing had been heard when the hub reconciled the day by itself, in the middle of ours. */
const isFoundByHub = ({ kind, reconciliationId }: Case, { states }: Payment, ours: string): boolean =>
  kind === 'status-differs' &&
  reconciliationId !== ours &&
  states.some((change) => change.to === 'paid' && change.reconciliationId === reconciliationId);

/** A confirmation with another amount goes to a person, and so does each difference of the day's file. */
function* judgeExceptions(
  { planned, reference }: Demanded,
  payment: Payment | undefined,
  reconciled: { readonly id: string; readonly line: Line['kind'] | undefined },
) {
  const { id, line } = reconciled;
  const cases = payment?.exceptions.filter((one) => !isFoundByHub(one, payment, id)) ?? [];
  const found = cases.map(({ kind }) => kind).sort();
  const expected = [
    ...(needsPerson(planned) ? ['wrong-amount'] : []),
    ...(line === undefined || line === 'matched' ? [] : [line]),
  ].sort();
  if (found.join() !== expected.join())
    yield `${reference} (${planned.course}) has the cases ${found.join(', ') || 'none'}, not ${expected.join(', ') || 'none'}`;
}

/** What of one payment is not as it must be. */
function* judge(demanded: Demanded, payment: Payment | undefined, theirs: PlatformPayment | undefined) {
  const { planned, reference, outcomes, hasReceipt } = demanded;
  const mustBePaid = isPaid(planned);
  const isPaidHere = payment?.payment.state === 'paid';
  if (!payment || !theirs) yield `${reference} is known to one side only`;
  if (isPaidHere !== mustBePaid) yield `${reference} (${planned.course}) is ${payment?.payment.state}`;
  if ((theirs?.state === 'paid') !== mustBePaid) yield `${reference} is ${theirs?.state} at the platform`;
  if (payment && theirs && payment.payment.amount !== theirs.amount) yield `${reference} has two amounts`;
  const told = [...outcomes.values()].filter(({ state }) => state === 'paid');
  if (told.length !== (mustBePaid ? 1 : 0)) yield `${reference} was told paid ${told.length} times`;
  if (told.some(({ amount }) => amount !== theirs?.amount)) yield `${reference} was told with another amount`;
  if (hasReceipt !== mustBePaid) yield `${reference} has ${hasReceipt ? 'a' : 'no'} receipt`;
}

interface Both {
  readonly all: readonly Demanded[];
  readonly here: ReadonlyMap<string, Payment>;
  readonly there: ReadonlyMap<string, PlatformPayment>;
}

async function readBoth(
  session: HubSession,
  { place }: PayDayOptions,
  all: readonly Demanded[],
): Promise<Both> {
  const there = await readPlatform(place, new Set(all.map(({ reference }) => reference)));
  return { all, here: await readPayments(session, all), there };
}

/** Reconciles the day of the money. @returns how many lines are right, and what is wrong */
async function reconcile(
  reckoner: Reckoner,
  options: PayDayOptions,
  { all, there }: Both,
  { day, run }: { readonly day: string; readonly run: string },
) {
  const rows = [...there.values()].filter((one) => one.state === 'paid' && isOfDay(one, day));
  const known = rows.map(({ reference }) => reference);
  // A confirmation tells the day of the money; of what was asked for the hub may know another one.
  const dated = new Set(
    all.filter(({ planned }) => planned.course === 'valid').map(({ reference }) => reference),
  );
  const differences = planDifferences(
    known.filter((one) => dated.has(one)),
    run,
  );
  const held = all.filter(({ planned }) => needsPerson(planned)).map(({ reference }) => reference);
  const expected = new Map([
    ...toExpected(known, differences),
    ...held.filter((one) => known.includes(one)).map((one) => [one, 'status-differs'] as const),
  ]);
  const { id, lines } = await reckon(reckoner, options.place, {
    day,
    differences,
    patienceMs: options.patienceMs,
  });
  const ours = new Set([...expected.keys(), ...all.map(({ reference }) => reference)]);
  const mine = lines.filter(({ reference }) => ours.has(reference));
  const right = mine.filter(({ reference, kind }) => expected.get(reference) === kind);
  const seen = new Set(right.map(({ reference }) => reference));
  const faults = [
    ...mine
      .filter(({ reference, kind }) => expected.get(reference) !== kind)
      .map(({ reference, kind }) => `${reference} is ${kind}, not ${expected.get(reference) ?? 'there'}`),
    ...[...expected].flatMap(([reference, kind]) =>
      seen.has(reference) ? [] : [`no line says that ${reference} is ${kind}`],
    ),
    ...(right.length > seen.size ? [`${right.length - seen.size} lines are there twice`] : []),
  ];
  for (const { reference, exceptionId } of mine)
    if (held.includes(reference) && exceptionId) await accept(reckoner, exceptionId);
  const strange = mine.filter(({ kind, exceptionId }) => kind === 'only-theirs' && exceptionId).length;
  return { id, reconciled: seen.size, strange, expected, faults };
}

const sumOf = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);

function toSums({ here, there }: Both) {
  const paid = [...here.values()].filter(({ payment }) => payment.state === 'paid');
  const theirs = [...there.values()].filter(({ state }) => state === 'paid');
  return {
    paid: paid.length,
    confirmedSum: sumOf(paid.map(({ payment }) => payment.amount)),
    platformSum: sumOf(theirs.map(({ amount }) => amount)),
  };
}

async function play(
  session: HubSession,
  reckoner: Reckoner,
  options: PayDayOptions,
  given: { readonly unitIds: readonly string[]; readonly plan: readonly PlannedPayment[] },
): Promise<PayResult> {
  const { place, patienceMs } = options;
  const faults: string[] = [];
  const fail = (error: unknown): void => {
    if (faults.length < mostFaults) faults.push(error instanceof Error ? error.message : String(error));
  };
  const [day, beganMs] = [toDayBefore(Date.now()), performance.now()];
  const run = Math.floor(Date.now() / 1_000).toString(36);
  const payers = { ...given, session, place, run, day, patienceMs, fail };
  const all = await takePayments(payers, (count) =>
    options.onProgress(`${count}/${given.plan.length} payments demanded`),
  );
  const before = await readBoth(session, options, all);
  const reckoned = await reconcile(reckoner, options, before, { day, run });
  await closeDecided(payers, all);
  const { id, reconciled, strange, expected, faults: wrong } = reckoned;
  const after = await readBoth(session, options, all);
  const judged = all.flatMap((one) => [
    ...judge(one, after.here.get(one.reference), after.there.get(one.reference)),
    ...judgeExceptions(one, after.here.get(one.reference), { id, line: expected.get(one.reference) }),
  ]);
  const sums = toSums(after);
  const missing = given.plan.length - all.length;
  const unequal = sums.confirmedSum === sums.platformSum ? [] : ['the sums of both sides differ'];
  const unexplained = [...judged, ...wrong, ...unequal];
  return {
    ...{ payments: given.plan.length, ...sums },
    exceptions: strange + sumOf([...after.here.values()].map(({ exceptions }) => exceptions.length)),
    ...{ reconciled, unexplained: unexplained.length + missing },
    receipts: all.filter(({ hasReceipt }) => hasReceipt).length,
    seconds: (performance.now() - beganMs) / 1_000,
    faults: [...unexplained, ...faults],
  };
}

/** Runs the day's payments and adds both sides up. @throws Error when hub or mock cannot be called at all */
export async function runPayDay(options: PayDayOptions): Promise<PayResult> {
  const { session, system } = open(options, systemIds.oneStop);
  const reckoner = openReckoner(options);
  const unitIds = system.actingUnits.slice(0, options.units);
  const { payments, seed } = options;
  try {
    const plan = planPayments({ payments, seed, units: unitIds.length });
    return await play(session, reckoner, options, { unitIds, plan });
  } finally {
    await Promise.all([session.close(), reckoner.session.close()]);
  }
}
