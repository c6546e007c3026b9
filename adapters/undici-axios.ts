// How adapters call out: axios's interface over an undici pool for one origin. Bodies are taken as they come (never
// decompressed, never followed elsewhere) and every call has a time-out, a size limit and a word on whether it was sent.
import axios, {
  AxiosError,
  type AxiosInstance,
  type AxiosPromise,
  type AxiosResponse,
  CanceledError,
  type InternalAxiosRequestConfig,
} from 'axios';
import { type Dispatcher, Pool } from 'undici';

/** What a wire to one origin needs. */
export interface WireSettings {
  /** Any address of the origin; only scheme, host and port count. */
  readonly url: string;
  /** PEM of the authorities to trust; default those of the platform. */
  readonly ca?: string | undefined;
  /** For making a connection, TLS included. */
  readonly connectMs: number;
  /** For one whole call, waiting for a connection included. */
  readonly callMs: number;
  /** Most bytes of an answer's body. */
  readonly answerBytes: number;
  /** Most connections, and so most calls at the source at one time. */
  readonly connections: number;
}

/** Calls to one origin. Answers of every status resolve, with the body as a Buffer. */
export interface Wire {
  readonly http: AxiosInstance;
  /** Ends all connections, running calls included. */
  close(): Promise<void>;
}

/** What is kept with an error: whether the request had reached the socket. */
class Sending {
  sent = false;
}

const requestBytes = 1_048_576;

/** True unless it is certain that no byte of the failed request was sent. */
export function wasSent(error: unknown): boolean {
  const sending: unknown = error instanceof AxiosError ? error.request : undefined;
  return sending instanceof Sending ? sending.sent : true;
}

/** Code of a failed call: undici's, Node's or TLS's own, e.g. `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `CALL_TIMEOUT`. */
export function toWireCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'UNKNOWN';
}

function toHeaders(config: InternalAxiosRequestConfig): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(config.headers.toJSON(true))) headers[name] = String(value);
  return { ...headers, 'accept-encoding': 'identity' };
}

function toOptions(config: InternalAxiosRequestConfig): Dispatcher.DispatchOptions {
  const { pathname, search } = new URL(config.url ?? '');
  const body: unknown = config.data;
  if (body !== undefined && body !== null && typeof body !== 'string' && !Buffer.isBuffer(body))
    throw new TypeError('only text and buffers can be sent');
  if (Buffer.byteLength(body ?? '') > (config.maxBodyLength ?? 0))
    throw new RangeError('too large to be sent');
  // Its own timers are off: the call has one of its own, which also covers the wait for a connection.
  const timers = { headersTimeout: 0, bodyTimeout: 0 };
  return {
    path: `${pathname}${search}`,
    method: config.method?.toUpperCase() === 'POST' ? 'POST' : 'GET',
    headers: toHeaders(config),
    body: body ?? null,
    ...timers,
  };
}

/** One call: settles once, at the latest when its time-out or its signal fires, whatever the connection does. */
class Call implements Dispatcher.DispatchHandler {
  readonly answer: Promise<AxiosResponse<Buffer>>;
  readonly #config: InternalAxiosRequestConfig;
  readonly #sending = new Sending();
  readonly #chunks: Buffer[] = [];
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #head: Pick<AxiosResponse, 'status' | 'statusText' | 'headers'> | undefined;
  #ended = false;
  #controller: Dispatcher.DispatchController | undefined;
  #resolve: (answer: AxiosResponse<Buffer>) => void = () => {};
  #reject: (error: AxiosError) => void = () => {};

  constructor(config: InternalAxiosRequestConfig) {
    this.#config = config;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => this.#fail('CALL_TIMEOUT'), config.timeout);
    config.signal?.addEventListener?.('abort', this.#onAbort);
  }

  // axios would put an error of its own, without our word on sending, in the place of any but a CanceledError.
  readonly #onAbort = (): void =>
    this.#settle(new CanceledError('call aborted', this.#config, this.#sending));

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#config.signal?.removeEventListener?.('abort', this.#onAbort);
    return true;
  }

  #fail(code: string): void {
    this.#settle(new AxiosError(`call failed: ${code}`, code, this.#config, this.#sending));
  }

  #settle(error: AxiosError): void {
    if (!this.#end()) return;
    this.#reject(error);
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Waited for a connection longer than its time: it must not be sent any more.
    if (this.#ended) controller.abort(new Error('the call has ended'));
    else {
      this.#controller = controller;
      this.#sending.sent = true;
    }
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Dispatcher.ResponseData['headers'],
    statusText = '',
  ): void {
    if (status < 200) return;
    this.#head = { status, statusText, headers: { ...headers } };
    if (Number(headers['content-length'] ?? 0) > (this.#config.maxContentLength ?? 0))
      this.#fail('ANSWER_TOO_LARGE');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > (this.#config.maxContentLength ?? 0)) this.#fail('ANSWER_TOO_LARGE');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.#head || !this.#end()) return;
    const data = Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({ ...this.#head, data, config: this.#config, request: this.#sending });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(toWireCode(error));
  }
}

/** What is read here or by axios on the way here; it goes through all its settings at every call. */
const settingsOfOurs = [
  ...['adapter', 'headers', 'timeout', 'maxContentLength', 'maxBodyLength', 'responseType'],
  ...['transformRequest', 'transformResponse', 'validateStatus'],
];

/** Takes away axios's settings for wires of its own: redirects, proxies, cookies, other forms of data. */
function keepOnly(defaults: object, names: readonly string[]): void {
  for (const name of Object.keys(defaults)) if (!names.includes(name)) Reflect.deleteProperty(defaults, name);
}

/** Opens a pool to one origin; nothing is connected until the first call. @throws TypeError on an address that is none */
export function openWire(settings: WireSettings): Wire {
  const { origin } = new URL(settings.url);
  const pool = new Pool(origin, {
    connections: settings.connections,
    pipelining: 1,
    connect: { timeout: settings.connectMs, ...(settings.ca !== undefined && { ca: settings.ca }) },
  });
  const adapter = (config: InternalAxiosRequestConfig): AxiosPromise<Buffer> => {
    if (new URL(config.url ?? '').origin !== origin)
      return Promise.reject(new TypeError('a call outside the origin of its wire'));
    const options = toOptions(config);
    const call = new Call(config);
    pool.dispatch(options, call);
    return call.answer;
  };
  const http = axios.create({
    adapter,
    proxy: false,
    maxRedirects: 0,
    timeout: settings.callMs,
    maxContentLength: settings.answerBytes,
    maxBodyLength: requestBytes,
    responseType: 'arraybuffer',
    transformRequest: [],
    transformResponse: [],
    validateStatus: null,
    headers: { common: { Accept: '*/*', 'User-Agent': 'lgsp' } },
  });
  keepOnly(http.defaults, settingsOfOurs);
  return { http, close: () => pool.destroy() };
}
