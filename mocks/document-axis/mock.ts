// The mock of the national document axis: puts its parts together and listens. Imports nothing of the hub.
import { once, setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { openCallList } from '../parts/call-list.ts';
import { serveAdapter } from './adapter-face.ts';
import { type DocumentAxisMockConfig, parseSettings, type Settings } from './config.ts';
import { serveControl, toControlPath } from './control.ts';
import type { ExchangeParts } from './exchange.ts';
import { createFaults } from './faults.ts';
import { openJournal } from './journal.ts';
import { createQueues } from './queues.ts';
import { serveRest } from './rest-face.ts';
import { openStore } from './store.ts';
import { createUnits } from './units.ts';
import { isXRoadPath, serveXRoad } from './xroad-face.ts';

/** A running mock. */
export interface DocumentAxisMock {
  readonly port: number;
  /** The XrdAdapter: an operation's name is put behind it. */
  readonly url: string;
  /** The REST facade. */
  readonly restUrl: string;
  /** The X-Road face: `/<instance>/<class>/<member>/<subsystem>/lienthongvanban/…` is put behind it. */
  readonly xRoadUrl: string;
  /** These hold the control key: whoever knows them may use them. */
  readonly faultUrl: string;
  readonly journalUrl: string;
  readonly unitsUrl: string;
  readonly injectUrl: string;
  /** The list of calls of a day: `?day=yyyy-MM-dd`. */
  readonly callsUrl: string;
  /** Ends every connection, waits for the journal. */
  readonly close: () => Promise<void>;
}

// A send to many receivers names them twice in its headers.
const headerMostBytes = 262_144;
const keepAliveMs = 65_000;

async function openParts(settings: Settings, signal: AbortSignal): Promise<ExchangeParts> {
  const units = createUnits(settings);
  const queues = createQueues(units);
  const store = await openStore(settings);
  const journal = await openJournal(settings, queues.apply);
  return { settings, units, queues, store, journal, faults: createFaults(), signal };
}

async function route(
  message: IncomingMessage,
  response: ServerResponse,
  parts: ExchangeParts,
): Promise<void> {
  const { path, restPath, faces } = parts.settings;
  const url = new URL(message.url ?? '/', 'http://mock');
  const isUnder = (place: string): boolean => url.pathname.startsWith(`${place}/`);
  if (faces.includes('adapter') && isUnder(path))
    await serveAdapter(message, response, url.pathname.slice(path.length + 1), parts);
  else if (faces.includes('rest') && isUnder(restPath)) await serveRest(message, response, url, parts);
  else if (faces.includes('xroad') && isXRoadPath(url.pathname)) await serveXRoad(message, response, parts);
  else await serveControl(message, response, url, parts);
}

/** A request that breaks off ends its connection and nothing else; a fault of the mock itself is told as well. */
function createListener(parts: ExchangeParts) {
  return (message: IncomingMessage, response: ServerResponse): void => {
    route(message, response, parts).catch((cause: unknown) => {
      if (!response.destroyed && !message.destroyed) console.error('document axis mock:', cause);
      response.destroy();
    });
  };
}

async function listen(server: Server, { host, port }: Settings): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('document axis mock: no port');
  return address.port;
}

function toAddresses(settings: Settings, port: number): Omit<DocumentAxisMock, 'close'> {
  const { host, path, restPath } = settings;
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const control = `${origin}${toControlPath(settings)}`;
  return {
    port,
    url: `${origin}${path}`,
    restUrl: `${origin}${restPath}`,
    xRoadUrl: `${origin}/r1`,
    faultUrl: `${control}/fault`,
    journalUrl: `${control}/journal`,
    unitsUrl: `${control}/units`,
    injectUrl: `${control}/inject`,
    callsUrl: `${control}/calls`,
  };
}

/**
 * Starts the mock in this process.
 * @throws Error with every mistake of the configuration, or when the journal or the port cannot be opened
 */
export async function startDocumentAxisMock(config: DocumentAxisMockConfig): Promise<DocumentAxisMock> {
  return openDocumentAxisMock(parseSettings(config));
}

/**
 * Starts the mock with settings that were checked before.
 * @throws Error when the journal or the port cannot be opened
 */
export async function openDocumentAxisMock(settings: Settings): Promise<DocumentAxisMock> {
  const stopping = new AbortController();
  // Every answer that is held back listens to it.
  setMaxListeners(0, stopping.signal);
  const parts = await openParts(settings, stopping.signal);
  const calls = openCallList(settings.journalFile, toControlPath(settings));
  const server = createServer(
    { maxHeaderSize: headerMostBytes, keepAliveTimeout: keepAliveMs },
    calls.wrap(createListener(parts)),
  );
  const port = await listen(server, settings).catch(async (cause: unknown) => {
    await calls.close();
    await parts.journal.close();
    parts.store.close();
    throw cause;
  });
  return {
    ...toAddresses(settings, port),
    close: async () => {
      stopping.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await calls.close();
      await parts.journal.close();
      parts.store.close();
    },
  };
}
