// What is accepted beside deliveries into mailboxes: a notice for each webhook that wants to hear of them. A notice is a
// delivery of its own, so that it has evidence of its own; its acting unit is the one that is told.
import { hash } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { readFullShares } from '../full.ts';
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
   * The notices of deliveries that go into mailboxes, by a list of webhooks at most a second old. A unit for which too many
   * wait already is told of no more: the deliveries lie in its mailbox all the same.
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

/** Notices of one unit that may wait; what comes beyond lies in the mailbox without one. */
const mostWaiting = 10_000;
const mostShares = 10_000;

/** Whose notices are as many as may wait, by a count at most a second old. */
function createFullUnits(
  limit: number,
): (client: ClientBase | Pool, unitIds: readonly string[]) => Promise<ReadonlySet<string>> {
  const answers = new Map<string, { readonly staleAtMs: number; readonly isFull: boolean }>();
  return async (client, unitIds) => {
    const nowMs = performance.now();
    const asked = unitIds.filter((id) => (answers.get(id)?.staleAtMs ?? 0) <= nowMs);
    if (answers.size + asked.length > mostShares) answers.clear();
    const full = asked.length > 0 ? await readFullShares(client, webhookRoute, asked, limit) : new Set();
    for (const id of asked) answers.set(id, { staleAtMs: nowMs + freshMs, isFull: full.has(id) });
    return new Set(unitIds.filter((id) => answers.get(id)?.isFull ?? false));
  };
}

/**
 * @param isOn false where webhooks may lead nowhere: then there are no notices
 * @param limit of one unit's notices that wait, beyond which there are no more
 */
export function createWebhookNotices(
  isOn: boolean,
  isEntitled: IsEntitled,
  limit = mostWaiting,
): WebhookNotices {
  const readFull = createFullUnits(limit);
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
      const full = await readFull(client, [...new Set(told.map(({ unitId }) => unitId))]);
      const open = told.filter(({ unitId }) => !full.has(unitId));
      return toWebhookDispatches(open, deliveries, { ...context, at: new Date() });
    },
    changed() {
      staleAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
