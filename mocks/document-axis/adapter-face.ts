// The header-signed XrdAdapter: `<path>/<operation>`, every parameter a header. Source: document-axis.md §3.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { drain, type ExchangeParts, type FaceRequest, readJson, serveOperation } from './exchange.ts';
import { operations } from './operations.ts';
import { refuse } from './outcome.ts';
import { findSigner, isHashFile, readParameter } from './signature.ts';
import { withoutTrailingCrlf } from './store.ts';

async function takeBody(message: IncomingMessage, operation: string, parts: ExchangeParts) {
  if (operation === 'registerAgency') return { json: await readJson(message) };
  if (operation !== 'sendEdoc') {
    await drain(message);
    return {};
  }
  const stored = await parts.store.save(withoutTrailingCrlf(message));
  const hash = readParameter(message.headers, 'hash-file') ?? '';
  if (!stored || !parts.settings.checkHash || isHashFile(hash, stored.sha256)) return { stored };
  await parts.store.remove(stored);
  return refuse('10', 'hash-file');
}

/** Serves an operation of the adapter; anything else is 404 or 405. */
export async function serveAdapter(
  message: IncomingMessage,
  response: ServerResponse,
  operation: string,
  parts: ExchangeParts,
): Promise<void> {
  const method = operation === 'downloadEdoc' ? 'GET' : 'POST';
  if (!Object.hasOwn(operations, operation)) {
    response.writeHead(404).end();
    return;
  }
  if (message.method !== method) {
    response.writeHead(405, { allow: method }).end();
    return;
  }
  const { headers } = message;
  const face: FaceRequest = {
    operation,
    systemId: readParameter(headers, 'systemid'),
    shape: 'adapter',
    status: 200,
    read: (name) => readParameter(headers, name),
    identify: () => findSigner(headers, parts.settings, Date.now()),
    takeBody: () => takeBody(message, operation, parts),
  };
  await serveOperation(message, response, face, parts);
}
