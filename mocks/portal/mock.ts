// The mock of the national public-service portal: puts its parts together and listens. Imports nothing of the hub.
import { once, setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { openCallList } from '../parts/call-list.ts';
import { createCodeWriter } from './answer.ts';
import { createCatalogue } from './catalogue.ts';
import { type PortalMockConfig, parseSettings, type Settings } from './config.ts';
import { serveControl, toControlPath } from './control.ts';
import { createDossiers } from './dossiers.ts';
import type { ExchangeParts } from './exchange.ts';
import { createFaults } from './faults.ts';
import { serveLogin, serveService } from './generation-a.ts';
import { serveArray, serveQuery } from './generation-b.ts';
import { readBody, sendJson } from './http.ts';
import { createInbound } from './inbound.ts';
import { type Entry, openJournal } from './journal.ts';
import { createQuestions } from './questions.ts';
import { createSessions } from './sessions.ts';

/** A running mock. */
export interface PortalMock {
  readonly port: number;
  /** Stands before the addresses of generations A and B. */
  readonly url: string;
  /** Generation A: `auth_endpoint`, `integration_endpoint`, `share_endpoint`. */
  readonly authUrl: string;
  readonly integrationUrl: string;
  readonly shareUrl: string;
  /** Generation B: URLThemMoi, URLCapNhat, URLDongBoTienTrinh. */
  readonly createUrl: string;
  readonly updateUrl: string;
  readonly progressUrl: string;
  /** The query-string variant, without its query. */
  readonly queryUrl: string;
  /** These hold the control key: whoever knows them may use them. */
  readonly faultUrl: string;
  readonly journalUrl: string;
  readonly dossiersUrl: string;
  readonly inboundUrl: string;
  readonly catalogueUrl: string;
  /** The list of calls of a day: `?day=yyyy-MM-dd`. */
  readonly callsUrl: string;
  /** Ends every connection, waits for the journal. */
  readonly close: () => Promise<void>;
}

const queryPath = '/api/SynsTTHCC/DongBoHoSoMC';
const keepAliveMs = 65_000;

type State = Pick<ExchangeParts, 'dossiers' | 'questions' | 'catalogue' | 'inbound'>;

/** Repeats what a line of the journal did to the state. */
function restore(entry: Entry, { dossiers, questions, catalogue, inbound }: State): void {
  inbound.restore(entry);
  if (entry.event === 'catalogue') catalogue.apply(entry.change);
  if (entry.event !== 'call') return;
  const by = { unit: entry.unit, atMs: Date.parse(entry.at) };
  for (const record of entry.records ?? []) {
    const { kind, code } = record;
    if (!('fields' in record)) dossiers.noteRefusal(code);
    else if (kind === 'create' || kind === 'update') dossiers.put(code, record.fields, kind, by);
    else if (kind === 'progress') dossiers.addProgress(code, record.fields, by.atMs);
    else if (kind === 'question') questions.put(code, record.fields);
    else questions.answer(code, record.fields);
  }
}

async function openParts(settings: Settings, signal: AbortSignal): Promise<ExchangeParts> {
  const dossiers = createDossiers();
  const state = {
    ...{ dossiers, questions: createQuestions(), catalogue: createCatalogue(settings) },
    inbound: createInbound(settings, dossiers, signal),
  };
  const journal = await openJournal(settings, (entry) => restore(entry, state));
  const sessions = createSessions(settings);
  const writeIn = createCodeWriter();
  return { settings, ...state, sessions, journal, faults: createFaults(), writeIn, signal };
}

type Face = (message: IncomingMessage, response: ServerResponse, body: Buffer, url: URL) => Promise<void>;

/** The faces by their paths, as far as the configuration offers them. */
function toFaces(parts: ExchangeParts): ReadonlyMap<string, Face> {
  const { path, generations } = parts.settings;
  const faces = new Map<string, Face>();
  if (generations.includes('A')) {
    faces.set(`${path}/auth`, (message, response, body) => serveLogin(message, response, body, parts));
    for (const endpoint of ['integration', 'share'] as const)
      faces.set(`${path}/${endpoint}`, (message, response, body) =>
        serveService(message, response, body, endpoint, parts),
      );
  }
  if (generations.includes('B'))
    for (const purpose of ['create', 'update', 'progress'] as const)
      faces.set(`${path}/${purpose}`, (_message, response, body) =>
        serveArray(response, body, purpose, parts),
      );
  if (generations.includes('query'))
    faces.set(queryPath, (_message, response, body, url) =>
      serveQuery(response, body, url.searchParams, parts),
    );
  return faces;
}

async function route(
  message: IncomingMessage,
  response: ServerResponse,
  faces: ReadonlyMap<string, Face>,
  parts: ExchangeParts,
): Promise<void> {
  const url = new URL(message.url ?? '/', 'http://mock');
  const face = faces.get(url.pathname);
  if (!face) return serveControl(message, response, url, parts);
  const body = await readBody(message, parts.settings.bodyBytes);
  if (message.method !== 'POST') return sendJson(response, 405, { error: 'POST only' });
  if (body === undefined) return sendJson(response, 413, { error: 'too large' });
  await face(message, response, body, url);
}

/** A request that breaks off ends its connection and nothing else; a fault of the mock itself is told as well. */
function createListener(parts: ExchangeParts) {
  const faces = toFaces(parts);
  return (message: IncomingMessage, response: ServerResponse): void => {
    route(message, response, faces, parts).catch((cause: unknown) => {
      if (!response.destroyed && !message.destroyed) console.error('portal mock:', cause);
      response.destroy();
    });
  };
}

async function listen(server: Server, { host, port }: Settings): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('portal mock: no port');
  return address.port;
}

