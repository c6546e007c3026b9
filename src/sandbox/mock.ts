// Runs a mock of a national system as a process of its own: started again when it dies, ended when this process does,
// however that ends.
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError, toMessage } from '../database/start-error.ts';
import { rootFolder } from '../root.ts';

/** Addresses of a running mock by their names. */
export interface MockAddresses {
  readonly url: string;
  readonly faultUrl: string;
  readonly journalUrl: string;
  readonly [name: `${string}Url`]: string;
}

/** A running mock; its addresses stay the same when it was started again. */
export interface RunningMock {
  readonly addresses: MockAddresses;
  /** Ends it; nothing is left running. */
  stop(): Promise<void>;
}

/** Which mock, and where it keeps what it has. */
export interface MockOptions {
  /** Folder name under `mocks`. */
  readonly source: string;
  /** Its configuration; kept in `folder` (0600). */
  readonly settings: object;
  readonly folder: string;
  readonly logFile: string;
  /** Told when it died and is started again. */
  readonly say: (text: string) => void;
}

const startMs = 15_000;
const stopMs = 5_000;
const firstBackOffMs = 100;
const longestBackOffMs = 10_000;
/** A mock that lived this long did not die of its start. */
const steadyMs = 60_000;

/** The addresses in what a mock says when it is ready; undefined for anything else. */
function toAddresses(message: unknown): MockAddresses | undefined {
  const said = Object.entries({ ...(typeof message === 'object' ? message : {}) });
  const { url, faultUrl, journalUrl, ...more } = Object.fromEntries(
    said.filter(
      (pair): pair is [string, string] => /^url$|Url$/.test(pair[0]) && typeof pair[1] === 'string',
    ),
  );
  return url && faultUrl && journalUrl ? { url, faultUrl, journalUrl, ...more } : undefined;
}

function forkMock({ source, settings, folder, logFile }: MockOptions, port: number): ChildProcess {
  const configFile = join(folder, `mock-${source}.json`);
  writeFileSync(configFile, JSON.stringify({ ...settings, port }, null, 2), { mode: 0o600 });
  const log = openSync(logFile, 'a', 0o600);
  try {
    return fork(join(rootFolder, 'dist', 'mocks', source, 'main.js'), ['--config', configFile], {
      stdio: ['ignore', log, log, 'ipc'],
      // A group of its own: a terminal's SIGINT reaches the sandbox only, which stops the mock last.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

function awaitReady(child: ChildProcess, { source, logFile }: MockOptions): Promise<MockAddresses> {
  return new Promise((resolve, reject) => {
    const settle = (message: unknown): void => {
      clearTimeout(timer);
      child.off('exit', settle).off('message', settle);
      const addresses = toAddresses(message);
      if (addresses) resolve(addresses);
      else reject(new StartError(`the mock of ${source} did not start; see ${logFile}`));
    };
    const timer = setTimeout(settle, startMs);
    child.once('exit', settle).once('message', settle).on('error', settle);
  });
}

function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/**
 * Starts the compiled mock of a source. When it dies later it is started again on the same port, so that the hub's
 * settings stay right, after pauses that double from 0.1 to 10 s.
 * @throws StartError when it does not come up in 15 s
 */
export async function startMock(options: MockOptions): Promise<RunningMock> {
  const stopping = new AbortController();
  let child = forkMock(options, 0);
  const addresses = await awaitReady(child, options).catch(async (error: unknown) => {
    await stopChild(child);
    throw error;
  });
  const port = Number(new URL(addresses.url).port);

  let startedMs = performance.now();
  let pauseMs = firstBackOffMs;
  async function startAgain(): Promise<void> {
    if (stopping.signal.aborted) return;
    options.say(`the mock of ${options.source} ended; starting it again`);
    if (performance.now() - startedMs > steadyMs) pauseMs = firstBackOffMs;
    for (let isUp = false; !isUp; pauseMs = Math.min(pauseMs * 2, longestBackOffMs)) {
      await sleep(pauseMs, undefined, { signal: stopping.signal });
      child = forkMock(options, port);
      isUp = await awaitReady(child, options).then(
        () => true,
        () => stopChild(child).then(() => false),
      );
    }
    startedMs = performance.now();
    watch();
  }
  const onFailure = (error: unknown): void => {
    if (!stopping.signal.aborted)
      options.say(`the mock of ${options.source} stays away: ${toMessage(error)}`);
  };
  const watch = (): void => void child.once('exit', () => void startAgain().catch(onFailure));

  watch();
  return {
    addresses,
    async stop() {
      stopping.abort();
      await stopChild(child);
    },
  };
}
