// The national payment platform as the hub sees it: one port, its variants by configuration. PayGov (§3) has no variant: the
// members of its request and the order of its checks are not stated. Source: payment-platform.md §8.12
import { createKeyPay } from './keypay/keypay.ts';
import type { PaymentPlatform } from './payment.ts';
import { createPortalPlatform } from './platform.ts';
import type { PaymentPlatformSettings } from './settings.ts';

export * from './payment.ts';
export { type PaymentPlatformSettings, parsePaymentPlatformSettings } from './settings.ts';

/**
 * Opens a platform; nothing is connected until the first call.
 * @param now epoch milliseconds, for the day's file and for callbacks that state no time
 */
export function createPaymentPlatformAdapter(
  settings: PaymentPlatformSettings,
  now: () => number = Date.now,
): PaymentPlatform {
  return settings.variant === 'keypay' ? createKeyPay(settings, now) : createPortalPlatform(settings, now);
}
