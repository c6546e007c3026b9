// When a payment is next asked for by itself, and its receipt. Pure. Source: payment-platform.md §8.7, §8.9
import type { PaymentRow, PaymentRules } from '../dependencies.ts';

const minuteMs = 60_000;

const addMinutes = (at: Date, minutes: number): Date => new Date(at.getTime() + minutes * minuteMs);

/**
 * When a payment that waits is asked for after `asked` questions. The last question is not put before its time is over: what
 * the payer may still do would else be asked for in vain, and go to a person.
 * @returns undefined: it was asked for as often as it is to be
 */
export function toNextQuery(
  { queryMinutes }: Pick<PaymentRules, 'queryMinutes'>,
  { expiresAt }: Pick<PaymentRow, 'expiresAt'>,
  asked: number,
  now: Date,
): Date | undefined {
  const minutes = queryMinutes[asked];
  const next = minutes === undefined ? undefined : addMinutes(now, minutes);
  if (asked < queryMinutes.length - 1) return next;
  if (now >= expiresAt) return next;
  return next !== undefined && next > expiresAt ? next : expiresAt;
}

/** The same of a receipt that is not ready. */
export function toNextReceipt(
  { receiptMinutes }: Pick<PaymentRules, 'receiptMinutes'>,
  attempts: number,
  now: Date,
): Date | undefined {
  const minutes = receiptMinutes[attempts];
  return minutes === undefined ? undefined : addMinutes(now, minutes);
}
