// One PostgreSQL server process of a cluster: found, started, waited for, stopped. Believes a pid only after looking at it.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, programEnvironment } from './account.ts';
import type { Cluster } from './cluster.ts';
import {
  findProcess,
  findProcesses,
  findWorkingFolder,
  type ProcessRow,
  signalProcess,
} from './process-table.ts';
import { StartError, toProgramError, toSystemCode } from './start-error.ts';

/** A server process and the folder of its socket. */
export interface Server {
  readonly pid: number;
  readonly socketFolder: string;
}

interface PidFile extends Server {
  /** `starting`, `ready`, `standby` or `stopping`; empty while it is being written. */
  readonly status: string;
}

const tickMs = 40;
/** Recovery after a crash may replay a whole `max_wal_size` on a slow disk. */
const startLimitMs = 10 * 60_000;
const endingLimitMs = 1_000;
const orphanLimitMs = 5_000;
const zombieLimitMs = 3_000;
const fastStopLimitMs = 20_000;
const immediateStopLimitMs = 5_000;

async function waitUntil(done: () => boolean, limitMs: number): Promise<boolean> {
  const end = Date.now() + limitMs;
  while (!done()) {
    if (Date.now() > end) return false;
    await sleep(tickMs);
  }
  return true;
}

/** Source: PostgreSQL 15, src/include/utils/pidfile.h: line 1 pid, 5 socket folder, 8 status. */
function readPidFile(cluster: Cluster): PidFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(cluster.data, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (toSystemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
  return Number.isNaN(pid) || pid === 0
    ? undefined
    : { pid, socketFolder: lines[4]?.trim() ?? '', status: lines[7]?.trim() ?? '' };
}

/** The socket folder of the server that ran last and did not end in order, or undefined. */
export function findLastSocketFolder(cluster: Cluster): string | undefined {
  return readPidFile(cluster)?.socketFolder;
}

/** The server keeps the command line it was started with; the processes that it forks name the cluster in a title. */
const isServerCommand = (cluster: Cluster, command: string): boolean =>
  command.includes(`cluster_name=${cluster.mark}`);

/** Pids of all living processes of the cluster: the server and what it forked, also what outlived it. */
function readProcesses(cluster: Cluster): readonly number[] {
  const title = `postgres: ${cluster.mark}`;
  return findProcesses((command) => isServerCommand(cluster, command) || command.startsWith(title)).map(
    ({ pid }) => pid,
  );
}

/** Whether `pid` is a living server of this cluster and not a zombie or another program that got the number. */
export function isServer(cluster: Cluster, pid: number): boolean {
  const row = findProcess(pid);
  return row !== undefined && !row.zombie && isServerCommand(cluster, row.command);
}

/** Whether a server that does not answer is about to be gone: one that was killed this moment still looks alive. */
export function isEnding(cluster: Cluster, pid: number): Promise<boolean> {
  return waitUntil(() => !isServer(cluster, pid), endingLimitMs);
}

/** Whether a server of the cluster lives, be it that its pid file is not written yet. */
function hasServer(cluster: Cluster, file: PidFile | undefined): boolean {
  if (file && isServer(cluster, file.pid)) return true;
  return findProcesses((command) => isServerCommand(cluster, command)).length > 0;
}

/** The running server of the cluster once it is ready, or undefined when none runs. Waits for one that starts or stops. */
export async function findServer(
  cluster: Cluster,
  onProgress: (text: string) => void,
): Promise<Server | undefined> {
  const end = Date.now() + startLimitMs;
  for (let told = false; Date.now() < end; told = true) {
    const file = readPidFile(cluster);
    if (!hasServer(cluster, file)) return undefined;
    if (file?.status === 'ready' && isServer(cluster, file.pid))
      return { pid: file.pid, socketFolder: file.socketFolder };
    if (!told) onProgress(`waiting for the database server (${file?.status || 'starting'})`);
    await sleep(tickMs);
  }
  throw new StartError(
    `the database server of ${cluster.data} runs but does not become ready; see ${cluster.logFile}`,
  );
}

/** Waits for processes of a server that was killed, then ends those that hang on; they hold its shared memory. */
async function awaitOrphans(cluster: Cluster, onProgress: (text: string) => void): Promise<void> {
  const gone = () => readProcesses(cluster).length === 0;
  if (gone()) return;
  onProgress('waiting for processes of the earlier database server');
  if (await waitUntil(gone, orphanLimitMs)) return;
  if (await endProcesses(cluster)) return;
  throw new StartError(`processes of the earlier database server of ${cluster.data} do not end`);
}

/** Ends every process of the cluster at once; what was committed is recovered at the next start. */
async function endProcesses(cluster: Cluster): Promise<boolean> {
  const gone = () => readProcesses(cluster).length === 0;
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const pid of readProcesses(cluster)) signalProcess(pid, signal);
    if (await waitUntil(gone, immediateStopLimitMs)) return true;
  }
  return false;
}

