// One message to the population database and its SOAP body back: sent at most once, never repeated. Every way in which
// that can fail becomes a SourceError; the errors of the wire are not kept as causes, since they hold the request.
import { createHash } from 'node:crypto';
import type { AxiosResponse } from 'axios';
import { type Digest, type SourceCredential, SourceError, type SourceTrace } from '../adapter.ts';
import { openWire, toWireCode, type Wire, wasSent } from '../undici-axios.ts';
import { findRefusal, type Refusal, toFaultRefusal, toStatusRefusal } from './refusals.ts';
import { createDirectRoute, createLgspTokenRoute, type Route, RouteError } from './routes.ts';
import type { PopulationSettings } from './settings.ts';
import { childrenOf, parseXml, type XmlElement, XmlError } from './xml.ts';

/** The source's name in traces and errors. */
export const sourceName = 'population';

/** A message ready to be sent, and what its headers depend on. */
export interface Message {
  readonly url: string;
  readonly bytes: Buffer;
  readonly requestCode: string;
  readonly unitCode: string;
  readonly officerNumber: string;
  readonly credential: SourceCredential | undefined;
  /** True: nothing that the route kept from earlier calls is used. */
  readonly isFresh?: boolean;
  readonly signal: AbortSignal;
}

/** The content of `Body`, which holds no fault. */
export interface Reply {
  readonly body: XmlElement;
  readonly trace: SourceTrace;
}

/** The wire of the population database. */
export interface PopulationClient {
  /** @throws SourceError */
  send(message: Message): Promise<Reply>;
  close(): Promise<void>;
}

const toDigest = (bytes: Buffer): Digest => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.length,
});

function toSourceError(refusal: Refusal, words: string, trace: SourceTrace): SourceError {
  const { kind, code, party } = refusal;
  return new SourceError(kind, sourceName, `${words}: ${code}`, { code, party, trace });
}

/** All text of an element, for finding a code word in it. */
function allText(element: XmlElement): string {
  return [element.text, ...element.children.map(allText)].join(' ');
}

function toFault(fault: XmlElement, table: PopulationSettings['refusals']): Refusal {
  const faultcode = childrenOf(fault, 'faultcode')[0]?.text ?? '';
  return findRefusal(allText(fault), table) ?? toFaultRefusal(faultcode);
}

function toRouteError(error: unknown, trace: SourceTrace): unknown {
  if (!(error instanceof RouteError)) return error;
  const more = { code: error.reason, trace };
  if (error.reason === 'officer-key-missing')
    return new SourceError('unmapped', sourceName, error.message, { ...more, party: 'hub' });
  if (error.reason === 'token-refused')
    return new SourceError('refused', sourceName, error.message, { ...more, party: 'hub' });
  return new SourceError('unavailable', sourceName, error.message, { ...more, party: 'source' });
}

/** `unreachable` only where it is certain that nothing of the request was sent. */
function toWireError(error: unknown, trace: SourceTrace): SourceError {
  const code = toWireCode(error);
  const more = { code: code.toLowerCase().replaceAll('_', '-'), trace };
  if (code === 'ANSWER_TOO_LARGE')
    return new SourceError('unreadable', sourceName, 'the answer is too large', more);
  if (!wasSent(error))
    return new SourceError('unreachable', sourceName, `no connection: ${code}`, { code: more.code });
  return new SourceError('timeout', sourceName, `sent, but no whole answer came: ${code}`, more);
}

/** A readable envelope, or why there is none. */
async function readEnvelope(
  answer: AxiosResponse<Buffer>,
  limits: PopulationSettings['limits'],
): Promise<XmlElement | string> {
  const header = (name: string): string => String(answer.headers[name] ?? '').toLowerCase();
  if (!['', 'identity'].includes(header('content-encoding'))) return 'content-encoding';
  const charset = /charset\s*=\s*"?([^\s;"]+)/.exec(header('content-type'))?.[1];
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') return 'not-utf-8';
  if (answer.data.length === 0) return 'empty';
  if (header('content-type').startsWith('text/html')) return 'html';
  try {
    const bounds = { elements: limits.answerElements, depth: limits.answerDepth };
    const root = await parseXml(answer.data, bounds);
    return root.name === 'Envelope' ? root : 'not-soap';
  } catch (error) {
    if (error instanceof XmlError) return error.reason;
    throw error;
  }
}

