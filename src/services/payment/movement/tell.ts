// The unit's system learns of a change by a delivery into the unit's mailbox, with notices to its webhooks: accepted in the
// transaction of the change, as its last act.
import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { DeliveryDraft } from '../../../delivery/types.ts';
import type { PaymentRooms, PaymentRow } from '../dependencies.ts';
import type { PaymentState } from '../ledger.ts';

/** By which right a payment was made: the same lets its unit hear of it. */
export interface PaymentRight {
  readonly system_id: string;
  readonly owning_unit: string;
  readonly grant_id: string | null;
}

/** Whoever asked for the address has it in the answer. */
export const isTold = (to: PaymentState): boolean => to !== 'waiting';

/** @param payment after the change @param exchangeId the call that brought it, where there is one */
export async function tellOutcome(
  { engine, notices }: Pick<PaymentRooms, 'engine' | 'notices'>,
  client: ClientBase,
  payment: PaymentRow,
  right: PaymentRight,
  exchangeId: string | undefined,
): Promise<void> {
  const { unitId } = payment;
  const [outcomeId, deliveryId] = [uuidv7(), uuidv7()];
  await client.query({
    name: 'payment-outcome',
    text: 'INSERT INTO payment_outcome (id, payment_id, change_no) VALUES ($1, $2, $3)',
    values: [outcomeId, payment.id, payment.stateNo],
  });
  const available = { deliveryId, messageId: outcomeId, kind: 'notice', thread: payment.id } as const;
  const told = await notices.draft(client, [{ ...available, unitId, priority: 0 }], {
    ...{ firstDispatch: 0, acceptedBy: exchangeId },
  });
  const outcome: DeliveryDraft = {
    ...{ id: deliveryId, subject: outcomeId, receiver: unitId, receiverUnit: unitId },
    by: 'mailbox',
    facts: {
      ...{ systemId: right.system_id, owningUnit: right.owning_unit, actingUnit: unitId },
      ...{ grantId: right.grant_id, service: 'payment.v1', operation: 'createPayment' },
    },
    private: { caseCode: payment.dossier, to: unitId, acceptedBy: exchangeId, result: payment.state },
  };
  await engine.accept(client, {
    deliveries: [outcome, ...told.deliveries],
    dispatches: told.dispatches,
  });
}
