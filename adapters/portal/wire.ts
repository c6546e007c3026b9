// One call over HTTP and its JSON answer, sent at most once. Every way in which that can fail becomes a SourceError; the
// portal's own words are never repeated, since they may hold a dossier's. Source: public-service-portal.md §11.10, §11.11
import { createHash } from 'node:crypto';
import type { AxiosResponse } from 'axios';
import { type Digest, SourceError, type SourceTrace } from '../adapter.ts';
import { isMembers, type Members, member, text } from '../members.ts';
import { toRetryAfterMs } from '../retry-after.ts';
import { openWire, toWireCode, type Wire, wasSent } from '../undici-axios.ts';
import { toErrorCode } from './codes.ts';
import { credentialsCode, type PortalCall, portalName } from './portal.ts';
import type { PortalSettings } from './settings.ts';

/** What is asked. */
export interface PortalQuestion {
  readonly url: string;
  readonly body: unknown;
  /** What the trace says was asked; undefined: the digest of the body. */
  readonly asked?: Digest;
}

/** A call, and what passed over the wire for it so far. */
export interface Asking {
  readonly call: PortalCall;
  readonly traces: SourceTrace[];
}

/** An answer with an error code, whatever the code. */
export interface PortalReply {
  /** Normalised; `0` is success. */
  readonly code: string;
  readonly body: Members;
  readonly trace: SourceTrace;
}

/** Calls to the portal's addresses. */
export interface PortalWire {
  /** @throws SourceError */
  post(question: PortalQuestion, asking: Asking): Promise<PortalReply>;
  close(): Promise<void>;
}

/** SHA-256 and size of some bytes. */
export const toDigest = (bytes: Buffer | string): Digest => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: Buffer.byteLength(bytes),
});

/** Whether the portal speaks of maintenance; asked only where its answer already is a failure. */
export function isMaintenance(words: string, { maintenanceWords }: PortalSettings): boolean {
  const said = words.normalize('NFC').toLowerCase();
  return maintenanceWords.some((word) => said.includes(word.normalize('NFC').toLowerCase()));
}

/** Codes of failures after which it is certain that nothing was stored. */
const early: readonly (string | undefined)[] = ['maintenance', 'http-429'];

/** Whether nothing of a failed call can have been stored. */
export const isSurelyNotStored = ({ kind, code }: SourceError): boolean =>
  ['unreachable', 'refused', 'unmapped'].includes(kind) || early.includes(code);

/** `unreachable` only where it is certain that nothing of the request was sent. */
function toWireError(error: unknown, trace: SourceTrace): SourceError {
  const wireCode = toWireCode(error);
  const code = wireCode.toLowerCase().replaceAll('_', '-');
  if (wireCode === 'ANSWER_TOO_LARGE')
    return new SourceError('unreadable', portalName, 'the answer is too large', { code, trace });
  if (!wasSent(error))
    return new SourceError('unreachable', portalName, `no connection: ${wireCode}`, { code });
  return new SourceError('timeout', portalName, `sent, but no whole answer came: ${wireCode}`, {
    code,
    trace,
  });
}

/** Bytes in which a text that is no answer is searched for words. */
const shortBytes = 16_384;

