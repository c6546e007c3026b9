// Writes an outcome as JSON and sends it, with the faults that hit an answer. Long lists are streamed.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCodeForm } from './config.ts';
import type { FaultRule } from './faults.ts';
import type { Outcome } from './outcome.ts';

/** Writes an `error_code`. */
export type WriteCode = (code: number) => number | string;

const writers = {
  number: (code: number) => code,
  '0': (code: number) => String(code),
  '00': (code: number) => (code === 0 ? '00' : String(code)),
} as const;

/** Gives each answer its writer; `mixed` goes through the forms in turn. */
export function createCodeWriter(): (form: ErrorCodeForm) => WriteCode {
  const inTurn = [writers.number, writers['0'], writers['00']] as const;
  let turn = 0;
  return (form) => {
    if (form !== 'mixed') return writers[form];
    turn += 1;
    return inTurn[(turn - 1) % inTurn.length] ?? writers.number;
  };
}

// Rows that go into one piece of the stream.
const rowsAtOnce = 500;

function toRow(row: object, write: WriteCode): string {
  const isCoded = 'error_code' in row && typeof row.error_code === 'number';
  return JSON.stringify(isCoded ? { ...row, error_code: write(Number(row.error_code)) } : row);
}

const isList = (result: NonNullable<Outcome['result']>): result is Iterable<object> =>
  Symbol.iterator in result;

function* toPieces({ code, message, session, result, page }: Outcome, write: WriteCode): Iterable<string> {
  const head = { error_code: write(code), message, ...(session && { session }), ...page };
  let piece = JSON.stringify(head).slice(0, -1);
  if (result !== undefined && isList(result)) {
    piece += ',"result":[';
    let place = 0;
    for (const row of result) {
      piece += (place > 0 ? ',' : '') + toRow(row, write);
      place += 1;
      if (place % rowsAtOnce !== 0) continue;
      yield piece;
      piece = '';
    }
    piece += ']';
  } else if (result !== undefined) piece += `,"result":${JSON.stringify(result)}`;
  yield `${piece}}`;
}

/** Waits, unless the mock stops before. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

const jsonType = 'application/json; charset=utf-8';

function sendText(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** An HTML page where JSON is due. */
export function sendHtml(response: ServerResponse, status: number): void {
  const page = `<html><head><title>${status}</title></head><body><h1>${status} Bad Gateway</h1></body></html>`;
  sendText(response, status, 'text/html; charset=utf-8', page);
}

/** Tells that too many calls came. */
export function sendTooMany(response: ServerResponse, retryAfterSeconds: number | undefined): void {
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  sendText(response, 429, 'text/plain; charset=utf-8', 'Too Many Requests');
}

/** Text of a portal under maintenance, in the place of JSON. */
export const maintenanceText = 'Hệ thống đang bảo trì, vui lòng quay lại sau';

/** The maintenance text with the status of success. */
export function sendMaintenance(response: ServerResponse): void {
  sendText(response, 200, 'text/plain; charset=utf-8', maintenanceText);
}

async function sendWhole(response: ServerResponse, outcome: Outcome, write: WriteCode): Promise<void> {
  const pieces = toPieces(outcome, write)[Symbol.iterator]();
  const [first, second] = [pieces.next(), pieces.next()];
  if (second.done) {
    sendText(response, 200, jsonType, first.done ? '' : first.value);
    return;
  }
  function* all(): Iterable<string> {
    if (!first.done) yield first.value;
    for (let next = second; !next.done; next = pieces.next()) yield next.value;
  }
  response.writeHead(200, { 'content-type': jsonType });
  await pipeline(Readable.from(all(), { objectMode: true }), response);
}

/** Sends an outcome, or what a fault makes of it. */
export async function sendOutcome(
  response: ServerResponse,
  outcome: Outcome,
  write: WriteCode,
  fault: FaultRule | undefined,
  signal: AbortSignal,
): Promise<void> {
  const mode = fault?.mode;
  if (fault && (mode === 'slow' || mode === 'timeoutAfter')) await pause(fault.delayMs, signal);
  if (mode === 'timeoutAfter') response.destroy();
  else if (fault && mode === 'htmlAfter') sendHtml(response, fault.httpStatus);
  else if (mode === 'malformed')
    sendText(response, 200, jsonType, `{error_code: ${outcome.code}, 'message': "${outcome.message}",,}`);
  else if (mode === 'truncated') {
    const whole = [...toPieces(outcome, write)].join('');
    sendText(response, 200, jsonType, whole.slice(0, Math.floor(whole.length / 2)));
  } else await sendWhole(response, outcome, write);
}
