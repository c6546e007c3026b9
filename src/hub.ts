// The composition root of one hub process: database → registry → evidence → services → request path → listen → drain.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type AppDependencies, createListener } from './app.ts';
import { createBlobStore } from './blobs/blob-store.ts';
import type { Config } from './config.ts';
import { startCompiling } from './contracts/compile-ahead.ts';
import { createOperationTable } from './contracts/table.ts';
import { prepareDatabase } from './database/migrate.ts';
import { openRolePools } from './database/role-pools.ts';
import { type DatabaseUrls, toOwnersWork, toWorkingUrls } from './database/roles.ts';
import { createDeliveryEngine } from './delivery/engine.ts';
import { createKeyChainReader } from './evidence/key-chain.ts';
import { openLogName } from './evidence/origin.ts';
import { startIndexer } from './evidence/search/indexer.ts';
import { createTicketSigner } from './evidence/ticket.ts';
import { createStampReader } from './evidence/time-stamps/list.ts';
import { openStamping } from './evidence/time-stamps/stamping.ts';
import { createRate } from './exchange/admit.ts';
import { parseCallers } from './exchange/caller-settings.ts';
import type { Observe } from './exchange/observe.ts';
import { createServe } from './exchange/path.ts';
import { createPerSource } from './exchange/per-source.ts';
import type { PlaceLimits } from './exchange/places.ts';
import { createQuota } from './exchange/quota.ts';
import { createRefusals } from './exchange/refusals.ts';
import { createSourceCallers, toCallingSources } from './exchange/source-callers.ts';
import { openLog } from './hub-log.ts';
import { checkKeys } from './key-check.ts';
import { openKeys } from './keys.ts';
import { drain, listen } from './listen.ts';
import { createClockCheck } from './operation/clock.ts';
import { addDeliveryMetrics } from './operation/delivery-metrics.ts';
import { type Readiness, toReadiness } from './operation/health.ts';
import { createLogger } from './operation/logger.ts';
import { createLogMeter, createTokenMeter } from './operation/meters.ts';
import { createMetrics } from './operation/metrics.ts';
import { listenForMetrics } from './operation/metrics-server.ts';
import { toReadings } from './operation/readings.ts';
import { createStateReader } from './operation/state-reader.ts';
import { addStorageMetrics } from './operation/storage-metrics.ts';
import { watchSynchronised } from './operation/synchronised.ts';
import { addTimeStampMetrics } from './operation/time-stamp-metrics.ts';
import { openWatch } from './operation/watch.ts';
import { addWitnessMetrics } from './operation/witness-metrics.ts';
import { createReference } from './reference/reference.ts';
import { startRegistry } from './registry/registry.ts';
import type { Registry } from './registry/types.ts';
import { type DailyWorks, startDailyWork } from './schedule/daily-work.ts';
import { createOwnWorks } from './schedule/works.ts';
import { createServices, type ServiceDependencies, type Services, toSources } from './services/index.ts';
import { registerServices } from './services/register.ts';
import { createProofCheck } from './signin/proof-check.ts';
import { openSignIn } from './signin/sign-in.ts';

const placeLimits: PlaceLimits = { calls: 64, waiting: 512, waitMs: 5_000 };
const registryFreshMs = 1_000;
const registryWaitMs = 5_000;
// How long a request may take to come is limited where its body is read: some are large and come over a bad network.
const serverLimits = { requestTimeout: 0, headersTimeout: 10_000, keepAliveTimeout: 65_000 } as const;

/** A hub that listens. */
export interface Hub {
  readonly url: string;
  /** Where its metrics are, on this machine only; undefined: nowhere. */
  readonly metricsUrl: string | undefined;
  /** The log's verifier key. */
  readonly logKey: string;
  /** Takes no new calls, finishes those under way, writes what waits, closes everything. */
  stop(): Promise<void>;
}

/** Before the first call comes the registry holds the services that this process registered, confirmed just now. */
async function awaitRegistry(registry: Registry, { published }: Services): Promise<void> {
  const endMs = performance.now() + registryWaitMs;
  const isReady = (): boolean =>
    registry.confirmedMsAgo() <= registryFreshMs &&
    published.every(({ contract }) => registry.current.service(contract.service) !== undefined);
  while (!isReady() && performance.now() < endMs) await pause(20);
}

