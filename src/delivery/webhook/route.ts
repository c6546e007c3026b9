// The route `webhook`: sends signed notices and says what came of it. It never sends contents.
import { hash } from 'node:crypto';
import type { Pool } from 'pg';
import type { SourceTrace } from '../../../adapters/adapter.ts';
import type { ProblemCode } from '../../problem-codes.ts';
import type { ClaimedDispatch, DispatchOutcome, Responsible, Route } from '../types.ts';
import { findAddressFault } from './address.ts';
import type { IsEntitled } from './entitlement.ts';
import type { ResolveAll } from './guarded-connect.ts';
import { type NoticeContent, parseNotice, toNoticeBody } from './notice.ts';
import { createWebhookClient, type PostLimits, type PostResult, type WebhookClient } from './post.ts';
import { noteFailure, noteSuccess, openSecrets, readTarget, type WebhookTarget } from './rows.ts';
import type { WebhookRules } from './settings.ts';
import { toSignedHeaders } from './signature.ts';

/** Name of the route in dispatches. */
export const webhookRoute = 'webhook';

/** What the route works with. */
export interface WebhookRouteOptions {
  readonly pool: Pool;
  /** `Keys.field` */
  readonly fieldKey: Buffer;
  readonly rules: WebhookRules;
  readonly isEntitled: IsEntitled;
  readonly limits?: PostLimits;
  /** Default: the system's resolver. */
  readonly resolveAll?: ResolveAll;
}

/** What a result means: a problem, who must act, and whether the address itself is out of use from now on. */
interface Verdict {
  readonly problem: ProblemCode;
  readonly responsible: Responsible;
  readonly to?: 'suspended' | 'failed';
  readonly afterMs?: number | undefined;
}

/** Undefined: it was taken. */
function toVerdict(result: PostResult): Verdict | undefined {
  if (result.kind === 'failed') {
    if (result.reason === 'address')
      return { problem: 'webhook-address-refused', responsible: 'caller', to: 'failed' };
    return { problem: 'webhook-unreachable', responsible: 'network' };
  }
  const { status, retryAfterMs: afterMs } = result;
  if (status >= 200 && status < 300) return undefined;
  if (status === 410) return { problem: 'webhook-gone', responsible: 'caller', to: 'suspended' };
  return { problem: 'webhook-refused', responsible: 'caller', afterMs };
}

const toDigest = (text: string) => ({ sha256: hash('sha256', text), bytes: Buffer.byteLength(text) });

async function call(
  d: WebhookRouteOptions & { readonly client: WebhookClient },
  target: WebhookTarget,
  notice: { readonly id: string; readonly webhookId: string; readonly body: string },
  signal: AbortSignal,
): Promise<PostResult> {
  // The rules may have become stricter since it was registered.
  const fault = findAddressFault(target.url, d.rules);
  if (fault) return { kind: 'failed', reason: 'address', cause: new Error(fault.en) };
  const secrets = openSecrets(d.fieldKey, notice.webhookId, target);
  const headers = toSignedHeaders({ id: notice.id, at: new Date(), body: notice.body }, secrets);
  return d.client.post(target.url, headers, notice.body, signal);
}

async function toFailedOutcome(
  pool: Pool,
  { type, webhookId }: NoticeContent,
  { problem, responsible, to, afterMs }: Verdict,
  result: PostResult,
  source: SourceTrace,
): Promise<DispatchOutcome> {
  const state = await noteFailure(pool, webhookId, problem, to);
  const why = { problem, responsible, source, ...(result.kind === 'failed' && { cause: result.cause }) };
  if (type === 'webhook.test') return { kind: 'abandoned', ...why };
  if (state !== 'active') return { kind: 'dead', ...why };
  return { kind: 'retry', isRouteAway: false, afterMs, ...why };
}

async function send(
  d: WebhookRouteOptions & { readonly client: WebhookClient },
  dispatch: ClaimedDispatch,
  signal: AbortSignal,
): Promise<DispatchOutcome> {
  const content = parseNotice(dispatch.content);
  const { webhookId, type } = content;
  const target = await readTarget(d.pool, webhookId);
  const isTold = target?.state === 'active' || type === 'webhook.test';
  if (!target || !isTold || !d.isEntitled(target.systemId, target.unitId))
    return { kind: 'abandoned', problem: 'webhook-not-active', responsible: 'caller' };
  const [delivery] = dispatch.deliveries;
  if (!delivery) throw new Error('a notice has no delivery');
  const body = toNoticeBody(content);
  const result = await call(d, target, { id: delivery.id, webhookId, body }, signal);
  const source = { source: webhookRoute, requestCode: delivery.id, request: toDigest(body) };
  const verdict = toVerdict(result);
  if (verdict) return toFailedOutcome(d.pool, content, verdict, result, source);
  await noteSuccess(d.pool, webhookId);
  return { kind: 'sent', source };
}

/**
 * The route, and a way to close its connections.
 *
 * 2xx: sent. 410: the webhook is suspended, the notice dead. An address outside the allowed networks: the webhook failed,
 * the notice dead. Everything else, redirects and other 4xx too: tried again as Retry-After says, or by the engine's pauses;
 * a webhook that failed for 48 hours without a success is given up. What was still to be told to a webhook that is not
 * active, or whose system has no right to it any more, and a test that failed, is abandoned: the delivery itself lies in the mailbox.
 * Source: Standard Webhooks 1.0.0, "Delivery success and failure"
 */
export function createWebhookRoute(options: WebhookRouteOptions): {
  readonly route: Route;
  close(): Promise<void>;
} {
  const client = createWebhookClient(options.rules.networks, options.limits, options.resolveAll);
  const d = { ...options, client };
  return {
    route: {
      name: webhookRoute,
      source: undefined,
      concurrency: 16,
      attemptMs: 20_000,
      send: (dispatch, signal) => send(d, dispatch, signal),
    },
    close: () => client.close(),
  };
}
