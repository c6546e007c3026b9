// The composition root of one hub process: database → registry → evidence → services → request path → listen → drain.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { createOperationTable } from './contracts/table.ts';
import { prepareDatabase } from './database/migrate.ts';
import { createPool } from './database/pool.ts';
import { StartError } from './database/start-error.ts';
import { startEvidenceLog } from './evidence/log.ts';
import { createEvidenceReader } from './evidence/read.ts';
import { startSequencer } from './evidence/sequencer.ts';
import { createRate } from './exchange/admit.ts';
import { createServe } from './exchange/path.ts';
import { createPerSource } from './exchange/per-source.ts';
import type { PlaceLimits } from './exchange/places.ts';
import { createQuota } from './exchange/quota.ts';
import { createRefusals } from './exchange/refusals.ts';
import { checkKeys } from './key-check.ts';
import { openKeys } from './keys.ts';
import { toReadiness } from './operation/health.ts';
import { createLogger } from './operation/logger.ts';
import { createReference } from './reference/reference.ts';
import { startRegistry } from './registry/registry.ts';
import type { Registry } from './registry/types.ts';
import { startDailyWork } from './schedule/daily-work.ts';
import { createPurge } from './schedule/purge.ts';
import { createServices, type ServiceDependencies, type Services } from './services/index.ts';
import { createProofCheck } from './signin/proof-check.ts';
import { openSignIn } from './signin/sign-in.ts';

const placeLimits: PlaceLimits = { calls: 64, waiting: 512, waitMs: 5_000 };
const drainMs = 20_000;
const registryFreshMs = 1_000;
const registryWaitMs = 5_000;
const sweepMs = 50;
const poolConnections = 10;
const ownerConnections = 4;
const serverLimits = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 } as const;

/** A hub that listens. */
export interface Hub {
  readonly url: string;
  /** The log's verifier key. */
  readonly logKey: string;
  /** Takes no new calls, finishes those under way, writes what waits, closes everything. */
  stop(): Promise<void>;
}

function listen(server: Server, config: Config): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(
          new StartError(
            `port ${config.port} on ${config.host} is in use; stop the other program or set PORT`,
          ),
        );
      else if (error.code === 'EACCES')
        reject(
          new StartError(`this account may not listen on port ${config.port}; set PORT to 1024 or more`),
        );
      else if (error.code === 'EADDRNOTAVAIL')
        reject(
          new StartError(`this machine has no address ${config.host}; set LISTEN_HOST to one of its own`),
        );
      else reject(error);
    });
    server.listen(config.port, config.host, () => resolve(server.address() as AddressInfo));
  });
}

/** Compiling contracts keeps the process busy for seconds: the registry is confirmed again before the first call comes. */
async function awaitRegistry({ confirmedMsAgo }: Registry): Promise<void> {
  const endMs = performance.now() + registryWaitMs;
  while (confirmedMsAgo() > registryFreshMs && performance.now() < endMs) await pause(20);
}

function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    // A connection whose call ends while we wait would stay open until its keep-alive time is over.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Where a hub finds its database: from the configuration, or the embedded one. */
export interface DatabaseUrls {
  readonly hubUrl: string;
  readonly ownerUrl: string;
}

/** What is stopped at the end, the last started first. */
type Closers = (() => unknown)[];

