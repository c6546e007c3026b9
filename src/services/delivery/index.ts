// The delivery service: what became of deliveries, webhooks, queues and dead letters. It accepts no messages; that is done
// by the services whose messages they are.
import type { operations } from '../../../openapi/types/delivery.v1.ts';
import type { DeliveryEngine } from '../../delivery/types.ts';
import type { Handlers } from '../service.ts';
import { createDeadLetterHandlers, type DeadLetterDependencies } from './dead-letters.ts';
import { createDeliveryHandlers } from './deliveries.ts';
import { createWebhookHandlers, type WebhookDependencies } from './webhooks.ts';

/** What the service is made of. */
export type DeliveryDependencies = Omit<WebhookDependencies, 'engine'> &
  Omit<DeadLetterDependencies, 'engine'> & {
    readonly engine: DeliveryEngine & DeadLetterDependencies['engine'];
  };

/** Handlers of `delivery.v1`. */
export const createDeliveryService = (d: DeliveryDependencies): Handlers<operations> => ({
  ...createDeliveryHandlers(d.pool, d.reader),
  ...createWebhookHandlers(d),
  ...createDeadLetterHandlers(d),
});
