// The handlers of payments and refunds put together.
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import type { Handlers } from '../../service.ts';
import type {
  BeneficiaryBook,
  PaymentAsking,
  PaymentMovement,
  PaymentReading,
  PaymentRooms,
} from '../dependencies.ts';
import { createBills } from './bills.ts';
import { createCancelling } from './cancel.ts';
import { createCreating } from './create.ts';
import { listPayments } from './list.ts';
import type { IsOwn } from './own.ts';
import { createRefunds } from './refunds.ts';

/** The handlers of this part. */
export type DemandHandlers = Pick<
  Handlers<operations>,
  | 'createPayment'
  | 'listPayments'
  | 'readPayment'
  | 'cancelPayment'
  | 'requestRefund'
  | 'recordRefund'
  | 'lookUpBill'
  | 'answerBillLookUp'
>;

/** What the handlers ask of the other parts. */
export interface DemandParts {
  readonly movement: PaymentMovement;
  readonly asking: PaymentAsking;
  readonly reading: PaymentReading;
  readonly beneficiaries: BeneficiaryBook;
  readonly isOwn: IsOwn;
}

/** Puts the handlers together. */
export function createDemands(rooms: PaymentRooms, parts: DemandParts): DemandHandlers {
  const { movement, asking, reading, beneficiaries, isOwn } = parts;
  return {
    ...createCreating({ ...rooms, beneficiaries }, movement, asking),
    ...createCancelling({ ...rooms, isOwn }, movement, asking),
    ...createRefunds({ ...rooms, isOwn }, movement),
    ...createBills(rooms, movement, reading),
    listPayments: {
      handle: async (request) => ({
        status: 200,
        body: await listPayments({ pool: rooms.pool, fieldKey: rooms.keys.field }, request),
      }),
    },
    readPayment: {
      async handle({ params, caller }) {
        const body = await reading.read(params.paymentId, caller.actingUnit.id);
        return { status: 200, body, result: body.payment.state };
      },
    },
  };
}