const shortTextBytes = 4_096;

/** @throws SourceError unless there is a `Body` without a fault under HTTP 200 */
async function readBody(
  answer: AxiosResponse<Buffer>,
  settings: PopulationSettings,
  trace: SourceTrace,
): Promise<XmlElement> {
  const envelope = await readEnvelope(answer, settings.limits);
  if (typeof envelope === 'string') {
    // In which form an LGSP returns its mapping errors is not stated: population-database.md §4.
    const text = answer.data.length <= shortTextBytes ? answer.data.toString('utf8') : '';
    const refusal = findRefusal(text, settings.refusals);
    if (refusal) throw toSourceError(refusal, 'refused', trace);
    if (answer.status !== 200) throw toSourceError(toStatusRefusal(answer.status), 'no envelope', trace);
    throw toSourceError({ kind: 'unreadable', code: envelope, party: 'source' }, 'no envelope', trace);
  }
  const [body, second] = childrenOf(envelope, 'Body');
  if (!body || second)
    throw toSourceError({ kind: 'unreadable', code: 'no-body', party: 'source' }, 'no body', trace);
  const [fault] = childrenOf(body, 'Fault');
  if (fault) throw toSourceError(toFault(fault, settings.refusals), 'SOAP fault', trace);
  if (answer.status !== 200)
    throw toSourceError(toStatusRefusal(answer.status), 'an envelope without a fault', trace);
  return body;
}

function openRoute(settings: PopulationSettings, now: () => number): { route: Route; tokenWire?: Wire } {
  if (settings.route.kind === 'direct') return { route: createDirectRoute(settings.route, now) };
  const tokenWire = openWire({ url: settings.route.tokenUrl, ca: settings.ca, ...settings.limits });
  return { route: createLgspTokenRoute(settings.route, tokenWire, now), tokenWire };
}

/**
 * A refusal that an answer holds in any of its texts, where it is not what was asked for.
 * @returns undefined when no known code word stands in it
 */
export function findRefusalIn(element: XmlElement, settings: PopulationSettings): Refusal | undefined {
  return findRefusal(allText(element), settings.refusals);
}

/** Opens the wires; nothing is connected until the first message. `now` gives epoch milliseconds. */
export function createPopulationClient(settings: PopulationSettings, now: () => number): PopulationClient {
  const { route, tokenWire } = openRoute(settings, now);
  const soapAction = settings.soapAction === 'quoted' ? '""' : '';
  const wires = new Map<string, Wire>();
  for (const url of [settings.url, settings.confirmation.url]) {
    const { origin } = new URL(url);
    if (!wires.has(origin)) wires.set(origin, openWire({ url, ca: settings.ca, ...settings.limits }));
  }

  async function post(message: Message, trace: SourceTrace): Promise<AxiosResponse<Buffer>> {
    const wire = wires.get(new URL(message.url).origin);
    if (!wire) throw new TypeError('no wire to this address');
    if (message.isFresh) route.forget(message);
    const shown = await route.headers(message).catch((error: unknown) => {
      throw toRouteError(error, trace);
    });
    // Before axios sees it: its own error for this does not say that nothing was sent.
    if (message.signal.aborted)
      throw new SourceError('unreachable', sourceName, 'the deadline had passed', {
        code: 'deadline',
        trace,
      });
    const headers = { 'Content-Type': 'application/xml', SOAPAction: soapAction, ...shown };
    return wire.http
      .post<Buffer>(message.url, message.bytes, { headers, signal: message.signal })
      .catch((error: unknown) => {
        throw toWireError(error, trace);
      });
  }

  return {
    async send(message) {
      const { requestCode, bytes } = message;
      const asked: SourceTrace = { source: sourceName, requestCode, request: toDigest(bytes) };
      const answer = await post(message, asked);
      if (answer.status === 401) route.forget(message);
      const trace = { ...asked, answer: toDigest(answer.data) };
      return { body: await readBody(answer, settings, trace), trace };
    },
    async close() {
      await Promise.all([...wires.values(), ...(tokenWire ? [tokenWire] : [])].map((wire) => wire.close()));
    },
  };
}