/** What an answer means that no JSON with an error code came in. */
function toAnswerError(
  { status, headers, data }: AxiosResponse<Buffer>,
  why: string,
  settings: PortalSettings,
  trace: SourceTrace,
): SourceError {
  const retryAfterMs = toRetryAfterMs(text(headers, 'retry-after'), new Date());
  const more = { trace, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  const away = (code: string): SourceError =>
    new SourceError('unavailable', portalName, `the portal is not available: ${code}`, { code, ...more });
  const words = data.subarray(0, shortBytes).toString('utf8');
  if (status === 429) return away('http-429');
  if (isMaintenance(words, settings)) return away('maintenance');
  if (status >= 500) return away(`http-${status}`);
  if (status === 401 || status === 403)
    return new SourceError('refused', portalName, `credentials refused: ${status}`, {
      code: credentialsCode,
      party: 'hub',
      trace,
    });
  if (status >= 400)
    return new SourceError('refused', portalName, `refused: http-${status}`, {
      code: `http-${status}`,
      party: 'hub',
      trace,
    });
  if (why === 'html') return away('html');
  const code = status === 200 ? why : `http-${status}`;
  return new SourceError('unreadable', portalName, `an answer that cannot be read: ${code}`, { code, trace });
}

/** The members of an answer with an error code, or why there are none. */
function readMembers({ data, headers }: AxiosResponse<Buffer>): Members | string {
  if (data.length === 0) return 'empty';
  const isHtml = /^text\/html/i.test(text(headers, 'content-type') ?? '');
  if (isHtml || /^\s*<(!doctype|html|head|body)\b/i.test(data.subarray(0, 200).toString('latin1')))
    return 'html';
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
    return isMembers(json) ? json : 'no-object';
  } catch {
    return 'not-json';
  }
}

/** @throws SourceError unless it is JSON with an error code under HTTP 200 */
function readReply(answer: AxiosResponse<Buffer>, settings: PortalSettings, trace: SourceTrace): PortalReply {
  const body = readMembers(answer);
  if (typeof body === 'string') throw toAnswerError(answer, body, settings, trace);
  const code = toErrorCode(member(body, 'error_code'));
  if (answer.status !== 200 || code === undefined)
    throw toAnswerError(answer, 'no-error-code', settings, trace);
  if (
    code !== '0' &&
    member(body, 'result') === undefined &&
    isMaintenance(text(body, 'message') ?? '', settings)
  )
    throw toAnswerError(answer, 'maintenance', settings, trace);
  return { code, body, trace };
}

function openWires(settings: PortalSettings): ReadonlyMap<string, Wire> {
  const { sessionFace, arrayFace, limits, ca } = settings;
  const urls = [
    ...[sessionFace?.authUrl, sessionFace?.integrationUrl, sessionFace?.shareUrl],
    ...[arrayFace?.createUrl, arrayFace?.updateUrl, arrayFace?.progressUrl],
  ];
  const wires = new Map<string, Wire>();
  for (const url of urls) {
    if (url === undefined) continue;
    const { origin } = new URL(url);
    if (!wires.has(origin)) wires.set(origin, openWire({ url, ca, ...limits }));
  }
  return wires;
}

/** Opens the wires; nothing is connected until the first call. */
export function openPortalWire(settings: PortalSettings): PortalWire {
  const wires = openWires(settings);
  const headers = {
    Accept: 'application/json',
    'Content-Type': 'application/json',
    Charset: 'utf-8',
    dstcode: settings.dstcode,
  };
  return {
    async post({ url, body, asked }, { call, traces }) {
      const wire = wires.get(new URL(url).origin);
      if (!wire) throw new TypeError('no wire to this address');
      const bytes = Buffer.from(JSON.stringify(body), 'utf8');
      const request = asked ?? toDigest(bytes);
      const sent: SourceTrace = { source: portalName, requestCode: call.requestCode, request };
      // Before axios sees it: its own error for this does not say that nothing was sent.
      if (call.signal.aborted)
        throw new SourceError('unreachable', portalName, 'the deadline had passed', { code: 'deadline' });
      const more = { headers, signal: call.signal, maxBodyLength: settings.limits.requestBytes };
      const answer = await wire.http.post<Buffer>(url, bytes, more).catch((error: unknown) => {
        traces.push(sent);
        throw toWireError(error, sent);
      });
      const trace = { ...sent, answer: toDigest(answer.data) };
      traces.push(trace);
      return readReply(answer, settings, trace);
    },
    async close() {
      await Promise.all([...wires.values()].map((wire) => wire.close()));
    },
  };
}
