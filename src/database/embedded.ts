// The embedded PostgreSQL of a hub that was given no DATABASE_URL: made at first start, adopted when it already runs,
// started again when it was killed, stopped with the hub. Reachable only over a socket in a folder of mode 0700.
import { chmodSync, mkdirSync, realpathSync } from 'node:fs';
import pg from 'pg';
import { type Account, chooseAccount } from './account.ts';
import { type Binaries, openBinaries } from './binaries.ts';
import { type Cluster, openCluster, superuser, writeSettings } from './cluster.ts';
import { lockFolder } from './folder-lock.ts';
import { createRoles, databaseName, hubRole, ownerRole } from './roles.ts';
import {
  findLastSocketFolder,
  findServer,
  isEnding,
  isServer,
  type Server,
  startServer,
  stopServer,
} from './server.ts';
import { boundLog } from './server-log.ts';
import { createSocketFolder, removeSocketFolder, renewSocketFolder, toUrl } from './socket-folder.ts';
import { StartError, toFolderError, toMessage, toSystemCode } from './start-error.ts';

/** A running embedded database, watched by this process. */
export interface EmbeddedDatabase {
  /** For the hub's own role. */
  readonly hubUrl: string;
  /** For the role that owns the database: migrations, sequencer, purge. */
  readonly ownerUrl: string;
  /** Where the server keeps its data. */
  readonly dataFolder: string;
  /** True when the server was already running, left behind by a hub that was killed. */
  readonly adopted: boolean;
  /** Process id of the server; another one after it was killed and started again. */
  readonly pid: number;
  /** Stops the server and gives the folder free; leaves no process and no socket. Further calls wait for the first. */
  stop(): Promise<void>;
}

/** Where and for whom the embedded database runs. */
export interface EmbeddedOptions {
  /** Made with mode 0700 when it is missing; everything is kept in it. */
  readonly folder: string;
  /** `sandbox`, `test` or `production`; a folder of another environment is refused. */
  readonly environment: string;
  /** Told what takes long, in one line each, and when the server was started again. */
  readonly onProgress?: (text: string) => void;
}

interface Place {
  readonly cluster: Cluster;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly onProgress: (text: string) => void;
}

const watchMs = 1_000;
const longestBackOffMs = 30_000;

const isUnreachable = (error: unknown): boolean =>
  ['ENOENT', 'ECONNREFUSED'].includes(toSystemCode(error) ?? '');

/** Uses a server that already runs; one whose socket was swept away is of no use and is stopped. */
async function adoptServer(place: Place): Promise<Server | undefined> {
  const found = await findServer(place.cluster, place.onProgress);
  if (!found) return undefined;
  try {
    await prepareRoles(place.cluster, found.socketFolder);
    return found;
  } catch (error) {
    if (await isEnding(place.cluster, found.pid)) return undefined;
    if (!isUnreachable(error)) throw error;
    await stopServer(place.cluster, found.pid);
    removeSocketFolder(found.socketFolder);
    return undefined;
  }
}

async function prepareRoles(cluster: Cluster, socketFolder: string): Promise<void> {
  const client = new pg.Client({
    connectionString: toUrl(socketFolder, superuser, cluster.credentials.superuser, 'postgres'),
    connectionTimeoutMillis: 10_000,
  });
  // A connection that breaks fails the query that needs it; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await createRoles(client, cluster.credentials);
  } catch (error) {
    if (isUnreachable(error)) throw error;
    throw new StartError(
      `the database server of ${cluster.data} refuses its supervisor: ${toMessage(error)}`,
      error,
    );
  } finally {
    await client.end();
  }
}

async function launchServer(place: Place, socketFolder: string): Promise<Server> {
  const { cluster, binaries, account, onProgress } = place;
  writeSettings(cluster, account);
  const server = await startServer(cluster, binaries.postgres, account, socketFolder, onProgress);
  try {
    await prepareRoles(cluster, socketFolder);
    return server;
  } catch (error) {
    await stopServer(cluster, server.pid);
    throw error;
  }
}

/** Starts a server on a socket folder of its own; removes that of a killed server, and its own when it does not start. */
async function launchFirst(place: Place): Promise<Server> {
  const last = findLastSocketFolder(place.cluster);
  const socketFolder = createSocketFolder(place.account);
  try {
    const server = await launchServer(place, socketFolder);
    if (last !== undefined) removeSocketFolder(last);
    return server;
  } catch (error) {
    removeSocketFolder(socketFolder);
    throw error;
  }
}

/** Looks once a second whether the server lives, starts it again if not, and keeps its log bounded. */
function watchServer(place: Place, first: Server) {
  let server = first;
  let failures = 0;
  let nextTry = 0;
  let work: Promise<void> | undefined;
  const restart = async () => {
    place.onProgress(`the database server (process ${server.pid}) is gone; starting it again`);
    try {
      renewSocketFolder(server.socketFolder, place.account);
      server = await launchServer(place, server.socketFolder);
      failures = 0;
    } catch (error) {
      failures += 1;
      nextTry = Date.now() + Math.min(longestBackOffMs, watchMs * 2 ** failures);
      place.onProgress(toMessage(error));
    }
    work = undefined;
  };
  const timer = setInterval(() => {
    if (work || Date.now() < nextTry) return;
    try {
      boundLog(place.cluster.logFile);
      if (!isServer(place.cluster, server.pid)) work = restart();
    } catch (error) {
      nextTry = Date.now() + longestBackOffMs;
      place.onProgress(`cannot look after the database server: ${toMessage(error)}`);
    }
  }, watchMs);
  timer.unref();
  return {
    get pid() {
      return server.pid;
    },
    async end() {
      clearInterval(timer);
      await work;
      await stopServer(place.cluster, server.pid);
      removeSocketFolder(server.socketFolder);
    },
  };
}

/** Makes the folder if need be, and closes it to others. */
function openFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    return realpathSync(folder);
  } catch (error) {
    throw toFolderError(error, folder);
  }
}

/**
 * Starts, or adopts, the embedded database of a folder and watches it until `stop`.
 *
 * After kill -9 of this process the server lives on and the next call adopts it. After kill -9 of the server the next
 * call, or this process within about a second, starts it again on the same socket.
 * @throws StartError in one sentence: folder in use by a living process, no permission, no space, no binaries, root
 *   without a way out, another environment, server does not start
 */
export async function startEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { environment, onProgress = () => {} } = options;
  const binaries = openBinaries();
  const folder = openFolder(options.folder);
  const lock = await lockFolder(folder);
  try {
    const account = chooseAccount(binaries.postgres, folder);
    const cluster = await openCluster(folder, binaries.initdb, account, environment, onProgress);
    const place = { cluster, binaries, account, onProgress };
    const adopted = await adoptServer(place);
    const server = adopted ?? (await launchFirst(place));
    const watch = watchServer(place, server);
    const url = (role: string, password: string) => toUrl(server.socketFolder, role, password, databaseName);
    let stopped: Promise<void> | undefined;
    return {
      hubUrl: url(hubRole, cluster.credentials.hub),
      ownerUrl: url(ownerRole, cluster.credentials.owner),
      dataFolder: cluster.data,
      adopted: adopted !== undefined,
      get pid() {
        return watch.pid;
      },
      stop() {
        stopped ??= watch.end().finally(() => lock.release());
        return stopped;
      },
    };
  } catch (error) {
    lock.release();
    throw error instanceof StartError ? error : toFolderError(error, folder);
  }
}
