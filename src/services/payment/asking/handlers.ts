// The handlers that ask the platform about a payment while its unit waits, and that give the receipt that is stored.
import type { Pool } from 'pg';
import type { SourceTrace } from '../../../../adapters/adapter.ts';
import { paymentPlatformName } from '../../../../adapters/payment-platform/payment.ts';
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import { Problem } from '../../../problem.ts';
import type { Caller, Handlers } from '../../service.ts';
import type { PaymentAsking, PaymentReading, PaymentRooms } from '../dependencies.ts';
import { confirmedStates } from '../ledger.ts';
import { readPayment } from '../movement/rows.ts';
import { openPart } from '../sealed.ts';

/** Handlers of `refreshPayment`, `readReceipt` and `downloadReceipt`; the first asks the platform, the second where nothing is stored. */
export type AskingHandlers = Pick<Handlers<operations>, 'refreshPayment' | 'readReceipt' | 'downloadReceipt'>;

interface StoredReceipt {
  readonly form: 'url' | 'pdf';
  readonly sha256: string;
  readonly bytes: bigint;
  readonly sealed_url: Buffer | null;
  readonly stored_at: Date;
}

const retryAfterS = 60;

async function findReceipt(pool: Pool, paymentId: string): Promise<StoredReceipt | undefined> {
  const { rows } = await pool.query<StoredReceipt>(
    'SELECT form, sha256, bytes, sealed_url, stored_at FROM payment_receipt WHERE payment_id = $1',
    [paymentId],
  );
  return rows[0];
}

const toBody = (fieldKey: Buffer, paymentId: string, receipt: StoredReceipt) => ({
  ...{ form: receipt.form, sha256: receipt.sha256, bytes: Number(receipt.bytes) },
  storedAt: receipt.stored_at.toISOString(),
  ...(receipt.sealed_url && { url: openPart(fieldKey, 'payment receipt', paymentId, receipt.sealed_url) }),
});

type HandlerRooms = Pick<PaymentRooms, 'pool' | 'keys' | 'blobs' | 'platforms' | 'registry'>;

/** Puts the handlers together. */
export function createAskingHandlers(
  { pool, keys, blobs, platforms, registry }: HandlerRooms,
  asking: Pick<PaymentAsking, 'query' | 'fetchReceipt'>,
  reading: Pick<PaymentReading, 'read'>,
  isOwn: (paymentUnit: string, actingUnit: string) => boolean,
): AskingHandlers {
  const findOwn = async (id: string, { actingUnit }: Caller) => {
    const payment = await readPayment(pool, { id });
    if (!payment || !isOwn(payment.unitId, actingUnit.id)) throw new Problem('payment-not-found');
    return payment;
  };
  return {
    refreshPayment: {
      async handle({ params: { paymentId }, caller, askSource }) {
        const { variant } = await findOwn(paymentId, caller);
        const asked =
          platforms[variant]?.can.query === true
            ? await askSource(paymentPlatformName, ({ exchangeId, signal }) =>
                asking.query(paymentId, exchangeId, signal),
              )
            : undefined;
        return {
          status: 200,
          body: await reading.read(paymentId, caller.actingUnit.id),
          ...(asked && { sources: asked.traces, result: asked.applied.payment.state }),
        };
      },
    },
    readReceipt: {
      async handle({ params: { paymentId }, caller, askSource }) {
        const { state, variant } = await findOwn(paymentId, caller);
        let receipt = await findReceipt(pool, paymentId);
        let sources: readonly SourceTrace[] = [];
        if (!receipt && !confirmedStates.includes(state)) throw new Problem('payment-not-paid');
        const isOff = registry.current.isSourceOff(paymentPlatformName);
        const isAsked = !isOff && platforms[variant]?.can.receipt === true;
        if (!receipt && isAsked) {
          const asked = await askSource(paymentPlatformName, ({ exchangeId, signal }) =>
            asking.fetchReceipt(paymentId, exchangeId, signal),
          );
          sources = asked.traces;
          receipt = await findReceipt(pool, paymentId);
        }
        if (!receipt) throw new Problem('payment-receipt-not-ready', { retryAfterS, sources });
        const body = toBody(keys.field, paymentId, receipt);
        return { status: 200, body, result: receipt.form, sources };
      },
    },
    downloadReceipt: {
      async handle({ params: { paymentId }, caller }) {
        const { reference, state } = await findOwn(paymentId, caller);
        const receipt = await findReceipt(pool, paymentId);
        if (!receipt && !confirmedStates.includes(state)) throw new Problem('payment-not-paid');
        if (!receipt) throw new Problem('payment-receipt-not-ready', { retryAfterS });
        if (receipt.form === 'url') throw new Problem('receipt-is-address');
        const { sha256 } = receipt;
        const bytes = Number(receipt.bytes);
        return {
          ...{ status: 200, body: undefined, result: receipt.form },
          headers: { 'content-disposition': `attachment; filename="${reference}.pdf"` },
          stream: {
            ...{ type: 'application/pdf', bytes, digest: { sha256, bytes } },
            open: async () => (await blobs.open(sha256)).stream,
          },
        };
      },
    },
  };
}
