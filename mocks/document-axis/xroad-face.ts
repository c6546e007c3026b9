// The direct X-Road face: one POST of a multipart `file`, success is 201. The addressing is [assumed] and free here.
// Source: document-axis.md §4.1.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExchangeParts, serveOperation } from './exchange.ts';
import { takeFile } from './rest-face.ts';

const place = /^\/r1\/[^/]+\/[^/]+\/[^/]+\/[^/]+\/lienthongvanban\/document\/edocs\/new$/;

/** Whether a path is this face's. */
export function isXRoadPath(pathname: string): boolean {
  return place.test(pathname);
}

/** Serves a send; receivers are those of the header `to` (one code), else of the message. */
export async function serveXRoad(
  message: IncomingMessage,
  response: ServerResponse,
  parts: ExchangeParts,
): Promise<void> {
  const headerOf = (name: string): string | undefined => {
    const value = message.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const to = headerOf('to');
  const fields = new Map([['messagetype', 'edoc']]);
  const from = headerOf('from');
  if (from !== undefined) fields.set('from', from);
  if (to !== undefined) fields.set('to', JSON.stringify([to]));
  const client = headerOf('x-road-client');
  const system = parts.settings.systems.find(({ xRoadClient }) => xRoadClient && xRoadClient === client);
  const face = {
    operation: 'sendEdoc',
    systemId: system?.systemId,
    shape: parts.settings.restShape,
    status: 201,
    read: (name: string) => fields.get(name.toLowerCase()),
    identify: () => system,
    takeBody: () => takeFile(message, 'file', fields, parts),
  };
  await serveOperation(message, response, face, parts);
}