function toAddresses(settings: Settings, port: number): Omit<PortalMock, 'close'> {
  const { host, path } = settings;
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const [url, control] = [`${origin}${path}`, `${origin}${toControlPath(settings)}`];
  return {
    ...{ port, url },
    ...{ authUrl: `${url}/auth`, integrationUrl: `${url}/integration`, shareUrl: `${url}/share` },
    ...{ createUrl: `${url}/create`, updateUrl: `${url}/update`, progressUrl: `${url}/progress` },
    queryUrl: `${origin}${queryPath}`,
    ...{ faultUrl: `${control}/fault`, journalUrl: `${control}/journal` },
    ...{ dossiersUrl: `${control}/dossiers`, inboundUrl: `${control}/inbound` },
    ...{ catalogueUrl: `${control}/catalogue`, callsUrl: `${control}/calls` },
  };
}

/**
 * Starts the mock in this process.
 * @throws Error with every mistake of the configuration, or when the journal or the port cannot be opened
 */
export async function startPortalMock(config: PortalMockConfig): Promise<PortalMock> {
  return openPortalMock(parseSettings(config));
}

/**
 * Starts the mock with settings that were checked before.
 * @throws Error when the journal or the port cannot be opened
 */
export async function openPortalMock(settings: Settings): Promise<PortalMock> {
  const stopping = new AbortController();
  // Every answer that is held back listens to it.
  setMaxListeners(0, stopping.signal);
  const parts = await openParts(settings, stopping.signal);
  const calls = openCallList(settings.journalFile, toControlPath(settings));
  const server = createServer({ keepAliveTimeout: keepAliveMs }, calls.wrap(createListener(parts)));
  const port = await listen(server, settings).catch(async (cause: unknown) => {
    await calls.close();
    await parts.journal.close();
    throw cause;
  });
  parts.inbound.start(parts.journal);
  return {
    ...toAddresses(settings, port),
    close: async () => {
      stopping.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await parts.inbound.settle();
      await calls.close();
      await parts.journal.close();
    },
  };
}
