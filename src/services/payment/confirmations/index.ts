// The handlers of what the platform tells by itself: CONFIRM, and the callback of the older variant. Who calls was proved by
// the scheme `source`; what is said, by its checksum. Source: payment-platform.md §1.3, §2
import {
  type PaymentPlatform,
  type PaymentVariant,
  paymentPlatformName,
  type WireBody,
} from '../../../../adapters/payment-platform/payment.ts';
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import { Problem } from '../../../problem.ts';
import type { Handlers } from '../../service.ts';
import type { PaymentMovement } from '../dependencies.ts';
import { type ConfirmationRooms, takeConfirmation } from './take.ts';

/** Handlers of `receiveConfirmation` and `receiveKeyPayCallback`. */
export type Confirmations = Pick<Handlers<operations>, 'receiveConfirmation' | 'receiveKeyPayCallback'>;

const toText = (wire: WireBody, name: string): string => String(wire[name] ?? '');

/** Puts the handlers together. */
export function createConfirmations(rooms: ConfirmationRooms, movement: PaymentMovement): Confirmations {
  const find = (variant: PaymentVariant): PaymentPlatform => {
    const platform = rooms.platforms[variant];
    if (platform) return platform;
    throw new Problem('source-unavailable', { source: paymentPlatformName, responsible: 'hub' });
  };
  return {
    receiveConfirmation: {
      async handle({ body, exchangeId }) {
        const incoming = { kind: 'confirm', body, exchangeId } as const;
        const { wire, result } = await takeConfirmation(rooms, movement, find('payment-platform'), incoming);
        return {
          ...{ status: 200, result },
          body: {
            ...{ MaLoi: toText(wire, 'MaLoi'), MoTaLoi: toText(wire, 'MoTaLoi') },
            ...{ MaDoiTac: toText(wire, 'MaDoiTac'), MaThamChieu: toText(wire, 'MaThamChieu') },
            ...{ ThoiGianGD: toText(wire, 'ThoiGianGD'), MaXacThuc: toText(wire, 'MaXacThuc') },
          },
        };
      },
    },
    receiveKeyPayCallback: {
      async handle({ body, exchangeId }) {
        const incoming = { kind: 'keypay-callback', body, exchangeId } as const;
        const { wire, result } = await takeConfirmation(rooms, movement, find('keypay'), incoming);
        const id = toText(wire, 'transaction_id');
        return {
          ...{ status: 200, result },
          body: {
            ...{ return_code: toText(wire, 'return_code'), return_msg: toText(wire, 'return_msg') },
            ...(id !== '' && { transaction_id: id }),
          },
        };
      },
    },
  };
}
