// One request to the axis and its answer, both as streams. Over undici itself, since axios's interface holds a body whole
// and a message may have a gigabyte. Nothing is repeated, redirected or decompressed.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import { type Digest, SourceError, type SourceTrace } from '../adapter.ts';
import { toWireCode } from '../undici-axios.ts';
import { axisName } from './axis.ts';

/** What is sent as a body: a few bytes, or a stream of known length that is opened when the request begins. */
export type OutgoingBody = Buffer | { readonly bytes: number; readonly open: () => Readable };

/** A request in full. */
export interface WireRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: OutgoingBody;
  /** What the trace says was asked. */
  readonly asked: Digest;
  readonly requestCode: string;
  readonly signal: AbortSignal;
  readonly onTrace?: ((trace: SourceTrace) => void) | undefined;
  /** For the whole call, the answer's last byte included. */
  readonly callMs: number;
  /** Longest silence. */
  readonly idleMs: number;
  readonly answerBytes: number;
}

/** An answer whose body is still on its way; it must be read or destroyed. */
export interface WireReply {
  readonly status: number;
  /** Fails with a SourceError. */
  readonly body: Readable;
  /** The digest of the answer is there once the body has ended. */
  trace(): SourceTrace;
}

/** Connections to the axis. */
export interface AxisWire {
  /** @throws SourceError; or what `open` of the body failed with, since that is no fault of the axis */
  exchange(request: WireRequest): Promise<WireReply>;
  close(): Promise<void>;
}

/** SHA-256 and size of some bytes. */
export const toDigest = (bytes: Buffer | string): Digest => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: Buffer.byteLength(bytes),
});

/** Why a body of ours could not be read on: kept apart from what the wire does. */
class BodyFault {
  cause: unknown;
}

/** A stream for the wire that notes its own failure. */
function openBody(body: OutgoingBody | undefined, fault: BodyFault): Buffer | Readable | null {
  if (body === undefined || Buffer.isBuffer(body)) return body ?? null;
  async function* read(): AsyncGenerator<unknown> {
    try {
      if (!Buffer.isBuffer(body)) yield* body?.open() ?? [];
    } catch (error) {
      fault.cause = error;
      throw error;
    }
  }
  return Readable.from(read(), { objectMode: false });
}

/** One call: its head settles once; after that its body ends or fails, at the latest when its time is over. */
class Transfer implements Dispatcher.DispatchHandler {
  readonly head: Promise<WireReply>;
  readonly fault = new BodyFault();
  readonly #request: WireRequest;
  readonly #timer: NodeJS.Timeout;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #answer: Digest | undefined;
  #body: Readable | undefined;
  #isSent = false;
  #hasEnded = false;
  #controller: Dispatcher.DispatchController | undefined;
  #resolve: (reply: WireReply) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(request: WireRequest) {
    this.#request = request;
    this.head = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => this.#fail('CALL_TIMEOUT'), request.callMs);
    request.signal.addEventListener('abort', this.#onAbort);
    if (request.signal.aborted) this.#onAbort();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  readonly #onAbort = (): void => this.#fail('CALL_ABORTED');

  readonly #trace = (): SourceTrace => ({
    source: axisName,
    requestCode: this.#request.requestCode,
    request: this.#request.asked,
    ...(this.#answer && { answer: this.#answer }),
  });

  #toError(wireCode: string): SourceError {
    const code = wireCode.toLowerCase().replaceAll('_', '-');
    if (!this.#isSent)
      return new SourceError('unreachable', axisName, `no connection: ${wireCode}`, { code });
    const more = { code, trace: this.#trace() };
    if (wireCode === 'ANSWER_TOO_LARGE')
      return new SourceError('unreadable', axisName, 'the answer is too large', more);
    return new SourceError('timeout', axisName, `sent, but no whole answer came: ${wireCode}`, more);
  }

  #end(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    return true;
  }

  #note(): void {
    if (this.#isSent) this.#request.onTrace?.(this.#trace());
  }

  #fail(wireCode: string): void {
    if (!this.#end()) return;
    this.#note();
    const error = this.fault.cause === undefined ? this.#toError(wireCode) : this.fault.cause;
    this.#reject(error);
    this.#body?.destroy(error instanceof Error ? error : new Error('the body failed'));
    this.#controller?.abort(new Error(wireCode));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Waited for a connection longer than its time: it must not be sent any more.
    if (this.#hasEnded) controller.abort(new Error('the call has ended'));
    else {
      this.#controller = controller;
      this.#isSent = true;
    }
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Dispatcher.ResponseData['headers'],
  ): void {
    if (status < 200 || this.#hasEnded) return;
    if (Number(headers['content-length'] ?? 0) > this.#request.answerBytes) {
      this.#fail('ANSWER_TOO_LARGE');
      return;
    }
    this.#body = new Readable({
      // Once it has ended the connection may be serving another call.
      read: () => {
        if (!this.#hasEnded) controller.resume();
      },
      destroy: (error, done) => {
        if (this.#end()) {
          this.#note();
          controller.abort(new Error('the answer is not wanted any more'));
        }
        done(error);
      },
    });
    // It may fail before anybody reads it; whoever does then is told.
    this.#body.on('error', () => undefined);
    this.#resolve({ status, body: this.#body, trace: this.#trace });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#hasEnded) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#request.answerBytes) {
      this.#fail('ANSWER_TOO_LARGE');
      return;
    }
    this.#hash.update(chunk);
    if (!this.#body?.push(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (!this.#body || !this.#end()) return;
    this.#answer = { sha256: this.#hash.digest('hex'), bytes: this.#bytes };
    this.#note();
    this.#body.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(toWireCode(error));
  }
}

function toHeaders({ headers, body }: WireRequest): Record<string, string> {
  const length = Buffer.isBuffer(body) ? body.length : (body?.bytes ?? 0);
  return { ...headers, 'accept-encoding': 'identity', 'content-length': String(length) };
}

/** Opens a pool; nothing is connected until the first call. @throws TypeError on an address that is none */
export function openAxisWire(settings: {
  readonly url: string;
  readonly ca: string | undefined;
  readonly connectMs: number;
  readonly connections: number;
}): AxisWire {
  const pool = new Pool(new URL(settings.url).origin, {
    connections: settings.connections,
    pipelining: 1,
    connect: { timeout: settings.connectMs, ...(settings.ca !== undefined && { ca: settings.ca }) },
  });
  return {
    exchange(request) {
      const transfer = new Transfer(request);
      if (transfer.hasEnded) return transfer.head;
      const { method, path, idleMs } = request;
      const timers = { headersTimeout: idleMs, bodyTimeout: idleMs };
      const body = openBody(request.body, transfer.fault);
      pool.dispatch({ method, path, headers: toHeaders(request), body, ...timers }, transfer);
      return transfer.head;
    },
    close: () => pool.destroy(),
  };
}
