// What is accepted beside deliveries into mailboxes: a notice for each webhook that wants to hear of them. A notice is a
// delivery of its own, so that it has evidence of its own; its acting unit is the one that is told.
import { hash } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Acceptance, DeliveryDraft, DispatchDraft } from '../types.ts';
import type { IsEntitled } from './entitlement.ts';
import { type AvailableDelivery, type NoticeContent, toNoticeData } from './notice.ts';
import { webhookRoute } from './route.ts';
import { type ActiveWebhook, readActive } from './rows.ts';

/** Deliveries and dispatches to be accepted together with others. */
export type NoticeDrafts = Pick<Acceptance, 'deliveries' | 'dispatches'>;

/** How notices are accepted. */
export interface NoticeContext {
  /** How many dispatches of the same acceptance stand before these. */
  readonly firstDispatch: number;
  /** The exchange that accepts them; none for what comes from outside. */
  readonly acceptedBy?: string | undefined;
  readonly at: Date;
}

const freshMs = 1_000;
const longestThread = 200;

const toOrderKey = (webhookId: string, thread: string): string =>
  `${webhookId} ${thread.length > longestThread ? hash('sha256', thread) : thread}`;

/** A notice as a delivery to the unit of a webhook, taken by the dispatch at `by`. Its id is the `webhook-id`. */
export const toNoticeDelivery = (
  { unitId, systemId, owningUnit }: Omit<ActiveWebhook, 'id' | 'events'>,
  subject: string,
  by: number,
  acceptedBy: string | undefined,
): DeliveryDraft => ({
  id: uuidv7(),
  subject,
  facts: {
    ...{ systemId, owningUnit, actingUnit: unitId, grantId: null },
    ...{ service: 'delivery.v1', operation: 'registerWebhook' },
  },
  receiver: unitId,
  receiverUnit: unitId,
  by,
  private: { acceptedBy },
});

function toDispatch(webhook: ActiveWebhook, available: AvailableDelivery, at: Date): DispatchDraft {
  const content: NoticeContent = {
    webhookId: webhook.id,
    type: 'delivery.available',
    at: at.toISOString(),
    data: toNoticeData(available),
  };
  return {
    route: webhookRoute,
    orderKey: toOrderKey(webhook.id, available.thread),
    share: webhook.unitId,
    priority: available.priority,
    content: { ...content },
  };
}

/** The notices of deliveries, for those of the webhooks that want them; in the deliveries' order. */
export function toWebhookDispatches(
  webhooks: readonly ActiveWebhook[],
  deliveries: readonly AvailableDelivery[],
  { firstDispatch, acceptedBy, at }: NoticeContext,
): NoticeDrafts {
  const pairs = deliveries.flatMap((available) =>
    webhooks
      .filter(({ unitId, events }) => unitId === available.unitId && events.includes(available.kind))
      .map((webhook) => ({ webhook, available })),
  );
  return {
    dispatches: pairs.map(({ webhook, available }) => toDispatch(webhook, available, at)),
    deliveries: pairs.map(({ webhook, available: { messageId } }, n) =>
      toNoticeDelivery(webhook, messageId, firstDispatch + n, acceptedBy),
    ),
  };
}

/** What services ask while they accept. */
export interface WebhookNotices {
  /**
   * The notices of deliveries that go into mailboxes, by a list of webhooks at most a second old.
   * @param client reads the list when it is older: the caller's own transaction, so that no second connection is needed
   */
  draft(
    client: ClientBase | Pool,
    deliveries: readonly AvailableDelivery[],
    context: Omit<NoticeContext, 'at'>,
  ): Promise<NoticeDrafts>;
  /** The next `draft` reads the list anew. */
  changed(): void;
}

/** @param isOn false where webhooks may lead nowhere: then there are no notices */
export function createWebhookNotices(isOn: boolean, isEntitled: IsEntitled): WebhookNotices {
  let known: readonly ActiveWebhook[] = [];
  let staleAtMs = Number.NEGATIVE_INFINITY;
  return {
    async draft(client, deliveries, context) {
      if (!isOn || deliveries.length === 0) return { deliveries: [], dispatches: [] };
      if (performance.now() >= staleAtMs) {
        const staleNextMs = performance.now() + freshMs;
        known = await readActive(client);
        staleAtMs = staleNextMs;
      }
      const units = new Set(deliveries.map(({ unitId }) => unitId));
      const told = known.filter(({ systemId, unitId }) => units.has(unitId) && isEntitled(systemId, unitId));
      return toWebhookDispatches(told, deliveries, { ...context, at: new Date() });
    },
    changed() {
      staleAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
