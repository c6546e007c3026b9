// Reads small bodies and sends answers, with the faults that hit an answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fields } from './checksum.ts';
import type { FaultRule } from './faults.ts';

/** An answer before it is sent. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const bodyMostBytes = 262_144;

/** A JSON answer. */
export const toJson = (body: object, status = 200): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(body),
});

/** A page; nothing in it is loaded from anywhere, and no script runs. */
export const toHtml = (body: string, status = 200): Answer => ({
  status,
  type: 'text/html; charset=utf-8',
  body,
  headers: { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" },
});

/** An answer of the platform in the form that is configured. Source: payment-platform.md §1.1 */
export function toReply(fields: Fields, form: 'plain' | 'wrapped'): Answer {
  if (form === 'plain') return toJson(fields);
  return toJson({ error_code: fields['MaLoi'] === '00' ? '0' : '-1', message: JSON.stringify(fields) });
}

/** The answer of a fault that is not carried out; undefined: none at all. */
export function toFaultAnswer({ mode, httpStatus, delayMs }: FaultRule): Answer | undefined {
  const page = '<html><body><h1>Tạm ngừng phục vụ</h1></body></html>';
  const later = { 'retry-after': String(Math.max(1, Math.ceil(Math.min(delayMs, 30_000) / 1_000))) };
  if (mode === 'maintenance') return { ...toHtml(page, 503), headers: later };
  if (mode === 'tooMany') return { ...toJson({ message: 'Too Many Requests' }, 429), headers: later };
  return mode === 'hang' || mode === 'timeoutBefore' ? undefined : toHtml(page, httpStatus);
}

/** Waits, or returns at once when the mock stops. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Reads a body; undefined when it is larger than 256 KiB. */
export async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    const part: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += part.length;
    if (bytes <= bodyMostBytes) chunks.push(part);
  }
  return bytes <= bodyMostBytes ? Buffer.concat(chunks) : undefined;
}

/** Whether a value is an object with members. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of a JSON or form body; undefined when it is neither. */
export function parseFields(body: Buffer | undefined, contentType = ''): Fields | undefined {
  if (body === undefined) return undefined;
  if (contentType.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function write(response: ServerResponse, { status, type, headers }: Answer, body: string | Buffer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(body);
}

/** Sends an answer, spoiled by a fault that hits what was carried out. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  fault: FaultRule | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (fault?.mode === 'slow' || fault?.mode === 'timeoutAfter') await pause(fault.delayMs, signal);
  const whole = Buffer.from(answer.body);
  if (fault?.mode === 'timeoutAfter') response.destroy();
  else if (fault?.mode === 'errorAfter')
    write(response, toHtml('', fault.httpStatus), '<html><body>Bad Gateway</body></html>');
  else if (fault?.mode === 'malformed')
    write(response, answer, whole.subarray(0, Math.floor(whole.length / 2)));
  else if (fault?.mode === 'emptyBody') write(response, answer, '');
  else write(response, answer, answer.body);
}
