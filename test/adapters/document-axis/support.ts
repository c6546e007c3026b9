// A source that says what a test tells it to, and messages of invented content; for answers that no faithful mock gives.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  type AxisCall,
  type AxisMessage,
  createDocumentAxisAdapter,
  type DocumentAxis,
  parseDocumentAxisSettings,
} from '../../../adapters/document-axis/index.ts';

/** How the source answers next. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A source under a test's control. */
export interface Puppet {
  readonly url: string;
  answer: Answer;
  /** Opens an axis at it; closed with it. */
  open(more?: Readonly<Record<string, unknown>>, now?: () => number): DocumentAxis;
  close(): Promise<void>;
}

/** Starts a source on a free port. */
export async function openPuppet(): Promise<Puppet> {
  const opened: DocumentAxis[] = [];
  const server = createServer((request, response) => puppet.answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const puppet: Puppet = {
    url,
    answer: (_request, response) => response.writeHead(500).end(),
    open(more = {}, now = Date.now) {
      const settings = { url, systemId: '00.99.W00', secret: 'test-secret', timeoutMs: 2_000, ...more };
      const axis = createDocumentAxisAdapter(parseDocumentAxisSettings(settings), now);
      opened.push(axis);
      return axis;
    },
    async close() {
      await Promise.all(opened.map((axis) => axis.close()));
      server.closeAllConnections();
      server.close();
    },
  };
  return puppet;
}

/** A source that answers JSON, or a text as it is. */
export const says =
  (body: unknown, status = 200): Answer =>
  (request, response) => {
    request.resume();
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** A call on nobody's behalf. */
export const toCall = (requestCode = 'test-delivery'): AxisCall => ({
  requestCode,
  signal: AbortSignal.timeout(60_000),
});

/** A message of these bytes. */
export function toMessage(bytes: Buffer, more: Partial<AxisMessage> = {}): AxisMessage {
  return {
    kind: 'document',
    from: '000.00.01.H99',
    to: ['000.00.02.G99'],
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    open: () => Readable.from([bytes], { objectMode: false }),
    ...more,
  };
}

/** All of a stream. */
export async function readWhole(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
