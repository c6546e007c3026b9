// Cancelling: the platform is asked first, for money that is there must not be cancelled away. Source: payment-platform.md §8.8
import type { SourceTrace } from '../../../../adapters/adapter.ts';
import { type PaymentPlatform, paymentPlatformName } from '../../../../adapters/payment-platform/payment.ts';
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import { Problem } from '../../../problem.ts';
import type { Handlers, RequestOf, ServiceAnswer } from '../../service.ts';
import { callPlatform, findPlatform, toSent } from '../asking/calls.ts';
import type { PaymentAsking, PaymentMovement, PaymentRooms, PaymentRow } from '../dependencies.ts';
import { readPayment } from '../movement/rows.ts';
import { type ActRooms, actOnPayment, isDone } from './acts.ts';
import type { IsOwn } from './own.ts';
import type { PaymentView } from './views.ts';

/** What cancelling stands on. */
export type CancelRooms = ActRooms &
  Pick<PaymentRooms, 'platforms' | 'logger' | 'now'> & { readonly isOwn: IsOwn };

type CancelRequest = RequestOf<operations['cancelPayment']>;

const openStates: readonly string[] = ['created', 'waiting'];

/** Handler of `cancelPayment`. */
export function createCancelling(
  rooms: CancelRooms,
  movement: PaymentMovement,
  asking: Pick<PaymentAsking, 'query'>,
): Pick<Handlers<operations>, 'cancelPayment'> {
  const { pool } = rooms;

  async function findOwn({ params, caller }: CancelRequest): Promise<PaymentRow> {
    const payment = await readPayment(pool, { id: params.paymentId });
    if (!payment || !rooms.isOwn(payment.unitId, caller.actingUnit.id))
      throw new Problem('payment-not-found');
    return payment;
  }

  /** Ends it at the platform, where the variant has a message for that. @throws Problem payment-not-cancellable */
  async function end(
    platform: PaymentPlatform,
    payment: PaymentRow,
    call: { readonly requestCode: string; readonly signal: AbortSignal },
  ): Promise<readonly SourceTrace[]> {
    const act = { payment, platform, call };
    const { value, trace } = await callPlatform(rooms, movement, act, 'cancel', () =>
      platform.cancel(payment.reference, rooms.now(), call),
    );
    if (value.kind === 'unsupported') return [];
    const client = await pool.connect();
    try {
      await movement.write(client, toSent(act, 'cancel', trace, { outcome: 'verified', code: value.kind }));
    } finally {
      client.release();
    }
    if (value.kind === 'refused') throw new Problem('payment-not-cancellable', { sources: [trace] });
    return [trace];
  }

  /** @throws SourceError where it cannot be asked: then nothing is cancelled */
  async function askFirst(request: CancelRequest, payment: PaymentRow): Promise<readonly SourceTrace[]> {
    const platform = findPlatform(rooms, payment);
    return request.askSource(paymentPlatformName, async ({ exchangeId, signal }) => {
      const asked = platform.can.query ? await asking.query(payment.id, exchangeId, signal) : undefined;
      const after = asked?.applied.payment ?? payment;
      const traces = asked?.traces ?? [];
      // Of whatever amount: what is there is not cancelled away.
      if (asked?.says === 'paid') throw new Problem('payment-not-cancellable', { sources: traces });
      if (!openStates.includes(after.state)) return traces;
      return [...traces, ...(await end(platform, after, { requestCode: exchangeId, signal }))];
    });
  }

  async function cancel(request: CancelRequest, exchangeId: string): Promise<ServiceAnswer<PaymentView>> {
    const payment = await findOwn(request);
    const isAsked = openStates.includes(payment.state) && !(await isDone(pool, exchangeId));
    const sources = isAsked ? await askFirst(request, payment) : [];
    const body = await actOnPayment(rooms, movement, {
      ...{ paymentId: payment.id, exchangeId, event: { kind: 'cancelled' } },
      isAllowed: () => true,
      reason: request.body.reason,
    });
    return { status: 200, body, result: body.state, sources };
  }

  return {
    cancelPayment: {
      handle: (request) => cancel(request, request.exchangeId),
      repeat: (request, earlierId) => cancel(request, earlierId),
    },
  };
}
