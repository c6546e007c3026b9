// Which payment platforms this hub is connected to, and by which rules: all that the settings say of payments.
import {
  createPaymentPlatformAdapter,
  parsePaymentPlatformSettings,
  paymentPlatformName,
} from '../../../adapters/payment-platform/index.ts';
import type { Settings } from '../../config.ts';
import { StartError } from '../../database/start-error.ts';
import type { Platforms } from './dependencies.ts';
import { type PaymentLimits, parsePaymentRules } from './rules.ts';

/** Sources by their names in the settings: the platform, and the older variant beside it where there still is one. */
const sources = [paymentPlatformName, 'keypay'] as const;

/**
 * Opens the platforms; nothing is connected until the first call. None: this hub is not connected to any.
 * @throws Error | StartError naming what does not fit
 */
export function connectPayment(settings: Pick<Settings, 'sources' | 'limits'>): {
  readonly platforms: Platforms;
  readonly rules: PaymentLimits;
} {
  const rules = parsePaymentRules(settings.limits['payment.v1']);
  const all = sources
    .flatMap((name) => settings.sources[name] ?? [])
    .map((json) => createPaymentPlatformAdapter(parsePaymentPlatformSettings(json)));
  const platforms: Platforms = Object.fromEntries(all.map((platform) => [platform.variant, platform]));
  if (Object.keys(platforms).length < all.length)
    throw new StartError(`sources ${sources.join(' and ')} are of one variant`);
  if (all.length > 0 && !platforms[rules.variant])
    throw new StartError(`limits of payment.v1: no source is of the variant ${rules.variant}`);
  return { platforms, rules };
}
