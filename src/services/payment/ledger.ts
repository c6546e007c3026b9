// The ledger's rules: what one more event means where a payment stands. Pure and total: every event has a stated outcome
// in every state, and a doubt goes to a person. Source: payment-platform.md §1.5, §5, §8.5-8.8, §8.11

/** Where a payment stands; exactly one of these. `in-doubt`: asked for long enough, a person has it. */
export const paymentStates = [
  'created',
  'waiting',
  'in-doubt',
  'paid',
  'failed',
  'expired',
  'cancelled',
  'refund-requested',
  'refunded',
] as const;

/** Where a payment stands. */
export type PaymentState = (typeof paymentStates)[number];

/** States in which the money counts as confirmed; `refunded` is money that was confirmed and went back. */
export const confirmedStates: readonly PaymentState[] = ['paid', 'refund-requested', 'refunded'];

/** What waits for a person. The first list comes of payments, the second has none of ours to stand at. */
export const exceptionKinds = [
  ...(['wrong-amount', 'after-cancel', 'after-failure', 'late', 'paid-twice'] as const),
  ...(['pending-too-long', 'status-differs', 'amount-differs', 'only-ours', 'refund-differs'] as const),
  ...(['unknown-reference', 'only-theirs'] as const),
] as const;

/** What waits for a person. */
export type ExceptionKind = (typeof exceptionKinds)[number];

/** What a row of the platform's reconciliation says became of the money. */
export type LineStatus = 'paid' | 'refunded' | 'not-paid' | 'unknown';

/** Something that was learned of a payment, or that somebody asks for. What a message says was verified before. */
export type LedgerEvent =
  /** INIT was answered with an address to pay at. */
  | { readonly kind: 'url-received' }
  /** INIT was refused for good: there is no address. */
  | { readonly kind: 'init-refused' }
  /** A verified confirmation of success. */
  | { readonly kind: 'confirmed'; readonly amount: number; readonly transaction: string | undefined }
  /** A verified confirmation with any other code. §1.5 */
  | { readonly kind: 'not-confirmed' }
  /** The platform's answers to QUERY; `query-unknown`: any code but `00`. */
  | { readonly kind: 'query-paid' | 'query-pending' | 'query-failed' | 'query-unknown' }
  /** QUERY says "paid", and names no amount, of one for which the platform has named another amount. */
  | { readonly kind: 'query-paid-other' }
  /** A row of the platform's reconciliation with our reference. */
  | {
      readonly kind: 'line';
      readonly status: LineStatus;
      readonly amount: number;
      readonly transaction: string | undefined;
    }
  /** The platform's reconciliation of the day has no row of our reference. */
  | { readonly kind: 'no-line' }
  /** Its time is over, and the platform, asked after that, knows of no money. */
  | { readonly kind: 'expired' }
  /** It was asked for as often as it is to be. */
  | { readonly kind: 'polls-exhausted' }
  /** The unit's system asks for it. */
  | { readonly kind: 'cancelled' | 'refund-requested' }
  /** A person says what became of a refund. */
  | { readonly kind: 'refund-made' | 'refund-refused' }
  /** A person decides on an exception: its verified message or reconciled line holds. */
  | { readonly kind: 'accepted'; readonly amount: number }
  /** A person decides that no money came. */
  | { readonly kind: 'not-paid' };

/** A payment as far as the rules need it. */
export interface LedgerPayment {
  readonly state: PaymentState;
  /** VND; never changes. */
  readonly amount: number;
  /** The platform's code of the transaction that paid it; undefined until a message or line names it. */
  readonly transaction: string | undefined;
}

/** Why an act that somebody asked for does not fit; a problem code. */
export type LedgerRefusal =
  | 'payment-not-cancellable'
  | 'payment-not-refundable'
  | 'refund-not-requested'
  | 'decision-unfit';

/**
 * What an event means. `change` with an exception takes effect and is shown to a person all the same; `exception` alone
 * changes nothing; `nothing` was known before or says nothing new; `refused` is for whoever asked.
 */
export type Verdict =
  | { readonly kind: 'change'; readonly to: PaymentState; readonly exception?: ExceptionKind }
  | { readonly kind: 'exception'; readonly exception: ExceptionKind }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly problem: LedgerRefusal };

const nothing: Verdict = { kind: 'nothing' };
const to = (state: PaymentState, exception?: ExceptionKind): Verdict => ({
  kind: 'change',
  to: state,
  ...(exception && { exception }),
});
const toPerson = (exception: ExceptionKind): Verdict => ({ kind: 'exception', exception });
const refuse = (problem: LedgerRefusal): Verdict => ({ kind: 'refused', problem });

/** What may follow a state, whatever the event; the database holds the same table (0025_payments.sql). */
export const followers: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  created: ['waiting', 'in-doubt', 'paid', 'failed', 'expired', 'cancelled'],
  waiting: ['in-doubt', 'paid', 'failed', 'expired', 'cancelled'],
  'in-doubt': ['paid', 'failed'],
  paid: ['refund-requested'],
  failed: ['paid'],
  expired: ['paid'],
  cancelled: ['paid'],
  'refund-requested': ['paid', 'refunded'],
  refunded: [],
};

