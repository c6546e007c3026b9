// What a province decides about payments, over defaults.
import { StartError } from '../../database/start-error.ts';
import type { PaymentRules } from './dependencies.ts';

/** Everything that a province decides about payments. */
export interface PaymentLimits extends PaymentRules {
  /** What payers say is kept for so many days after a payment came to its end. */
  readonly keepDays: number;
}

/** What holds where nothing is said. */
export const defaultPaymentRules: PaymentLimits = {
  variant: 'payment-platform',
  queryMinutes: [2, 5, 10, 30, 60, 180, 720, 1_440],
  receiptMinutes: [1, 2, 5, 15, 60, 360, 1_440],
  expiryHours: 72,
  receiptBytes: 10 * 2 ** 20,
  refusedPerMinute: 60,
  reconcileFromHour: 6,
  reconcileDaysBack: 7,
  keepDays: 180,
};

const isWhole = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;

const isMinutes = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= 100 &&
  value.every((minutes) => isWhole(minutes, 1, 100_000));

const fits: Readonly<Record<keyof PaymentLimits, (value: unknown) => boolean>> = {
  variant: (value) => value === 'payment-platform' || value === 'keypay',
  queryMinutes: isMinutes,
  receiptMinutes: isMinutes,
  expiryHours: (value) => isWhole(value, 1, 10_000),
  receiptBytes: (value) => isWhole(value, 1_024, 64 * 2 ** 20),
  refusedPerMinute: (value) => isWhole(value, 1, 100_000),
  reconcileFromHour: (value) => isWhole(value, 0, 23),
  reconcileDaysBack: (value) => isWhole(value, 1, 31),
  keepDays: (value) => isWhole(value, 1, 36_500),
};

const isName = (name: string): name is keyof PaymentLimits => Object.hasOwn(fits, name);

/**
 * Reads the rules that differ from the defaults.
 * @throws StartError naming every member that is not known or does not fit
 */
export function parsePaymentRules(json: unknown): PaymentLimits {
  if (json === undefined) return defaultPaymentRules;
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new StartError('limits of payment.v1 must be an object');
  const mistakes = Object.entries(json)
    .filter(([name, value]) => !isName(name) || !fits[name](value))
    .map(([name]) => name);
  if (mistakes.length > 0)
    throw new StartError(`limits of payment.v1: ${mistakes.join(', ')} not known or not fit`);
  return { ...defaultPaymentRules, ...json };
}