/** Where a hub finds its database: from the configuration, or the embedded one, whose data lie on this machine. */
export type DatabasePlace = DatabaseUrls & { readonly dataFolder?: string };

/** What is stopped at the end, the last started first. */
type Closers = (() => unknown)[];

/** The rooms behind the request path, started in the order in which they stand on each other. */
async function openRooms(
  config: Config,
  urls: DatabasePlace,
  publish: (d: ServiceDependencies) => Services,
  processClock: () => Date,
  logger: Logger,
  closers: Closers,
) {
  const keys = openKeys(config.keyFolder, config.environment);
  await prepareDatabase({ ...urls, environment: config.environment });
  const { hubUrl, sequencerUrl } = toWorkingUrls(urls);
  if (config.environment === 'production' && toOwnersWork(urls).length > 0)
    logger.warn({ missing: toOwnersWork(urls) }, 'this process works as the owner of the database');
  const pools = openRolePools(toWorkingUrls(urls));
  const { hub: pool, registry: registryPool, retention: retentionPool } = pools;
  closers.push(() => Promise.all(Object.values(pools).map((one) => one.end())));
  const { origin } = await openLogName(registryPool, config.logOrigin);
  await checkKeys(registryPool, keys, origin);
  const registry = await startRegistry({ hubUrl, logger });
  closers.push(() => registry.close());
  const synchronised = config.clockCheck === 'synchronised' ? await watchSynchronised() : undefined;
  closers.push(() => synchronised?.stop());
  if (synchronised?.state === 'unknown')
    logger.warn('nothing on this machine says whether its clock is synchronised');
  const clock = await createClockCheck(pool, processClock, () => synchronised?.state ?? 'unknown');
  const indexer = startIndexer({ ownerUrl: sequencerUrl, logger });
  closers.push(() => indexer.stop());
  const stamping = openStamping(config.settings.timeStamps, { pool: registryPool, logger });
  closers.push(() => stamping.stop());
  const logMeter = createLogMeter();
  const processId = randomUUID();
  const logGround = {
    ...{ config, origin, hubUrl, sequencerUrl, pool, pools },
    ...{ keys, clock, logMeter, processId, logger },
  };
  const { gate, witnesses, sequencer, onRecorded, log, reader } = await openLog(logGround, closers);
  const blobs = createBlobStore(config.blobFolder, keys.blob, keys.earlierBlobs);
  // Set once the request path is there: nothing is sent before.
  const watching: { source: Observe['source'] } = { source: () => undefined };
  const engine = createDeliveryEngine({
    ...{ pool, keys, processId, logger, onRecorded, now: clock.entryClock.now },
    isSourceOff: (source) => registry.current.isSourceOff(source),
    maySend: () => gate.isOpen,
    observeSource: (source, outcome, ms) => watching.source(source, outcome, ms),
  });
  const tokenMeter = createTokenMeter();
  const signIn = await openSignIn({ config, pool, registry, keys, logger, onToken: tokenMeter.add });
  closers.push(() => signIn.close());
  const storagePlace = { dataFolder: urls.dataFolder, databaseBytes: config.databaseBytes };
  const services = publish({
    ...{ hubUrl, pool, registryPool, retentionPool, keys, reader, registry, engine, log, blobs, processId },
    logger,
    blobFolder: config.blobFolder,
    state: createStateReader(pool, storagePlace),
    tokens: signIn.tokens,
    environment: config.environment,
    settings: config.settings,
  });
  closers.push(() => services.close());
  closers.push(() => engine.stop());
  await registerServices(registryPool, services.published);
  const failed = (error: unknown): void => logger.error({ err: error }, 'daily work failed; tried again');
  const works = [...createOwnWorks(registryPool, logger), ...services.works];
  let daily: DailyWorks | undefined;
  gate.whenOpen(() => {
    daily = startDailyWork(registryPool, works, failed);
  });
  closers.push(() => daily?.stop());
  const meters = { log: logMeter, tokens: tokenMeter };
  return {
    ...{ keys, pool, pools, registry, clock, storagePlace, gate, witnesses, origin },
    ...{ sequencer, stamping, log, processId, reader, engine, watching, signIn, services, meters },
  };
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
  const names = toSources(services.published, services.routes);
  const { places, breaker, states, close } = createPerSource(names, placeLimits);
  closers.push(close);
  const table = createOperationTable(services.published);
  const callers = parseCallers(config.settings.callers, toCallingSources(table.operations));
  const { meter, report, storage, stop } = await openWatch({
    ...{ ...rooms, logger, states, traces: config.traces, operations: table.operations, sources: names },
    registryVersion: () => registry.current.version,
  });
  closers.push(stop);
  rooms.watching.source = meter.observe.source;
  const serve = createServe({
    table,
    observe: meter.observe,
    environment: config.environment,
    publicUrl: config.publicUrl,
    fieldKey: keys.field,
    tokens: signIn.tokens,
    checkProof: createProofCheck(),
    signTicket: createTicketSigner(rooms.origin, () => rooms.sequencer.signer.key),
    rate: createRate(),
    findCaller: createSourceCallers(callers),
    ...{ registry, log, refusals, quota, logger, places, breaker },
  });
  return { serve, states, places, names, meter, report, storage };
}

