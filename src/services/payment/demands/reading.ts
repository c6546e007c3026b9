// Payments read one by one: with their history for their unit, by their dossier, and what the platform is to be told of them.
import type { Pool } from 'pg';
import { Problem } from '../../../problem.ts';
import type { PaymentForm, PaymentReading, PaymentRow } from '../dependencies.ts';
import { paymentColumns, type StoredPayment, toPaymentRow } from '../movement/rows.ts';
import { openPart } from '../sealed.ts';
import { readHistory } from './history.ts';
import type { IsOwn } from './own.ts';
import { findViewRow, toView } from './views.ts';

/** What reading stands on. */
export interface ReadingRooms {
  readonly pool: Pool;
  readonly fieldKey: Buffer;
  readonly isOwn: IsOwn;
  readonly now: () => Date;
}

/** More than these of one dossier are not told. */
const mostPayable = 50;

/** Undefined: its time is over and it is no longer kept. */
async function readForm({ pool, fieldKey }: ReadingRooms, id: string): Promise<PaymentForm | undefined> {
  const { rows } = await pool.query<{ form: Buffer }>('SELECT form FROM payment WHERE id = $1', [id]);
  const form = rows[0]?.form;
  if (!form || form.length === 0) return undefined;
  // Sealed by `insertPayment` of this program, which took its shape from the contract's validator.
  return JSON.parse(openPart(fieldKey, 'payment', id, form)) as PaymentForm;
}

/** Puts reading together. */
export function createPaymentReading(rooms: ReadingRooms): PaymentReading {
  const { pool, fieldKey, isOwn, now } = rooms;
  return {
    async read(id, unitId) {
      const row = await findViewRow(pool, id);
      if (!row || !isOwn(row.unit_id, unitId)) throw new Problem('payment-not-found');
      const [form, history] = await Promise.all([readForm(rooms, id), readHistory(pool, fieldKey, id)]);
      return { payment: toView(fieldKey, row), lines: [...(form?.lines ?? [])], ...history };
    },
    async findPayable(dossier, unitId) {
      const { rows } = await pool.query<StoredPayment>({
        name: 'payments-payable',
        text: `SELECT ${paymentColumns} FROM payment
          WHERE dossier = $1 AND state = 'waiting' AND expires_at > $2 AND ($3::text IS NULL OR unit_id = $3)
            AND ($3::text IS NOT NULL OR variant = 'payment-platform')
          ORDER BY id LIMIT ${mostPayable}`,
        values: [dossier, now(), unitId ?? null],
      });
      return rows.map(toPaymentRow);
    },
    async openForm({ id }: PaymentRow) {
      const form = await readForm(rooms, id);
      if (!form) throw new Error(`what payment ${id} says is no longer kept`);
      return form;
    },
  };
}
