// One call of a webhook's address: bounded in time and bytes, never redirected, to allowed networks only. What comes of it is
// a value; of the answer only status and Retry-After are looked at.
import { Agent, errors, request } from 'undici';
import { toRetryAfterMs } from '../../../adapters/retry-after.ts';
import { AddressRefused, createGuardedConnect, type ResolveAll } from './guarded-connect.ts';

const connectMs = 5_000;
const wholeMs = 15_000;
const answerBytes = 64 * 1024;

/** What came of a call. */
export type PostResult =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | undefined }
  | {
      readonly kind: 'failed';
      readonly reason: 'address' | 'timeout' | 'unreachable';
      readonly cause: unknown;
    };

/** Calls addresses of webhooks. */
export interface WebhookClient {
  /** Never throws. */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<PostResult>;
  close(): Promise<void>;
}

/** Time-outs, in milliseconds. */
export interface PostLimits {
  readonly connectMs?: number;
  /** From the first look-up of the name to the end of the answer. */
  readonly wholeMs?: number;
}

function toFailure(cause: unknown, isLate: boolean): PostResult {
  if (cause instanceof AddressRefused) return { kind: 'failed', reason: 'address', cause };
  const isTimeout = isLate || cause instanceof errors.ConnectTimeoutError;
  return { kind: 'failed', reason: isTimeout ? 'timeout' : 'unreachable', cause };
}

/** @param networks blocks that may be connected to */
export function createWebhookClient(
  networks: readonly string[],
  limits: PostLimits = {},
  resolveAll?: ResolveAll,
): WebhookClient {
  const agent = new Agent({
    connect: createGuardedConnect(networks, limits.connectMs ?? connectMs, resolveAll),
    connections: 8,
    keepAliveTimeout: 10_000,
    maxHeaderSize: 16 * 1024,
  });
  return {
    async post(url, headers, body, signal) {
      const late = AbortSignal.timeout(limits.wholeMs ?? wholeMs);
      const either = AbortSignal.any([signal, late]);
      try {
        const answer = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers: { 'content-type': 'application/json', 'user-agent': 'lgsp-webhook/1', ...headers },
          body,
          signal: either,
        });
        const { 'retry-after': retryAfter } = answer.headers;
        // The status has decided already; the rest is read only so that the connection can be used again.
        await answer.body.dump({ limit: answerBytes, signal: either }).catch(() => undefined);
        return {
          kind: 'answered',
          status: answer.statusCode,
          retryAfterMs: toRetryAfterMs([retryAfter].flat()[0], new Date()),
        };
      } catch (cause) {
        return toFailure(cause, late.aborted);
      }
    },
    close: () => agent.destroy(),
  };
}