type Path = Awaited<ReturnType<typeof openPath>>;

/** @returns where the metrics are, or undefined when they are switched off */
async function openMetrics(
  config: Config,
  rooms: Rooms,
  path: Path & { readonly readiness: () => Readiness },
  closers: Closers,
): Promise<string | undefined> {
  if (config.metricsPort === undefined) return undefined;
  const readings = toReadings({
    ...{ ...rooms, ...path, sources: path.names },
    isReady: () => path.readiness().status === 'ready',
  });
  const metrics = createMetrics({ path: path.meter, ...rooms.meters, readings });
  addDeliveryMetrics(metrics, rooms.engine);
  addStorageMetrics(metrics, path.storage);
  addTimeStampMetrics(metrics, rooms.stamping);
  addWitnessMetrics(metrics, rooms.witnesses, rooms.gate);
  closers.push(() => metrics.clear());
  const server = await listenForMetrics(metrics, config.metricsPort);
  closers.push(() => server.close());
  return server.url;
}

/**
 * Starts one hub process.
 * @param publish makes the services; default: the list of services/index.ts
 * @param processClock what is checked against the database's clock; default: the system's
 * @throws StartError in one sentence when it cannot run as configured
 */
export async function startHub(
  config: Config,
  urls: DatabaseUrls,
  publish: (d: ServiceDependencies) => Services = createServices,
  processClock: () => Date = () => new Date(),
): Promise<Hub> {
  const { publicUrl, environment } = config;
  const { logger, flush } = createLogger(config.logFolder);
  const closers: Closers = [flush];
  let stopping = false;
  let hush = (): void => undefined;
  const stop = async (): Promise<void> => {
    stopping = true;
    hush();
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
    const rooms = await openRooms(config, urls, publish, processClock, logger, closers);
    hush = rooms.services.hush;
    const path = await openPath(config, rooms, logger, closers);
    const { reader, sequencer, services } = rooms;
    const contracts = services.published.map(({ contract }) => contract);
    const readiness = () => toReadiness({ ...rooms, sources: path.states, isStopping: () => stopping });
    const metricsUrl = await openMetrics(config, rooms, { ...path, readiness }, closers);
    const dependencies: AppDependencies = {
      serve: path.serve,
      ...rooms.signIn,
      ...{ reader, readStamps: createStampReader(rooms.pool) },
      reference: createReference({ contracts, publicUrl, environment }),
      publicUrl,
      toLogKey: () => sequencer.verifierKey,
      keyChain: createKeyChainReader(rooms.pool, rooms.origin),
      onError: (error) => logger.error({ err: error }, 'a page outside the request path failed'),
      readiness,
      isReadOnly: () => !rooms.gate.isOpen,
      isStopping: () => stopping,
    };
    const basePaths = contracts.map(({ basePath }) => basePath);
    const server = createServer(serverLimits, createListener(dependencies, basePaths));
    await awaitRegistry(rooms.registry, services);
    await listen(server, config);
    closers.push(() => drain(server));
    rooms.gate.whenOpen(() => {
      if (stopping) return;
      rooms.engine.start(services.routes);
      services.start();
    });
    const failed = (error: unknown): void => logger.error({ err: error }, 'a contract cannot be compiled');
    closers.push(startCompiling(contracts, failed));
    logger.info({ url: publicUrl, metricsUrl, environment }, 'hub listens');
    return { url: publicUrl, metricsUrl, logKey: sequencer.verifierKey, stop };
  } catch (error) {
    logger.error({ err: error }, 'the hub cannot start');
    await stop();
    throw error;
  }
}
