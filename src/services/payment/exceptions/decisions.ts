// What a person may decide of an exception, as things stand now. Pure; what a decision does is the ledger's to say.
// Source: payment-platform.md §5, §8.7, §8.8, docs/decisions/0037-the-ground-of-payments.md
import type { components } from '../../../../openapi/types/payment.v1.ts';
import { confirmedStates, type ExceptionKind, type LedgerEvent, type PaymentState } from '../ledger.ts';

/** What may be decided. */
export type Decision = components['schemas']['Decision'];

/** An exception as far as decisions depend on it. */
export interface Decidable {
  readonly kind: ExceptionKind;
  /** Of the payment, now; undefined: there is none. */
  readonly ourState: PaymentState | undefined;
  /** VND; never changes. */
  readonly ourAmount: number | undefined;
  /** What the platform's message or row says of the money. */
  readonly theirStatus: string | undefined;
  /** VND; undefined: it names none. */
  readonly theirAmount: number | undefined;
  /** The platform's codes of the transaction that paid, and of the one that is told of; a question's answer names none. */
  readonly ourTransaction?: string | undefined;
  readonly theirTransaction?: string | undefined;
}

const isConfirmed = ({ ourState }: Decidable): boolean =>
  ourState !== undefined && confirmedStates.includes(ourState);

/** Money of which the platform says that it has it is given back, or known to be in order. */
const ofMoney = ({ theirStatus }: Decidable): readonly Decision[] =>
  theirStatus === 'paid' ? ['return-money', 'noted'] : ['noted'];

/** Whether what is told of is the very money that the payment has by now. */
const isOurMoney = (exception: Decidable): boolean =>
  isConfirmed(exception) &&
  (exception.theirTransaction === undefined || exception.theirTransaction === exception.ourTransaction);

/** While our payment has no money, what has come is taken or given back: to have seen it is not enough. */
function ofWholeMoney(exception: Decidable): readonly Decision[] {
  if (exception.theirStatus === 'paid' && !isConfirmed(exception)) return ['accept', 'return-money'];
  return isOurMoney(exception) ? ['noted'] : ofMoney(exception);
}

/** What may be decided, never nothing. A payment in doubt stays so until somebody says that nothing came. */
export function toDecisions(exception: Decidable): readonly Decision[] {
  switch (exception.kind) {
    case 'after-cancel':
    case 'status-differs':
      return ofWholeMoney(exception);
    case 'pending-too-long':
      return exception.ourState === 'in-doubt' ? ['not-paid'] : ['noted'];
    case 'wrong-amount':
    case 'amount-differs':
    case 'paid-twice':
    case 'unknown-reference':
    case 'only-theirs':
      return ofMoney(exception);
    default:
      return ['noted'];
  }
}

/** What a decision is to the ledger; undefined: the payment stays as it is. An answer that names no amount is of the whole. */
export function toEvent(
  decision: Decision,
  { ourAmount = 0, theirAmount }: Decidable,
): LedgerEvent | undefined {
  if (decision === 'accept') return { kind: 'accepted', amount: theirAmount ?? ourAmount };
  return decision === 'not-paid' ? { kind: 'not-paid' } : undefined;
}
