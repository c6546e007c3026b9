// Rows of inbound dossiers in a mailbox, and what the contract shows of them.
import type { components } from '../../../../openapi/types/portal.v1.ts';

/** As the contract shows it in a list. */
export type InboundItem = components['schemas']['InboundItem'];

/** A dossier as it lies in a mailbox. */
export interface InboundRow {
  readonly id: string;
  readonly delivery_id: string;
  readonly mailbox_no: string;
  readonly state: InboundItem['state'];
  readonly reference: string;
  readonly unit_code: string;
  readonly procedure_code: string | null;
  readonly filed_at: Date | null;
  readonly arrived_at: Date;
  readonly papers: number;
}

/** Columns of `InboundRow`, of `portal_inbound i` and `delivery d`. */
export const inboundColumns = `i.id, d.id AS delivery_id, d.mailbox_no, d.state, i.reference, i.unit_code,
  i.procedure_code, i.filed_at, i.arrived_at, i.papers`;

/** A row in the contract's words. */
export const toInboundItem = (row: InboundRow): InboundItem => ({
  ...{ deliveryId: row.delivery_id, state: row.state, reference: row.reference, unitCode: row.unit_code },
  ...(row.procedure_code !== null && { procedureCode: row.procedure_code }),
  ...(row.filed_at !== null && { filedAt: row.filed_at.toISOString() }),
  ...{ arrivedAt: row.arrived_at.toISOString(), papers: row.papers },
});
