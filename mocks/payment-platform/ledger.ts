// The payments as they follow from the journal: what was asked for, what was taken, what was told. Nothing else changes them.
import type { Difference, Effect, Entry, FaceName, Verdict } from './journal.ts';
import { type ConfirmPlan, type LiveSettings, liveDefaults } from './live.ts';

/** Where a payment stands. */
export type State = 'initial' | 'pending' | 'paid' | 'failed' | 'abandoned' | 'cancelled' | 'refunded';

/** One CONFIRM that was sent. */
export interface Confirm {
  readonly attempt: number;
  readonly mode: string;
  readonly sentAt: string;
  verdict?: Verdict;
  code?: string;
}

/** One payment. */
export interface Payment {
  readonly face: FaceName;
  readonly reference: string;
  readonly amount: number;
  readonly text: string;
  readonly dossier: string;
  readonly token: string;
  readonly returnUrl: string | undefined;
  readonly content: string;
  readonly members: Readonly<Record<string, string>>;
  state: State;
  /** VND that left the payer's account. */
  taken: number;
  isCancelled: boolean;
  transaction: string | undefined;
  paidAtMs: number | undefined;
  plan: ConfirmPlan | undefined;
  pendingUntilMs: number | undefined;
  becomes: 'success' | 'fail' | undefined;
  readonly confirms: Confirm[];
  /** What happened, in order. */
  readonly order: string[];
}

/** All payments. */
export interface Ledger {
  readonly apply: (entry: Entry) => void;
  readonly find: (reference: string) => Payment | undefined;
  readonly findByToken: (token: string) => Payment | undefined;
  readonly all: () => readonly Payment[];
  /** Whether a dossier has a payment that is under way or paid, on this face. */
  readonly isBusy: (face: FaceName, dossier: string) => boolean;
  readonly differences: (date: string) => readonly Difference[];
  readonly allDifferences: () => Readonly<Record<string, readonly Difference[]>>;
  /** What a test has set; undefined: nothing since the configuration changed. */
  readonly live: () => LiveSettings | undefined;
  /** The digest of the configuration of the last start. */
  readonly config: () => string | undefined;
  readonly counts: () => object;
}

type Received = Extract<Entry, { event: 'received' }>;
type Attempt = Extract<Entry, { event: 'attempt' }>;

function toPayment(reference: string, face: FaceName, effect: Extract<Effect, { kind: 'initialised' }>) {
  const { amount, text, dossier, token, returnUrl, content, members } = effect;
  const payment: Payment = {
    ...{ face, reference, amount, text, dossier, token, returnUrl, content, members },
    ...{ state: 'initial', taken: 0, isCancelled: false, confirms: [], order: ['initialised'] },
    ...{ transaction: undefined, paidAtMs: undefined, plan: undefined },
    ...{ pendingUntilMs: undefined, becomes: undefined },
  };
  return payment;
}

function take(payment: Payment): void {
  payment.state = 'paid';
  payment.taken += payment.amount;
}

function applyAttempt(payment: Payment, entry: Attempt): void {
  payment.order.push(entry.outcome);
  payment.transaction = entry.transaction;
  payment.paidAtMs = entry.paidAtMs;
  payment.plan = entry.plan;
  payment.pendingUntilMs = entry.pendingUntilMs;
  payment.becomes = entry.becomes;
  if (entry.outcome === 'success') take(payment);
  else payment.state = ({ fail: 'failed', abandon: 'abandoned', pending: 'pending' } as const)[entry.outcome];
}

function applySettled(payment: Payment, outcome: 'success' | 'fail'): void {
  payment.order.push(`settled:${outcome}`);
  if (outcome === 'success') take(payment);
  else payment.state = 'failed';
}

function applyEffect(payment: Payment, { kind }: Effect): void {
  payment.order.push(kind);
  if (kind === 'cancelled') {
    payment.isCancelled = true;
    payment.state = 'cancelled';
  } else if (kind === 'refunded') {
    payment.state = 'refunded';
    payment.taken = 0;
  }
}

function applyToPayment(payment: Payment, entry: Entry): void {
  if (entry.event === 'attempt') applyAttempt(payment, entry);
  else if (entry.event === 'settled') applySettled(payment, entry.outcome);
  else if (entry.event === 'returned') payment.order.push('returned');
  else if (entry.event === 'confirmSent') {
    const { attempt, mode, at } = entry;
    payment.confirms.push({ attempt, mode, sentAt: at });
    payment.order.push(`confirm:${attempt}`);
  } else if (entry.event === 'confirmAnswered') {
    const confirm = payment.confirms.find(({ attempt }) => attempt === entry.attempt);
    if (confirm) {
      confirm.verdict = entry.verdict;
      if (entry.code !== undefined) confirm.code = entry.code;
    }
    payment.order.push(`answer:${entry.attempt}:${entry.verdict}`);
  }
}

function countBy(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** An empty ledger. */
export function createLedger(): Ledger {
  const payments = new Map<string, Payment>();
  const byToken = new Map<string, Payment>();
  const differences = new Map<string, readonly Difference[]>();
  const received: Record<string, number> = {};
  let refused = 0;
  let live: LiveSettings | undefined;
  let config: string | undefined;

  const applyReceived = ({ message, code, reference, face, effect }: Received): void => {
    received[message] = (received[message] ?? 0) + 1;
    if (code !== '00') refused += 1;
    if (effect === undefined || reference === undefined) return;
    const known = payments.get(reference);
    if (effect.kind !== 'initialised') {
      if (known) applyEffect(known, effect);
    } else {
      const payment = toPayment(reference, face, effect);
      payments.set(reference, payment);
      byToken.set(payment.token, payment);
    }
  };
  const apply = (entry: Entry): void => {
    if (entry.event === 'started') {
      if (config !== entry.config) live = undefined;
      config = entry.config;
    } else if (entry.event === 'set') live = { ...liveDefaults, ...entry.live };
    else if (entry.event === 'differences') differences.set(entry.date, entry.differences);
    else if (entry.event === 'received') applyReceived(entry);
    else if ('reference' in entry) {
      const payment = payments.get(entry.reference);
      if (payment) applyToPayment(payment, entry);
    }
  };
  const all = (): readonly Payment[] => [...payments.values()];
  return {
    apply,
    find: (reference) => payments.get(reference),
    findByToken: (token) => byToken.get(token),
    all,
    isBusy: (face, dossier) =>
      all().some(
        (one) =>
          one.face === face && one.dossier === dossier && ['initial', 'pending', 'paid'].includes(one.state),
      ),
    differences: (date) => differences.get(date) ?? [],
    allDifferences: () => Object.fromEntries(differences),
    live: () => live,
    config: () => config,
    counts: () => ({
      payments: countBy(all().map(({ state }) => state)),
      taken: all().reduce((sum, payment) => sum + payment.taken, 0),
      received: { ...received },
      refused,
      confirms: countBy(all().flatMap(({ confirms }) => confirms.map(({ verdict }) => verdict ?? 'open'))),
    }),
  };
}