/** Whether a pid file that names this living process would keep PostgreSQL from starting. */
function isInTheWay(cluster: Cluster, row: ProcessRow): boolean {
  try {
    process.kill(row.pid, 0);
  } catch {
    return false;
  }
  const folder = findWorkingFolder(row.pid);
  const serves = folder === undefined ? /\bpostgres\b/.test(row.command) : folder === cluster.data;
  if (serves && !row.zombie)
    throw new StartError(
      `process ${row.pid} is a database server on ${cluster.data} that no hub started; stop it first`,
    );
  return true;
}

/**
 * Clears the way for a new server; no server of this cluster runs and the caller holds its lock.
 *
 * PostgreSQL removes the pid file of a dead process itself, and refuses to start while the pid belongs to a process of
 * the same account, be it a zombie or another program, or while the file is empty. Only then, after waiting, and once no
 * process of this cluster is left, the file is removed here.
 */
async function clearPidFile(cluster: Cluster, onProgress: (text: string) => void): Promise<void> {
  await awaitOrphans(cluster, onProgress);
  const path = join(cluster.data, 'postmaster.pid');
  if (!existsSync(path)) return;
  const file = readPidFile(cluster);
  if (file && findProcess(file.pid)?.zombie) {
    onProgress(`waiting for the dead database server (process ${file.pid}) to be collected`);
    await waitUntil(() => !findProcess(file.pid)?.zombie, zombieLimitMs);
  }
  const row = file && findProcess(file.pid);
  if (file && !(row && isInTheWay(cluster, row))) return;
  onProgress(`the pid file ${path} does not name a database server any more; clearing it`);
  unlinkSync(path);
}

/**
 * Starts a server of the cluster in a process group of its own, so that it outlives this process.
 * @throws StartError when it does not become ready
 */
export async function startServer(
  cluster: Cluster,
  program: string,
  account: Account,
  socketFolder: string,
  onProgress: (text: string) => void,
): Promise<Server> {
  await clearPidFile(cluster, onProgress);
  const logStart = existsSync(cluster.logFile) ? statSync(cluster.logFile).size : 0;
  const log = openSync(cluster.logFile, 'a', 0o600);
  const args = ['-D', cluster.data, '-k', socketFolder, '-c', `cluster_name=${cluster.mark}`];
  const [command = program, ...rest] = [...account.prefix, program, ...args];
  const child = spawn(command, rest, {
    cwd: cluster.data,
    env: programEnvironment,
    stdio: ['ignore', log, log],
    detached: true,
    ...account.ids,
  });
  closeSync(log);
  let ended = false;
  child.once('error', () => {
    ended = true;
  });
  child.once('exit', () => {
    ended = true;
  });
  child.unref();
  const ready = () => {
    const file = readPidFile(cluster);
    return file?.pid === child.pid && file?.status === 'ready';
  };
  await waitUntil(() => ended || ready(), startLimitMs);
  if (ended || child.pid === undefined)
    throw toProgramError(
      `the database server did not start (see ${cluster.logFile})`,
      readFileSync(cluster.logFile).subarray(logStart).toString(),
      cluster.data,
    );
  if (!ready()) {
    await endProcesses(cluster);
    throw new StartError(`the database server does not become ready; see ${cluster.logFile}`);
  }
  return { pid: child.pid, socketFolder };
}

/** Stops the server: clients are cut off, data is flushed; after 20 s it is ended at once. Leaves no process. */
export async function stopServer(cluster: Cluster, pid: number): Promise<void> {
  const gone = () => readProcesses(cluster).length === 0;
  if (isServer(cluster, pid)) signalProcess(pid, 'SIGINT');
  if (await waitUntil(gone, fastStopLimitMs)) return;
  if (!(await endProcesses(cluster)))
    throw new StartError(`the database server of ${cluster.data} (process ${pid}) does not end`);
}
