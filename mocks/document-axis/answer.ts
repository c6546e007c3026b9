// Words an outcome for a face and sends it, with the faults that hit an answer. Long ones are streamed.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from './config.ts';
import type { FaultRule } from './faults.ts';
import type { Outcome } from './outcome.ts';
import { type Store, toBase64 } from './store.ts';

/** An answer before it is sent. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer | AsyncIterable<string | Buffer>;
}

/** How a face words things. */
export type Shape = Settings['restShape'] | 'adapter';

/** Plain text, as the axis refuses a wrong credential. §5.10 */
export function toPlain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: text };
}

const json = (body: Answer['body'], status = 200): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body,
});

/** What stands around `data`. */
const frames: Readonly<Record<Shape, readonly [string, string]>> = {
  adapter: ['{"status":"OK","ErrorCode":"0","ErrorDesc":"","data":', '}'],
  status: ['{"status":"OK","ErrorCode":"0","ErrorDesc":"","data":', '}'],
  success: ['{"success":true,"message":"Thanh cong","data":', '}'],
};

// Rows that go into one piece of the stream, and into one text.
const rowsAtOnce = 500;

async function* toRowPieces(rows: Iterable<object>, [before, after]: readonly [string, string]) {
  let piece = `${before}[`;
  let inPiece = 0;
  let separator = '';
  for (const row of rows) {
    piece += separator + JSON.stringify(row);
    separator = ',';
    inPiece += 1;
    if (inPiece < rowsAtOnce) continue;
    yield piece;
    piece = '';
    inPiece = 0;
  }
  yield `${piece}]${after}`;
}

function toRows(rows: Iterable<object>, frame: readonly [string, string]): Answer {
  if (Array.isArray(rows) && rows.length <= rowsAtOnce) return json(frame.join(JSON.stringify(rows)));
  return json(toRowPieces(rows, frame));
}

async function* toContentPieces(base64: AsyncIterable<string>, [before, after]: readonly [string, string]) {
  yield `${before}"`;
  yield* base64;
  yield `"${after}`;
}

function toDone(fields: Readonly<Record<string, string | number>>, shape: Shape): Answer {
  if (shape !== 'success')
    return json(JSON.stringify({ status: 'OK', ErrorCode: '0', ErrorDesc: '', ...fields }));
  const { DocId: docId, ...rest } = fields;
  const data = { errorCode: '0', errorDesc: '', ...rest, ...(docId !== undefined && { docId }) };
  return json(JSON.stringify({ success: true, message: 'Thanh cong', data }));
}

function toRefused(code: string, reason: string, shape: Shape): Answer {
  if (shape !== 'success')
    return json(JSON.stringify({ status: 'FAIL', ErrorCode: code, ErrorDesc: reason }));
  const data = { errorCode: code, errorDesc: reason };
  return json(JSON.stringify({ success: false, message: reason, data }));
}

/** The answer of a face to an outcome. */
export async function toAnswer(outcome: Outcome, shape: Shape, store: Store): Promise<Answer> {
  if (outcome.is === 'done') return toDone(outcome.fields, shape);
  if (outcome.is === 'refused') return toRefused(outcome.code, outcome.reason, shape);
  if (outcome.is === 'rows') return toRows(outcome.rows, frames[shape]);
  const content = await store.read(outcome.message);
  if (outcome.isRaw) return { status: 200, type: 'application/octet-stream', body: content };
  if (!Buffer.isBuffer(content)) return json(toContentPieces(toBase64(content), frames[shape]));
  const [before, after] = frames[shape];
  return json(Buffer.from(`${before}"${content.toString('base64')}"${after}`));
}

async function collect(body: Answer['body']): Promise<Buffer> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function sendHalf(
  response: ServerResponse,
  { body, status, type }: Answer,
  isCut: boolean,
): Promise<void> {
  const whole = await collect(body);
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  response.writeHead(status, { 'content-type': type, 'content-length': isCut ? whole.length : half.length });
  if (!isCut) response.end(half);
  else response.write(half, () => response.destroy());
}

async function sendWhole(response: ServerResponse, { body, status, type }: Answer): Promise<void> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  response.writeHead(status, { 'content-type': type });
  await pipeline(Readable.from(body, { objectMode: true }), response);
}

/** An HTML page where JSON is due. */
export function toHtml(status: number): Answer {
  return { status, type: 'text/html; charset=utf-8', body: `<html><body><h1>${status}</h1></body></html>` };
}

/** Waits, unless the mock stops before. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Sends an answer, or what a fault makes of it. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  fault: FaultRule | undefined,
  signal: AbortSignal,
): Promise<void> {
  const mode = fault?.mode;
  if (fault && (mode === 'slow' || mode === 'timeoutAfter')) await pause(fault.delayMs, signal);
  if (mode === 'timeoutAfter') response.destroy();
  else if (fault && mode === 'errorAfter') await sendWhole(response, toHtml(fault.httpStatus));
  else if (mode === 'truncated' || mode === 'cutAnswer')
    await sendHalf(response, answer, mode === 'cutAnswer');
  else await sendWhole(response, answer);
}
