// A notice: what is sent to a webhook, as content of a dispatch and as bytes. It names a delivery and says nothing of it;
// the receiver pulls the rest through the request path.
import type { EventKind } from './rows.ts';

/** Content of a dispatch over the route `webhook`: ids only. */
export interface NoticeContent {
  readonly webhookId: string;
  readonly type: 'delivery.available' | 'webhook.test';
  /** When it happened, RFC 3339 with milliseconds and Z. */
  readonly at: string;
  readonly data: Readonly<Record<string, string>>;
}

/** What a notice of a delivery tells. */
export interface AvailableDelivery {
  /** The delivery that lies in the mailbox. */
  readonly deliveryId: string;
  /** The message; a held one holds its notices back too, so that they are released with it. */
  readonly messageId: string;
  readonly kind: EventKind;
  /** The document's own id, where the message is about one. */
  readonly documentId?: string | undefined;
  /** Order key of the message. */
  readonly thread: string;
  /** The unit in whose mailbox it lies. */
  readonly unitId: string;
  /** 0 to 4, as of the message. */
  readonly priority: number;
}

/** The members of `data`. */
export const toNoticeData = ({ deliveryId, messageId, kind, documentId }: AvailableDelivery) => ({
  deliveryId,
  messageId,
  kind,
  ...(documentId !== undefined && { documentId }),
});

const isText = (value: unknown): value is string => typeof value === 'string';

/** Reads the content of a dispatch. @throws Error when it is no notice */
export function parseNotice(content: Readonly<Record<string, unknown>>): NoticeContent {
  const { webhookId, type, at, data } = content;
  const isKnown = type === 'delivery.available' || type === 'webhook.test';
  const members = Object.entries(typeof data === 'object' && data !== null ? data : {});
  if (!isKnown || !isText(webhookId) || !isText(at))
    throw new Error('the content of the dispatch is no notice');
  const texts = members.filter((one): one is [string, string] => isText(one[1]));
  return { webhookId, type, at, data: Object.fromEntries(texts) };
}

/** The bytes that are signed and sent. Source: Standard Webhooks 1.0.0, "Payload structure" */
export const toNoticeBody = ({ type, at, data }: NoticeContent): string =>
  JSON.stringify({ type, timestamp: at, data });
