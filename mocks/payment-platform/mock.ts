// The mock of the national payment platform: puts its parts together and listens. Imports nothing of the hub.
import { createHash } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { openCallList } from '../parts/call-list.ts';
import { settleLater } from './attempt.ts';
import { serveBank } from './bank-face.ts';
import { createSchedule } from './clock.ts';
import { type PaymentPlatformMockConfig, parseSettings, type Settings } from './config.ts';
import { createConfirmer } from './confirm.ts';
import { serveControl, toControlPath } from './control.ts';
import { createFaults } from './faults.ts';
import { openJournal } from './journal.ts';
import { createLedger } from './ledger.ts';
import { createLocks } from './locks.ts';
import { serveMessage } from './messages.ts';
import { serveOtherFace } from './other-faces.ts';
import { servePage } from './page.ts';
import type { Parts } from './parts.ts';
import { serveReceipt } from './receipt.ts';
import { serveReconciliation } from './reconciliation.ts';

/** A running mock. */
export interface PaymentPlatformMock {
  readonly port: number;
  /** Where a provider's messages go; the other faces lie under it. */
  readonly url: string;
  /** The daily file of the platform, asked for by a provider. */
  readonly reconciliationFileUrl: string;
  /** These hold the control key: whoever knows them may use them. */
  readonly faultUrl: string;
  readonly journalUrl: string;
  readonly payUrl: string;
  readonly confirmUrl: string;
  readonly reconciliationUrl: string;
  readonly billUrl: string;
  readonly settingsUrl: string;
  /** The list of calls of a day: `?day=yyyy-MM-dd`. */
  readonly callsUrl: string;
  /** Ends every connection, waits for the journal. */
  readonly close: () => Promise<void>;
}

const keepAliveMs = 65_000;

/** What stands for a configuration; the port of a start does not count. */
function toConfigDigest({ port: _port, ...settings }: Settings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

async function openParts(settings: Settings, toUrl: () => string, signal: AbortSignal): Promise<Parts> {
  const { nowIso } = settings;
  const offsetMs = nowIso === undefined ? 0 : Date.parse(nowIso) - Date.now();
  const initial = { ...settings.live, clockOffsetMs: offsetMs };
  const ledger = createLedger();
  const live = () => ledger.live() ?? initial;
  const schedule = createSchedule(offsetMs, (cause) => {
    if (!signal.aborted) console.error('payment platform mock:', cause);
  });
  const journal = await openJournal(settings.journalFile, ledger.apply, schedule.nowMs);
  const confirmer = createConfirmer(() => parts);
  const parts: Parts = {
    ...{ settings, live, journal, ledger, schedule, confirmer, signal },
    ...{ faults: createFaults(), locks: createLocks(), url: toUrl },
  };
  await journal.append({ event: 'started', config: toConfigDigest(settings) });
  schedule.setOffset(live().clockOffsetMs);
  return parts;
}

/** What the payments are owed since the last end. */
function resume(parts: Parts): void {
  for (const payment of parts.ledger.all()) if (payment.state === 'pending') settleLater(payment, parts);
  parts.confirmer.resume();
}

async function route(message: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { path, reconciliationPath } = parts.settings;
  const url = new URL(message.url ?? '/', 'http://mock');
  const { pathname } = url;
  const rest = pathname.startsWith(`${path}/`) ? pathname.slice(path.length + 1) : undefined;
  const isGet = message.method === 'GET';
  if (pathname === path && message.method === 'POST') return serveMessage(message, response, parts);
  if (rest === undefined) return serveControl(message, response, url, parts);
  if (rest.startsWith('thanh-toan/'))
    return servePage(message, response, rest.slice('thanh-toan/'.length), parts);
  if (isGet && rest.startsWith('bien-lai/'))
    return serveReceipt(response, rest.slice('bien-lai/'.length), parts);
  if (isGet && `/${rest}` === reconciliationPath) return serveReconciliation(response, url, parts);
  if (await serveOtherFace(message, response, rest, parts)) return;
  if (await serveBank(message, response, rest, parts)) return;
  response.writeHead(404).end();
}

/** A request that breaks off ends its connection and nothing else; a fault of the mock itself is told as well. */
function createListener(parts: Parts) {
  return (message: IncomingMessage, response: ServerResponse): void => {
    route(message, response, parts).catch((cause: unknown) => {
      if (!response.destroyed && !message.destroyed) console.error('payment platform mock:', cause);
      response.destroy();
    });
  };
}

async function listen(server: Server, { host, port }: Settings): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('payment platform mock: no port');
  return address.port;
}

function toAddresses(settings: Settings, port: number): Omit<PaymentPlatformMock, 'close'> {
  const { host, path, reconciliationPath } = settings;
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const control = `${origin}${toControlPath(settings)}`;
  return {
    port,
    url: `${origin}${path}`,
    reconciliationFileUrl: `${origin}${path}${reconciliationPath}`,
    faultUrl: `${control}/fault`,
    journalUrl: `${control}/journal`,
    payUrl: `${control}/pay`,
    confirmUrl: `${control}/confirm`,
    reconciliationUrl: `${control}/reconciliation`,
    billUrl: `${control}/bill`,
    settingsUrl: `${control}/settings`,
    callsUrl: `${control}/calls`,
  };
}

/**
 * Starts the mock in this process.
 * @throws Error with every mistake of the configuration, or when the journal or the port cannot be opened
 */
export async function startPaymentPlatformMock(
  config: PaymentPlatformMockConfig,
): Promise<PaymentPlatformMock> {
  return openPaymentPlatformMock(parseSettings(config));
}

/**
 * Starts the mock with settings that were checked before.
 * @throws Error when the journal or the port cannot be opened
 */
export async function openPaymentPlatformMock(settings: Settings): Promise<PaymentPlatformMock> {
  const stopping = new AbortController();
  // Every answer that is held back listens to it.
  setMaxListeners(0, stopping.signal);
  let url = '';
  const parts = await openParts(settings, () => url, stopping.signal);
  const calls = openCallList(settings.journalFile, toControlPath(settings));
  const server = createServer({ keepAliveTimeout: keepAliveMs }, calls.wrap(createListener(parts)));
  const port = await listen(server, settings).catch(async (cause: unknown) => {
    await calls.close();
    await parts.journal.close();
    throw cause;
  });
  const addresses = toAddresses(settings, port);
  url = addresses.url;
  resume(parts);
  return {
    ...addresses,
    close: async () => {
      stopping.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await parts.schedule.close();
      await calls.close();
      await parts.journal.close();
    },
  };
}
