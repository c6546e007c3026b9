// One request to the platform and its answer, read whole and bounded: sent at most once, never repeated, redirected or
// decompressed. The errors of the wire are not kept as causes, since they hold the request.
import { createHash } from 'node:crypto';
import { type Digest, SourceError, type SourceTrace } from '../adapter.ts';
import { openWire, type Wire } from '../undici-axios.ts';
import { type PaymentCall, paymentPlatformName } from './payment.ts';
import { toStatusError, toUnreadable, toWireError } from './refusals.ts';
import type { WireLimits } from './setting-forms.ts';

/** What is sent to an address: a body by POST, nothing by GET. */
export interface ClientRequest {
  readonly url: string;
  readonly body?: Buffer;
  readonly contentType?: string;
  /** Most bytes of the answer; default those of the settings. */
  readonly answerBytes?: number;
  /** For the whole call; default that of the settings. */
  readonly callMs?: number;
}

/** A whole answer under a status of 2xx. */
export interface ClientAnswer {
  readonly bytes: Buffer;
  readonly trace: SourceTrace;
}

/** The wires of one platform. */
export interface PaymentClient {
  /** @throws SourceError */
  send(request: ClientRequest, call: PaymentCall): Promise<ClientAnswer>;
  close(): Promise<void>;
}

const toDigest = (bytes: Buffer | string): Digest => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: Buffer.byteLength(bytes),
});

/** The trace of a call for which nothing was sent yet. */
export const toUnasked = ({ requestCode }: PaymentCall): SourceTrace => ({
  source: paymentPlatformName,
  requestCode,
  request: toDigest(''),
});

/** Opens a wire for each origin; nothing is connected until the first call. */
export function createPaymentClient(urls: readonly string[], settings: WireLimits): PaymentClient {
  const wires = new Map<string, Wire>();
  for (const url of urls) {
    const { origin } = new URL(url);
    if (!wires.has(origin)) wires.set(origin, openWire({ ...settings, url }));
  }

  return {
    async send({ url, body, contentType = 'application/json; charset=utf-8', ...bounds }, call) {
      const { pathname, search, origin } = new URL(url);
      const wire = wires.get(origin);
      if (!wire) throw new TypeError('no wire to this address');
      // A question without a body is its path and query.
      const asked = { ...toUnasked(call), request: toDigest(body ?? `${pathname}${search}`) };
      // Before axios sees it: its own error for this does not say that nothing was sent.
      if (call.signal.aborted)
        throw new SourceError('unreachable', paymentPlatformName, 'the deadline had passed', {
          code: 'deadline',
          trace: asked,
        });
      const options = {
        signal: call.signal,
        ...(bounds.answerBytes !== undefined && { maxContentLength: bounds.answerBytes }),
        ...(bounds.callMs !== undefined && { timeout: bounds.callMs }),
      };
      const sending = body
        ? wire.http.post<Buffer>(url, body, { ...options, headers: { 'Content-Type': contentType } })
        : wire.http.get<Buffer>(url, options);
      const answer = await sending.catch((error: unknown) => {
        throw toWireError(error, asked);
      });
      const trace = { ...asked, answer: toDigest(answer.data) };
      const failure = toStatusError(answer.status, trace);
      if (failure) throw failure;
      if (!['', 'identity'].includes(String(answer.headers['content-encoding'] ?? '').toLowerCase()))
        throw toUnreadable('content-encoding', trace);
      return { bytes: answer.data, trace };
    },
    async close() {
      await Promise.all([...wires.values()].map((wire) => wire.close()));
    },
  };
}
