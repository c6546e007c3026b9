// Keeps the registry snapshot fresh: told by NOTIFY and, because a notice can be lost, asking for the version as well.
// One connection does both, so one that has gone deaf is found by its failing checks.
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import { createBell } from './bell.ts';
import { openConnection, type RegistryConnection } from './connection.ts';
import { type LoadedRegistry, loadRegistry, readVersion } from './load.ts';
import { UnreadableRow } from './row.ts';
import { createSnapshot } from './snapshot.ts';
import type { Registry, Snapshot } from './types.ts';

/** What the registry needs. */
export interface RegistryOptions {
  /** The database as the hub's own role, which can only read the registry. */
  readonly hubUrl: string;
  readonly logger: Logger;
  /** Milliseconds between checks of the version; default 500. Also the longest pause before connecting again. */
  readonly checkEveryMs?: number;
}

const firstRetryMs = 50;

/** Says once, not twice a second, that the registry cannot be confirmed, and when it can again. */
function createOutageLog(logger: Logger) {
  let said: string | undefined;
  return {
    failed(error: unknown): void {
      const message = error instanceof Error ? error.message : String(error);
      if (message === said) return;
      said = message;
      if (error instanceof UnreadableRow)
        logger.error({ err: error }, 'the registry cannot be read; the last state stays');
      else logger.warn({ err: error }, 'the registry cannot be confirmed; the last state stays');
    },
    confirmed(version: bigint): void {
      if (said !== undefined) logger.info({ version: String(version) }, 'the registry is confirmed again');
      said = undefined;
    },
  };
}

interface Loaded {
  readonly loaded: LoadedRegistry;
  readonly snapshot: Snapshot;
}

interface State extends Loaded {
  readonly connection: RegistryConnection;
  /** On the monotonic clock, taken before the database was asked: what it said is at least that new. */
  readonly confirmedAtMs: number;
}

async function load({ client }: RegistryConnection, old?: LoadedRegistry): Promise<Loaded> {
  const loaded = await loadRegistry(client, old);
  return { loaded, snapshot: createSnapshot(loaded.rows) };
}

/** Always loads, and all of it: a restored database may repeat a version. */
async function connect(hubUrl: string, onEvent: () => void): Promise<State> {
  const confirmedAtMs = performance.now();
  const connection = await openConnection(hubUrl, onEvent);
  try {
    return { connection, ...(await load(connection)), confirmedAtMs };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function check(state: State): Promise<State> {
  const { connection, loaded } = state;
  const confirmedAtMs = performance.now();
  const isCurrent = (await readVersion(connection.client)) === loaded.rows.version;
  return { ...state, ...(isCurrent ? undefined : await load(connection, loaded)), confirmedAtMs };
}

/**
 * Loads the registry and keeps it fresh until `close`. While the database is away, or holds a row that cannot be read,
 * `current` stays the last good state and `confirmedMsAgo()` grows: callers decide how old is too old.
 * @throws Error when the first load fails
 */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const { hubUrl, logger, checkEveryMs = 500 } = options;
  const notice = createBell();
  const stop = createBell();
  const outage = createOutageLog(logger);
  let state = await connect(hubUrl, notice.ring);
  let isConnected = true;
  let stopping = false;

  async function watch(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!stopping)
      try {
        state = isConnected ? await check(state) : await connect(hubUrl, notice.ring);
        isConnected = true;
        retryMs = firstRetryMs;
        outage.confirmed(state.snapshot.version);
        await notice.pause(checkEveryMs);
      } catch (error) {
        if (!stopping) outage.failed(error);
        isConnected = false;
        await state.connection.close();
        await stop.pause(retryMs);
        retryMs = Math.min(retryMs * 2, checkEveryMs);
      }
    await state.connection.close();
  }

  const watching = watch();
  return {
    get current() {
      return state.snapshot;
    },
    confirmedMsAgo: () => performance.now() - state.confirmedAtMs,
    async close() {
      stopping = true;
      notice.ring();
      stop.ring();
      // A check that hangs on a dead line is cut off here.
      await state.connection.close();
      await watching;
    },
  };
}
