// Between Node's HTTP and the request path: a call from a request, an answer from a reply.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { IncomingCall, Reply, StreamedBody } from './exchange/stages.ts';
import { Problem } from './problem.ts';
import type { ToPeer } from './signin/peer.ts';

/** How long a caller may take to send a body. */
const bodyTimeoutMs = 15_000;
/** How long a streamed body may stand still, either way: remote communes have a bad network. */
const longestStillMs = 30_000;
/** How long what a caller goes on sending is thrown away: altogether, and after the last piece. */
const lingerMs = { most: 2_000, still: 200 } as const;
const onePieceBytes = 12_288;

/** Reads a body of at most `limitBytes`; what is longer is not read to its end. */
function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limitBytes) return Promise.reject(new Problem('body-too-large'));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => finish(new Problem('body-unreadable')), bodyTimeoutMs);
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limitBytes) finish(new Problem('body-too-large'));
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish(undefined);
    const onLost = (): void => finish(new Problem('body-unreadable'));
    function finish(problem: Problem | undefined): void {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onLost).off('close', onLost);
      if (problem) {
        request.pause();
        reject(problem);
      } else resolve(Buffer.concat(chunks));
    }
    request.on('data', onData).on('end', onEnd).on('error', onLost).on('close', onLost);
  });
}

/** The body as it comes in, bounded in size and in how long it may stand still. */
function openBody(request: IncomingMessage, limitBytes: number, stillMs: number): Transform {
  let bytes = 0;
  const fail = (): unknown => body.destroy(new Problem('body-unreadable'));
  // What was sent and is not yet taken is no fault of the sender.
  const onStill = (): unknown => (body.readableLength > 0 ? timer.refresh() : fail());
  const timer = setTimeout(onStill, stillMs);
  const body = new Transform({
    transform(chunk: Buffer, _, done) {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > limitBytes) done(new Problem('body-too-large'));
      else done(undefined, chunk);
    },
  });
  const onLost = (): void => {
    if (!request.complete) fail();
  };
  body.once('close', () => {
    clearTimeout(timer);
    request.off('close', onLost);
    request.unpipe(body);
  });
  // Whoever reads it sees the error; one that comes while nobody reads must not end the process.
  body.on('error', () => undefined);
  request.once('close', onLost).on('error', onLost).pipe(body);
  // A line that broke before anybody listened says nothing more.
  if (request.destroyed) onLost();
  return body;
}

/** Ends a request outside the request path that does not come whole in time; those inside have limits of their own. */
export function limitSending(request: IncomingMessage, mostMs = longestStillMs): void {
  const onLate = (): void => {
    if (!request.complete) request.destroy();
  };
  const timer = setTimeout(onLate, mostMs);
  request.once('close', () => clearTimeout(timer));
}

/**
 * The call that a request makes; `toPeer` tells from where.
 * @param stillMs how long a streamed body may stand still
 */
export function toCall(request: IncomingMessage, toPeer: ToPeer, stillMs = longestStillMs): IncomingCall {
  const peer = toPeer(request);
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    headers,
    remoteAddress: peer.address,
    certificate: peer.certificate,
    body: (limitBytes) => readBody(request, limitBytes),
    content: (limitBytes) => openBody(request, limitBytes, stillMs),
  };
}

/** A body that breaks off ends the connection: its length was promised. */
async function sendStream(response: ServerResponse, { open }: StreamedBody): Promise<void> {
  const onStill = (): unknown => response.destroy();
  response.setTimeout(longestStillMs, onStill);
  try {
    await pipeline(await open(), response);
  } catch {
    response.destroy();
  } finally {
    response.setTimeout(0);
  }
}

/**
 * Answers a caller that is still sending, and closes a moment later: a connection that is closed while bytes come in is
 * reset, and the answer may be lost with it. Source: RFC 9112 §9.6
 */
function endLate(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const end = (): void => {
    for (const timer of [still, most]) clearTimeout(timer);
    request.off('data', onData).off('end', end).off('close', end);
    response.end();
  };
  const still = setTimeout(end, lingerMs.still);
  const most = setTimeout(end, lingerMs.most);
  const onData = (): unknown => still.refresh();
  response.write(body);
  request.on('data', onData).once('end', end).once('close', end).resume();
}

/** Sends a reply; a connection whose request was not read to its end is not used again. */
export async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  if (response.headersSent || response.destroyed) return;
  const { status, headers, body } = reply;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('x-content-type-options', 'nosniff');
  if (!request.complete) response.setHeader('connection', 'close');
  if (!Buffer.isBuffer(body)) {
    response.setHeader('content-length', body.bytes);
    return sendStream(response, body);
  }
  // RFC 9110 §8.6: an answer to HEAD says nothing of a length that it does not know; 204 and 304 have none.
  if (request.method !== 'HEAD' && status !== 204 && status !== 304)
    response.setHeader('content-length', body.length);
  if (!request.complete) return endLate(request, response, body);
  // Head and a small body go out in one piece only when the body is a text; latin1 keeps every byte.
  if (body.length <= onePieceBytes) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}
