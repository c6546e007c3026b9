// The handlers of statuses and of what receivers do with their mailbox.
import type { operations } from '../../../../openapi/types/documents.v1.ts';
import type { Handler, Handlers, RequestOf, ServiceAnswer } from '../../service.ts';
import type { DocumentRooms } from '../dependencies.ts';
import { type DeliveryStates, type Move, moveDeliveries } from './mailbox.ts';
import { readResults, sendStatuses } from './send-statuses.ts';

type Statuses = Pick<
  Handlers<operations>,
  'sendStatuses' | 'takeDeliveries' | 'acknowledgeDeliveries' | 'refuseDelivery'
>;

type TakeRequest = RequestOf<operations['takeDeliveries']>;
type RefuseRequest = RequestOf<operations['refuseDelivery']>;

const toAnswer = <Body>(status: number, body: Body): ServiceAnswer<Body> => ({ status, body });

/** What was moved already stays where it is, so a repeat is run again. */
function createMove<Request extends TakeRequest | RefuseRequest>(
  rooms: DocumentRooms,
  toMove: (request: Request) => Move & { readonly ids: readonly string[] },
): Handler<Request, DeliveryStates> {
  const run = async (request: Request, exchangeId: string): Promise<ServiceAnswer<DeliveryStates>> => {
    const { ids, ...move } = toMove(request);
    return toAnswer(200, await moveDeliveries(rooms, request.caller, ids, move, exchangeId));
  };
  return { handle: (request) => run(request, request.exchangeId), repeat: run };
}

/** Handlers of `sendStatuses`, `takeDeliveries`, `acknowledgeDeliveries` and `refuseDelivery`. */
export const createStatuses = (rooms: DocumentRooms): Statuses => ({
  sendStatuses: {
    handle: async (request) => toAnswer(202, await sendStatuses(rooms, request, request.exchangeId)),
    repeat: async (request, earlierId) =>
      toAnswer(202, (await readResults(rooms, earlierId)) ?? (await sendStatuses(rooms, request, earlierId))),
  },
  takeDeliveries: createMove<TakeRequest>(rooms, ({ body }) => ({
    ...{ ids: body.deliveryIds, to: 'taken', operation: 'takeDeliveries' },
  })),
  acknowledgeDeliveries: createMove<TakeRequest>(rooms, ({ body }) => ({
    ...{
      ids: body.deliveryIds,
      to: 'acknowledged',
      operation: 'acknowledgeDeliveries',
      tells: { code: '01' },
    },
  })),
  refuseDelivery: createMove<RefuseRequest>(rooms, ({ params, body }) => ({
    ...{ ids: [params.deliveryId], to: 'refused', operation: 'refuseDelivery' },
    tells: { code: '02', reason: body.reason },
  })),
});
