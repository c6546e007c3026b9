// Between Node's HTTP and the request path: a call from a request, an answer from a reply.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingCall, Reply } from './exchange/stages.ts';
import { Problem } from './problem.ts';
import type { ToPeer } from './signin/peer.ts';

/** How long a caller may take to send a body. */
const bodyTimeoutMs = 15_000;
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

/** The call that a request makes; `toPeer` tells from where. */
export function toCall(request: IncomingMessage, toPeer: ToPeer): IncomingCall {
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
  };
}

/** Sends a reply; a connection whose request was not read to its end is not used again. */
export function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('content-length', reply.body.length);
  if (!request.complete) response.setHeader('connection', 'close');
  // Head and a small body go out in one piece only when the body is a text; latin1 keeps every byte.
  if (reply.body.length <= onePieceBytes) response.end(reply.body.toString('latin1'), 'latin1');
  else response.end(reply.body);
}
