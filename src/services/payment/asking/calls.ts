// What came of a call to the platform, as a message of the payment. A call of which nothing was sent leaves none.
import { SourceError, type SourceTrace } from '../../../../adapters/adapter.ts';
import {
  type PaymentCall,
  type PaymentPlatform,
  paymentPlatformName,
} from '../../../../adapters/payment-platform/payment.ts';
import type { MessageDraft, PaymentMovement, PaymentRooms, PaymentRow } from '../dependencies.ts';

/** A call under way. */
export interface PaymentAct {
  readonly payment: PaymentRow;
  readonly platform: PaymentPlatform;
  readonly call: PaymentCall;
}

/** The platform that a payment is at. @throws SourceError unavailable where this hub is no longer connected to it */
export function findPlatform(
  { platforms }: Pick<PaymentRooms, 'platforms'>,
  { variant }: Pick<PaymentRow, 'variant'>,
): PaymentPlatform {
  const platform = platforms[variant];
  if (platform) return platform;
  throw new SourceError('unavailable', paymentPlatformName, `no platform ${variant} is connected`, {
    party: 'hub',
  });
}

/** A message to the platform with its answer. */
export const toSent = (
  { payment, call }: Pick<PaymentAct, 'payment' | 'call'>,
  kind: 'init' | 'query' | 'get-bill' | 'cancel',
  { request, answer }: SourceTrace,
  said: Pick<MessageDraft, 'outcome' | 'says' | 'code'>,
): MessageDraft => ({
  ...{ paymentId: payment.id, direction: 'out', kind, ...said },
  ...{ sha256: request.sha256, bytes: request.bytes, exchangeId: call.requestCode },
  ...(answer && { answerSha256: answer.sha256 }),
});

/**
 * Makes a call; of one that failed after something was sent a message is left that says so.
 * @throws what the call throws
 */
export async function callPlatform<T>(
  { pool, logger }: Pick<PaymentRooms, 'pool' | 'logger'>,
  movement: Pick<PaymentMovement, 'write'>,
  act: PaymentAct,
  kind: Parameters<typeof toSent>[1],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SourceError && error.trace) {
      const message = toSent(act, kind, error.trace, { outcome: 'unclear', code: error.kind });
      const client = await pool.connect();
      try {
        await movement.write(client, message);
      } catch (err) {
        // The exchange holds the same digests; the caller is told of the platform's error, not of this one.
        logger.warn({ err, paymentId: act.payment.id }, 'a call to the platform left no message');
      } finally {
        client.release();
      }
    }
    throw error;
  }
}
