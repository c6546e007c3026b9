// What a dossier has to pay: as its unit asks, and as the platform asks by itself. Reads only.
// Source: payment-platform.md §1.3, §8.10
import { hash } from 'node:crypto';
import { type PaymentPlatform, paymentPlatformName } from '../../../../adapters/payment-platform/payment.ts';
import type { components, operations } from '../../../../openapi/types/payment.v1.ts';
import { Problem } from '../../../problem.ts';
import type { Handlers } from '../../service.ts';
import type { PaymentMovement, PaymentReading, PaymentRooms } from '../dependencies.ts';
import { selectViews, toView, type ViewRow } from './views.ts';

type Bills = Pick<Handlers<operations>, 'lookUpBill' | 'answerBillLookUp'>;
type Answer = components['schemas']['BillLookUpAnswer'];

/** What bills stand on. */
export type BillRooms = Pick<PaymentRooms, 'pool' | 'keys' | 'platforms' | 'now'>;

function toWire(
  platform: PaymentPlatform,
  answer: Parameters<PaymentPlatform['answerBillLookUp']>[0],
): Answer {
  const wire = platform.answerBillLookUp(answer);
  const text = (name: 'MaTraCuuTT' | 'MaHoSo' | 'MaThamChieu' | 'SoTien') =>
    wire[name] === undefined ? {} : { [name]: String(wire[name]) };
  return {
    ...{ error_code: Number(wire['error_code']), message: String(wire['message']) },
    ...text('MaTraCuuTT'),
    ...text('MaHoSo'),
    ...text('MaThamChieu'),
    ...text('SoTien'),
  };
}

/** Handlers of `lookUpBill` and `answerBillLookUp`. */
export function createBills(
  { pool, keys, platforms, now }: BillRooms,
  movement: Pick<PaymentMovement, 'refuse'>,
  reading: Pick<PaymentReading, 'findPayable'>,
): Bills {
  return {
    lookUpBill: {
      async handle({ query: { dossier }, caller }) {
        const payable = await reading.findPayable(dossier, caller.actingUnit.id);
        const { rows } = await pool.query<ViewRow>(
          `${selectViews} WHERE p.id = ANY ($1::uuid[]) ORDER BY p.id`,
          [payable.map(({ id }) => id)],
        );
        const items = rows.map((row) => toView(keys.field, row));
        return { status: 200, body: { dossier, isPayable: items.length > 0, items } };
      },
    },
    answerBillLookUp: {
      async handle({ body, exchangeId }) {
        const platform = platforms['payment-platform'];
        if (!platform)
          throw new Problem('source-unavailable', { source: paymentPlatformName, responsible: 'hub' });
        const at = now();
        const read = platform.readBillLookUp(body);
        if (read.kind === 'refused') {
          const text = JSON.stringify(body);
          const digest = { sha256: hash('sha256', text), bytes: Buffer.byteLength(text) };
          await movement.refuse(
            { direction: 'in', kind: 'bill-look-up', outcome: 'refused', exchangeId, ...digest },
            read.why,
          );
          const answer = toWire(platform, { kind: 'error', dossier: '', at });
          return { status: 200, body: answer, result: `refused ${read.why}` };
        }
        const { dossier } = read.value;
        // Of several the oldest: the platform asks again once it is paid.
        const [first] = await reading.findPayable(dossier, undefined);
        if (!first)
          return { status: 200, body: toWire(platform, { kind: 'none', dossier, at }), result: 'none' };
        const { amount, reference } = first;
        const answer = toWire(platform, { kind: 'payable', dossier, amount, reference, at });
        return { status: 200, body: answer, result: 'payable' };
      },
    },
  };
}
