// The service of payments as the hub puts it together, with the clock, the rules and the platforms of a test, and what a test
// itself moves payments by.
import type { operations } from '../../../openapi/types/payment.v1.ts';
import { loadContract } from '../../../src/contracts/contract.ts';
import { publish, type ServiceDependencies, type Services } from '../../../src/services/index.ts';
import { createAsking } from '../../../src/services/payment/asking/index.ts';
import { createOwnership } from '../../../src/services/payment/demands/own.ts';
import { createPaymentReading } from '../../../src/services/payment/demands/reading.ts';
import type { PaymentRooms } from '../../../src/services/payment/dependencies.ts';
import {
  askingThePlatform,
  createPayment,
  type PaymentOptions,
} from '../../../src/services/payment/index.ts';
import { createMovement } from '../../../src/services/payment/movement/index.ts';

/** What a test says of the service. */
export type TestPayments = Pick<PaymentOptions, 'platforms' | 'rules' | 'now' | 'notices' | 'times'>;

/** Puts it together. @returns the list of services of a hub that has only this one, and what moves payments beside it */
export function publishPayments(d: ServiceDependencies, own: TestPayments) {
  const payment = createPayment({ ...d, ...own });
  const rooms: PaymentRooms = { ...d, ...own, onArrival: () => undefined };
  const movement = createMovement(rooms);
  const isOwn = createOwnership(d.registry, own.now);
  const reading = createPaymentReading({ pool: d.pool, fieldKey: d.keys.field, isOwn, now: own.now });
  const services: Services = {
    ...payment,
    published: [
      publish<operations>(
        loadContract('payment.v1'),
        'payment-platform',
        payment.handlers,
        askingThePlatform,
      ),
    ],
  };
  return { services, rooms, movement, asking: createAsking(rooms, movement, reading) };
}
