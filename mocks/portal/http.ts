// What the faces and the addresses for tests need of HTTP.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Reads a body to its end; undefined when it is larger than `mostBytes`. */
export async function readBody(message: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes <= mostBytes) chunks.push(piece);
  }
  return bytes <= mostBytes ? Buffer.concat(chunks) : undefined;
}

/** The value of a JSON text; undefined when it is none. */
export function parseJson(body: Buffer | undefined): unknown {
  try {
    return body && JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Sends a small JSON answer. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}