type EventOf<Kind> = Extract<LedgerEvent, { readonly kind: Kind }>;
type Rules = {
  readonly [Kind in LedgerEvent['kind']]: (payment: LedgerPayment, event: EventOf<Kind>) => Verdict;
};

const isConfirmed = ({ state }: LedgerPayment): boolean => confirmedStates.includes(state);
const isOpen = ({ state }: LedgerPayment): boolean => state === 'created' || state === 'waiting';

/** The platform says that it has the money, in the whole amount. After a cancel only a person can take it. */
function takeMoney({ state }: LedgerPayment): Verdict {
  if (state === 'cancelled') return toPerson('after-cancel');
  if (state === 'expired') return to('paid', 'late');
  if (state === 'failed') return to('paid', 'after-failure');
  return confirmedStates.includes(state) ? nothing : to('paid');
}

const isSecond = ({ transaction }: LedgerPayment, other: string | undefined): boolean =>
  transaction !== undefined && other !== undefined && transaction !== other;

function judgeConfirmed(payment: LedgerPayment, { amount, transaction }: EventOf<'confirmed'>): Verdict {
  if (amount !== payment.amount) return toPerson('wrong-amount');
  return isConfirmed(payment) && isSecond(payment, transaction) ? toPerson('paid-twice') : takeMoney(payment);
}

/** The platform says that there is no money where we have confirmed some; of a refunded one that is no contradiction. */
const judgeDenied = ({ state }: LedgerPayment): Verdict =>
  state === 'paid' || state === 'refund-requested' ? toPerson('status-differs') : nothing;

function judgeLine(payment: LedgerPayment, { status, amount, transaction }: EventOf<'line'>): Verdict {
  if (amount !== payment.amount) return toPerson('amount-differs');
  if (status === 'not-paid') return judgeDenied(payment);
  if (status === 'unknown') return toPerson('status-differs');
  if (status === 'refunded') return payment.state === 'refunded' ? nothing : toPerson('refund-differs');
  if (isConfirmed(payment) && isSecond(payment, transaction)) return toPerson('paid-twice');
  return isConfirmed(payment) ? nothing : toPerson('status-differs');
}

function judgeAccepted(payment: LedgerPayment, { amount }: EventOf<'accepted'>): Verdict {
  return isConfirmed(payment) || amount !== payment.amount ? refuse('decision-unfit') : to('paid');
}

const rules: Rules = {
  'url-received': ({ state }) => (state === 'created' ? to('waiting') : nothing),
  'init-refused': ({ state }) => (state === 'created' ? to('failed') : nothing),
  confirmed: judgeConfirmed,
  'not-confirmed': judgeDenied,
  'query-paid': takeMoney,
  // The other amount waits for a person already.
  'query-paid-other': () => nothing,
  'query-pending': () => nothing,
  'query-failed': (payment) =>
    isOpen(payment) || payment.state === 'in-doubt' ? to('failed') : judgeDenied(payment),
  'query-unknown': () => nothing,
  line: judgeLine,
  'no-line': ({ state }) => (confirmedStates.includes(state) ? toPerson('only-ours') : nothing),
  expired: (payment) => (isOpen(payment) ? to('expired') : nothing),
  'polls-exhausted': (payment) => (isOpen(payment) ? to('in-doubt', 'pending-too-long') : nothing),
  cancelled: (payment) => {
    if (payment.state === 'cancelled') return nothing;
    return isOpen(payment) ? to('cancelled') : refuse('payment-not-cancellable');
  },
  'refund-requested': ({ state }) => {
    if (state === 'paid') return to('refund-requested');
    return state === 'refund-requested' ? nothing : refuse('payment-not-refundable');
  },
  'refund-made': ({ state }) => {
    if (state === 'refund-requested') return to('refunded');
    return state === 'refunded' ? nothing : refuse('refund-not-requested');
  },
  'refund-refused': ({ state }) =>
    state === 'refund-requested' ? to('paid') : refuse('refund-not-requested'),
  accepted: judgeAccepted,
  'not-paid': ({ state }) => (state === 'in-doubt' ? to('failed') : refuse('decision-unfit')),
};

/** What an event means where a payment stands. Every pair has an outcome; only this decides that a state changes. */
export function decide(payment: LedgerPayment, event: LedgerEvent): Verdict {
  // The compiler cannot tie the key to the parameter of the rule that it finds; the type `Rules` does.
  const rule = rules[event.kind] as (payment: LedgerPayment, event: LedgerEvent) => Verdict;
  return rule(payment, event);
}

/** Whether a confirmation is answered with `00`: it took effect, or had done so before, or asks for none. */
export const isAcknowledged = (verdict: Verdict): boolean =>
  verdict.kind === 'change' || verdict.kind === 'nothing';