/** The rooms behind the request path, started in the order in which they stand on each other. */
async function openRooms(
  config: Config,
  { hubUrl, ownerUrl }: DatabaseUrls,
  publish: (d: ServiceDependencies) => Services,
  logger: Logger,
  closers: Closers,
) {
  const keys = openKeys(config.keyFolder, config.environment);
  await prepareDatabase({ hubUrl, ownerUrl, environment: config.environment });
  const ownerPool = createPool(ownerUrl, { max: ownerConnections, applicationName: 'lgsp-owner' });
  closers.push(() => ownerPool.end());
  await checkKeys(ownerPool, keys);
  const pool = createPool(hubUrl, { max: poolConnections, applicationName: 'lgsp-hub' });
  closers.push(() => pool.end());
  const registry = await startRegistry({ hubUrl, logger });
  closers.push(() => registry.close());
  const sequencer = await startSequencer({ ownerUrl, key: keys.log, origin: config.logOrigin, logger });
  closers.push(() => sequencer.stop());
  const log = await startEvidenceLog({ hubUrl, keys, logger, onRecorded: sequencer.poke });
  closers.push(() => log.stop());
  const reader = createEvidenceReader(pool);
  const failed = (error: unknown): void => logger.error({ err: error }, 'daily work failed; tried again');
  const daily = startDailyWork(ownerPool, [createPurge(ownerPool)], failed);
  closers.push(() => daily.stop());
  const signIn = await openSignIn({ config, pool, registry, keys, logger });
  closers.push(() => signIn.close());
  const services = publish({
    ...{ pool, owner: ownerPool, keys, reader, registry },
    tokens: signIn.tokens,
    environment: config.environment,
    settings: config.settings,
  });
  closers.push(() => services.close());
  return { keys, pool, registry, sequencer, log, reader, signIn, services };
}

type Rooms = Awaited<ReturnType<typeof openRooms>>;

/** The request path over the rooms. */
async function openPath(config: Config, rooms: Rooms, logger: Logger, closers: Closers) {
  const { keys, pool, registry, log, signIn, services } = rooms;
  const failed = (text: string) => (error: unknown) => logger.error({ err: error }, text);
  const quota = await createQuota(pool, failed('quota use was not added up; tried again in a second'));
  closers.push(() => quota.stop());
  const refusals = createRefusals(log, failed('refusals were not recorded; tried again in a minute'));
  closers.push(() => refusals.stop());
  const names = services.published.flatMap(({ source }) => (source === undefined ? [] : [source]));
  const { places, breaker, states, close } = createPerSource(names, placeLimits);
  closers.push(close);
  const serve = createServe({
    table: await createOperationTable(services.published),
    environment: config.environment,
    publicUrl: config.publicUrl,
    fieldKey: keys.field,
    tokens: signIn.tokens,
    checkProof: createProofCheck(),
    rate: createRate(),
    ...{ registry, log, refusals, quota, logger, places, breaker },
  });
  return { serve, states };
}

/**
 * Starts one hub process.
 * @param publish makes the services; default: the list of services/index.ts
 * @throws StartError in one sentence when it cannot run as configured
 */
export async function startHub(
  config: Config,
  urls: DatabaseUrls,
  publish: (d: ServiceDependencies) => Services = createServices,
): Promise<Hub> {
  const { publicUrl, environment } = config;
  const { logger, flush } = createLogger(config.logFolder);
  const closers: Closers = [flush];
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    let failure: unknown;
    for (const close of closers.splice(0).reverse())
      try {
        await close();
      } catch (error) {
        failure ??= error;
      }
    if (failure !== undefined) throw failure;
  };
  try {
    const rooms = await openRooms(config, urls, publish, logger, closers);
    const { serve, states } = await openPath(config, rooms, logger, closers);
    const { reader, sequencer, services } = rooms;
    const contracts = services.published.map(({ contract }) => contract);
    const app = createApp({
      serve,
      ...rooms.signIn,
      reader,
      reference: createReference({ contracts, publicUrl, environment }),
      publicUrl,
      logKey: sequencer.verifierKey,
      onError: (error) => logger.error({ err: error }, 'a page outside the request path failed'),
      readiness: () => toReadiness({ ...rooms, sources: states, isStopping: () => stopping }),
    });
    const server = createServer(serverLimits, app);
    await awaitRegistry(rooms.registry);
    await listen(server, config);
    closers.push(() => drain(server));
    logger.info({ url: publicUrl, environment }, 'hub listens');
    return { url: publicUrl, logKey: sequencer.verifierKey, stop };
  } catch (error) {
    logger.error({ err: error }, 'the hub cannot start');
    await stop();
    throw error;
  }
}
