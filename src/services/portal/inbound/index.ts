// The handlers of dossiers that the portal hands over.
import type { Portal } from '../../../../adapters/portal/portal.ts';
import type { operations } from '../../../../openapi/types/portal.v1.ts';
import type { Arrivals } from '../../../delivery/arrivals.ts';
import { Problem } from '../../../problem.ts';
import type { Handler, Handlers, RequestOf, ServiceAnswer } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { listInbound } from './list.ts';
import { type DeliveryStates, type InboundMove, moveInbound } from './move.ts';
import { readInbound, readInboundPaper } from './read.ts';
import { createReceive } from './receive.ts';

type InboundHandlers = Pick<
  Handlers<operations>,
  | 'receivePortalDossier'
  | 'listInboundDossiers'
  | 'readInboundDossier'
  | 'readInboundPaper'
  | 'acknowledgeInboundDossiers'
  | 'refuseInboundDossier'
>;

type AcknowledgeRequest = RequestOf<operations['acknowledgeInboundDossiers']>;
type RefuseRequest = RequestOf<operations['refuseInboundDossier']>;

/** What was moved already stays where it is, so a repeat is run again. */
function createMove<Request extends AcknowledgeRequest | RefuseRequest>(
  rooms: PortalRooms,
  toMove: (request: Request) => InboundMove & { readonly ids: readonly string[] },
): Handler<Request, DeliveryStates> {
  const run = async (request: Request, exchangeId: string): Promise<ServiceAnswer<DeliveryStates>> => {
    const { ids, ...move } = toMove(request);
    return { status: 200, body: await moveInbound(rooms, request.caller, ids, move, exchangeId) };
  };
  return { handle: (request) => run(request, request.exchangeId), repeat: run };
}

/** Without a connection there is nobody whose fields could be read. */
const receiveFor = (
  rooms: PortalRooms,
  portal: Portal | undefined,
  arrivals: Arrivals,
): InboundHandlers['receivePortalDossier'] =>
  portal
    ? createReceive({ ...rooms, portal, onArrival: arrivals.ring })
    : {
        handle: () => {
          throw new Problem('portal-not-connected');
        },
      };

/** Handlers of what the portal hands over, and of the mailbox in which it lies. */
export const createInbound = (rooms: PortalRooms, arrivals: Arrivals): InboundHandlers => ({
  receivePortalDossier: receiveFor(rooms, rooms.portal, arrivals),
  listInboundDossiers: {
    handle: async (request) => ({
      status: 200,
      body: await listInbound({ pool: rooms.pool, arrivals }, request),
    }),
  },
  readInboundDossier: {
    handle: async ({ params, caller }) => ({
      status: 200,
      body: await readInbound(rooms, params.deliveryId, caller),
    }),
  },
  readInboundPaper: { handle: ({ params, caller }) => readInboundPaper(rooms, params, caller) },
  acknowledgeInboundDossiers: createMove<AcknowledgeRequest>(rooms, ({ body }) => ({
    ...{ ids: body.deliveryIds, to: 'acknowledged' },
  })),
  refuseInboundDossier: createMove<RefuseRequest>(rooms, ({ params, body }) => ({
    ...{ ids: [params.deliveryId], to: 'refused', reason: body.reason },
  })),
});
