// The composition root of one hub process: database → registry → evidence → services → request path → listen → drain.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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
import { openKeys } from './keys.ts';
import { toReadiness } from './operation/health.ts';
import { createLogger } from './operation/logger.ts';
import { startRegistry } from './registry/registry.ts';
import { createServices } from './services/index.ts';
import { createAuthorizationServer } from './signin/authorization-server.ts';
import { createProofCheck } from './signin/proof-check.ts';
import { createTokenCheck, toAudience } from './signin/token-check.ts';

const placeLimits: PlaceLimits = { calls: 64, waiting: 512, waitMs: 5_000 };
const drainMs = 20_000;
const poolConnections = 10;

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
      else reject(error);
    });
    server.listen(config.port, config.host, () => resolve(server.address() as AddressInfo));
  });
}

function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(timer);
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

/** Starts one hub process. @throws StartError in one sentence when it cannot run as configured */
export async function startHub(config: Config, { hubUrl, ownerUrl }: DatabaseUrls): Promise<Hub> {
  const keys = openKeys(config.keyFolder, config.environment);
  const { logger, flush } = createLogger(config.logFolder);
  const closers: (() => unknown)[] = [flush];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    await prepareDatabase({ hubUrl, ownerUrl, environment: config.environment });
    const pool = createPool(hubUrl, { max: poolConnections, applicationName: 'lgsp-hub' });
    closers.push(() => pool.end());
    const registry = await startRegistry({ hubUrl, logger });
    closers.push(() => registry.close());
    const sequencer = await startSequencer({ ownerUrl, key: keys.log, origin: config.logOrigin, logger });
    closers.push(() => sequencer.stop());
    const log = await startEvidenceLog({ hubUrl, keys, logger, onRecorded: sequencer.poke });
    closers.push(() => log.stop());
    const reader = createEvidenceReader(pool);
    const services = createServices({ pool, keys, reader, settings: config.settings });
    closers.push(() => services.close());
    const onError = (text: string) => (error: unknown) => logger.error({ err: error }, text);
    const quota = await createQuota(pool, onError('quota use was not added up; tried again in a second'));
    closers.push(() => quota.stop());
    const refusals = createRefusals(log, onError('refusals were not recorded; tried again in a minute'));
    closers.push(() => refusals.stop());
    const authorization = await createAuthorizationServer({ ...config, registry, keys, pool, logger });
    const table = await createOperationTable(services.published);
    const names = services.published.flatMap(({ source }) => (source === undefined ? [] : [source]));
    const perSource = createPerSource(names, placeLimits);
    closers.push(() => perSource.close());
    let stopping = false;
    const serve = createServe({
      registry,
      log,
      refusals,
      quota,
      table,
      logger,
      environment: config.environment,
      publicUrl: config.publicUrl,
      fieldKey: keys.field,
      rate: createRate(),
      tokens: createTokenCheck({
        issuer: config.publicUrl,
        audience: toAudience(config.environment),
        keys: [keys.token],
      }),
      checkProof: createProofCheck(),
      places: perSource.places,
      breaker: perSource.breaker,
    });
    const app = createApp({
      serve,
      authorization,
      reader,
      publicUrl: config.publicUrl,
      logKey: sequencer.verifierKey,
      onError: onError('a page outside the request path failed'),
      readiness: () =>
        toReadiness({ log, registry, sequencer, sources: perSource.states, isStopping: () => stopping }),
    });
    const server = createServer(
      { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 },
      app,
    );
    await listen(server, config);
    closers.push(() => drain(server));
    logger.info({ url: config.publicUrl, environment: config.environment }, 'hub listens');
    return {
      url: config.publicUrl,
      logKey: sequencer.verifierKey,
      async stop() {
        stopping = true;
        await closeAll();
      },
    };
  } catch (error) {
    logger.error({ err: error }, 'the hub cannot start');
    await closeAll();
    throw error;
  }
}
