// A try to pay, from the bank page or from a test: money is taken at most once for a reference.
import { randomInt } from 'node:crypto';
import type { Outcome } from './journal.ts';
import { toKeyPayReturn } from './keypay-fields.ts';
import type { Payment } from './ledger.ts';
import type { ConfirmPlan } from './live.ts';
import type { Parts } from './parts.ts';
import { toPayGovReturn } from './paygov-fields.ts';

/** How a try is to go. */
export interface Wish {
  readonly outcome: Outcome;
  readonly by: 'page' | 'control';
  readonly plan: ConfirmPlan;
  /** When the bank takes the money; undefined = now. */
  readonly paidAtMs: number | undefined;
  readonly pendingMs: number;
  readonly becomes: 'success' | 'fail';
}

/** What became of a try. `ended`: it failed, was given up or cancelled before, or the bank has not answered yet. */
export type Attempted = 'done' | 'paid' | 'ended';

/** A pending payment whose time has come becomes what it becomes. To be called where nothing else changes the payment. */
export async function settleDue(payment: Payment, parts: Parts): Promise<void> {
  const { journal, schedule, confirmer } = parts;
  const { state, pendingUntilMs, becomes, reference, plan } = payment;
  if (state !== 'pending' || becomes === undefined || pendingUntilMs === undefined) return;
  if (pendingUntilMs > schedule.nowMs()) return;
  await journal.append({ event: 'settled', reference, outcome: becomes });
  confirmer.sendLater(reference, plan?.delayMs ?? 0);
}

/** Has a pending payment settle when its time comes. */
export function settleLater(payment: Payment, parts: Parts): void {
  const { locks, schedule } = parts;
  schedule.at(payment.pendingUntilMs ?? 0, () =>
    locks.run(payment.reference, () => settleDue(payment, parts)),
  );
}

function toRefusal({ state }: Payment, { by }: Wish): Attempted | undefined {
  if (state === 'paid' || state === 'refunded') return 'paid';
  if (state === 'pending') return 'ended';
  return by === 'page' && state !== 'initial' ? 'ended' : undefined;
}

/** Tries to pay. The money is taken when its line is on disk. */
export async function attempt(payment: Payment, wish: Wish, parts: Parts): Promise<Attempted> {
  const { journal, locks, schedule } = parts;
  const { reference } = payment;
  return locks.run(reference, async () => {
    await settleDue(payment, parts);
    const refusal = toRefusal(payment, wish);
    if (refusal !== undefined) return refusal;
    const { outcome, by, plan, becomes } = wish;
    const paidAtMs = wish.paidAtMs ?? schedule.nowMs();
    const pendingUntilMs = schedule.nowMs() + wish.pendingMs;
    const transaction = `GD${String(randomInt(1_000_000_000_000)).padStart(12, '0')}`;
    await journal.append({
      ...{ event: 'attempt', reference, outcome, by, transaction, paidAtMs, plan },
      ...(outcome === 'pending' && { pendingUntilMs, becomes }),
    });
    if (outcome === 'pending') settleLater(payment, parts);
    return 'done';
  });
}

/** Where the user is sent back to, with what the browser tells; undefined: nowhere. For display only. [assumed] */
export function toReturnUrl(payment: Payment, { live, settings }: Parts): string | undefined {
  const address = payment.returnUrl ?? live().returnUrl;
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  const fields =
    payment.face === 'keypay'
      ? toKeyPayReturn(payment, settings)
      : payment.face === 'paygov'
        ? toPayGovReturn(payment, settings)
        : {
            MaThamChieu: payment.reference,
            MaLoi: payment.state === 'paid' ? '00' : '99',
            ...(payment.transaction && { MaGiaoDich: payment.transaction }),
          };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

/**
 * Has the CONFIRM of a payment and the answer to its user go in the planned order.
 * @param respond answers the user
 */
export async function confirmAndRespond(
  payment: Payment,
  respond: () => Promise<void>,
  { confirmer }: Parts,
): Promise<void> {
  const { reference, plan } = payment;
  const delayMs = plan?.delayMs ?? 0;
  if (plan?.order === 'confirmFirst' && delayMs === 0) {
    await confirmer.sendNext(reference);
    await respond();
  } else if (plan?.order === 'returnFirst') {
    await respond();
    confirmer.sendLater(reference, delayMs);
  } else {
    confirmer.sendLater(reference, delayMs);
    await respond();
  }
}
