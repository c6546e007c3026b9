// Refunds: asked for by the payment's unit, and what became of them as a person of the unit or of the province says. The
// reference states no message for them, so nothing is sent. Source: payment-platform.md §1.5, §8.8
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import type { Caller, Handlers, ServiceAnswer } from '../../service.ts';
import type { PaymentMovement } from '../dependencies.ts';
import type { LedgerEvent } from '../ledger.ts';
import { type ActRooms, actOnPayment, type PaymentAct } from './acts.ts';
import { type IsOwn, isForProvince } from './own.ts';
import type { PaymentView } from './views.ts';

type Refunds = Pick<Handlers<operations>, 'requestRefund' | 'recordRefund'>;
type Wanted = Pick<
  PaymentAct,
  'paymentId' | 'exchangeId' | 'event' | 'reason' | 'transferCode' | 'isAllowed'
>;

/** Handlers of `requestRefund` and `recordRefund`. */
export function createRefunds(
  rooms: ActRooms & { readonly isOwn: IsOwn },
  movement: PaymentMovement,
): Refunds {
  const run = async (wanted: Wanted, { officerId }: Caller): Promise<ServiceAnswer<PaymentView>> => {
    const body = await actOnPayment(rooms, movement, { ...wanted, officerId });
    return { status: 200, body, result: body.state };
  };
  const isOwn =
    ({ actingUnit }: Caller): Wanted['isAllowed'] =>
    ({ unitId }) =>
      rooms.isOwn(unitId, actingUnit.id);

  type Request = Parameters<Refunds['requestRefund']['handle']>[0];
  const request = ({ params, caller, body: { reason } }: Request, exchangeId: string) =>
    run(
      {
        ...{ paymentId: params.paymentId, exchangeId, event: { kind: 'refund-requested' } },
        ...{ reason, isAllowed: isOwn(caller) },
      },
      caller,
    );

  type Outcome = Parameters<Refunds['recordRefund']['handle']>[0];
  const record = ({ params, caller, body }: Outcome, exchangeId: string) => {
    const { outcome, reason, transferCode } = body;
    const event: LedgerEvent = { kind: outcome === 'made' ? 'refund-made' : 'refund-refused' };
    const isAllowed = isForProvince(caller) ? () => true : isOwn(caller);
    const wanted = { paymentId: params.paymentId, exchangeId, event, reason, transferCode, isAllowed };
    return run(wanted, caller);
  };

  return {
    requestRefund: {
      handle: (asked) => request(asked, asked.exchangeId),
      repeat: (asked, earlierId) => request(asked, earlierId),
    },
    recordRefund: {
      handle: (asked) => record(asked, asked.exchangeId),
      repeat: (asked, earlierId) => record(asked, earlierId),
    },
  };
}
