// The mock of the national population database: puts its parts together and listens. Imports nothing of the hub.
import { setMaxListeners } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type CallList, openCallList } from '../parts/call-list.ts';
import { type PopulationMockConfig, parseSettings, type Settings } from './config.ts';
import { serveControl, toControlPath } from './control.ts';
import { type Parts, serveExchange } from './exchange.ts';
import { type Face, openPlainFace, openTlsFace } from './faces.ts';
import { createFaults } from './faults.ts';
import { openJournal } from './journal.ts';
import { createPeople } from './people.ts';
import { createRightsCheck, createUsedCodes } from './rights.ts';

/** A running mock. */
export interface PopulationMock {
  readonly port: number;
  /** Where SOAP requests go. */
  readonly url: string;
  /** The string of the digest on the plain face; the same unless configured otherwise. */
  readonly digestUrl: string;
  /** These three hold the control key: whoever knows them may use them. */
  readonly faultUrl: string;
  readonly journalUrl: string;
  readonly peopleUrl: string;
  /** The list of calls of a day: `?day=yyyy-MM-dd`. */
  readonly callsUrl: string;
  /** The TLS face and its certificate (PEM), when `tlsPort` is configured. */
  readonly tls?: { readonly url: string; readonly certificate: string };
  /** Ends every connection, waits for the journal. */
  readonly close: () => Promise<void>;
}

async function openParts(settings: Settings, signal: AbortSignal): Promise<Parts> {
  const used = createUsedCodes(settings);
  const journal = await openJournal(
    settings.journalFile,
    ({ used: isUsed, user, timestamp, requestCode }) => {
      if (isUsed && user && timestamp && requestCode) used.restore({ user, timestamp }, requestCode);
    },
  );
  return {
    settings,
    people: createPeople(settings.seed, settings.peopleCount),
    faults: createFaults(settings.seed),
    journal,
    used,
    checkRights: createRightsCheck(settings),
    signal,
  };
}

async function route(
  message: IncomingMessage,
  response: ServerResponse,
  origin: string,
  parts: Parts,
): Promise<void> {
  const { settings } = parts;
  const url = new URL(message.url ?? '/', origin);
  if (url.pathname !== settings.path) await serveControl(message, response, url, parts);
  else if (message.method !== 'POST') response.writeHead(405, { allow: 'POST' }).end();
  else await serveExchange(message, response, settings.url ?? `${origin}${settings.path}`, parts);
}

/** A request that breaks off ends its connection and nothing else; a fault of the mock itself is told as well. */
function createListener(parts: Parts, getOrigin: () => string): RequestListener {
  return (message, response) => {
    route(message, response, getOrigin(), parts).catch((cause: unknown) => {
      if (!message.destroyed || message.complete) console.error('population mock:', cause);
      response.destroy();
    });
  };
}

async function openFaces(parts: Parts, calls: CallList): Promise<readonly [Face, Face | undefined]> {
  const { host, port, tlsPort } = parts.settings;
  const origins = { plain: '', tls: '' };
  const plain = await openPlainFace(host, port, calls.wrap(createListener(parts, () => origins.plain)));
  origins.plain = plain.origin;
  if (tlsPort === undefined) return [plain, undefined];
  const isRefusing = (): boolean =>
    parts.faults.peek().mode === 'tlsFailure' && parts.faults.take().mode === 'tlsFailure';
  const tls = await openTlsFace(
    host,
    tlsPort,
    calls.wrap(createListener(parts, () => origins.tls)),
    isRefusing,
  );
  origins.tls = tls.origin;
  return [plain, tls];
}

/**
 * Starts the mock in this process.
 * @throws Error with every mistake of the configuration, or when the journal or a port cannot be opened
 */
export async function startPopulationMock(config: PopulationMockConfig): Promise<PopulationMock> {
  return openPopulationMock(parseSettings(config));
}

/**
 * Starts the mock with settings that were checked before.
 * @throws Error when the journal or a port cannot be opened
 */
export async function openPopulationMock(settings: Settings): Promise<PopulationMock> {
  const stopping = new AbortController();
  // Every answer that is held back listens to it.
  setMaxListeners(0, stopping.signal);
  const parts = await openParts(settings, stopping.signal);
  const calls = openCallList(settings.journalFile, toControlPath(settings));
  const [plain, tls] = await openFaces(parts, calls).catch(async (cause: unknown) => {
    await calls.close();
    await parts.journal.close();
    throw cause;
  });
  const base = `${plain.origin}${settings.path}`;
  const control = `${plain.origin}${toControlPath(settings)}`;
  return {
    port: plain.port,
    url: base,
    digestUrl: settings.url ?? base,
    faultUrl: `${control}/fault`,
    journalUrl: `${control}/journal`,
    ...{ peopleUrl: `${control}/people`, callsUrl: `${control}/calls` },
    ...(tls?.certificate && {
      tls: { url: `${tls.origin}${settings.path}`, certificate: tls.certificate },
    }),
    close: async () => {
      stopping.abort();
      await Promise.all([plain.close(), tls?.close()]);
      await calls.close();
      await parts.journal.close();
    },
  };
}
