// Programs that the sandbox runs beside itself: started again when they die, ended when this process does, however that ends.
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError, toMessage } from '../database/start-error.ts';
import { rootFolder } from '../root.ts';

/** Which program, and what it says when it is ready. */
export interface ChildOptions<Ready> {
  /** What it is called in sentences, e.g. `the mock of population`. */
  readonly name: string;
  /** Its file below `dist`. */
  readonly program: string;
  /** Its words, so that it listens on `port`; 0: one that the system chooses. */
  readonly toWords: (port: number) => readonly string[];
  readonly logFile: string;
  /** Reads the message by which it says that it listens; undefined for anything else. */
  readonly toReady: (message: unknown) => Ready | undefined;
  /** Told when it died and is started again. */
  readonly say: (text: string) => void;
}

/** A running program; it keeps its port when it was started again. */
export interface RunningChild<Ready> {
  readonly ready: Ready;
  /** Ends it; nothing is left running. */
  stop(): Promise<void>;
}

const startMs = 15_000;
const stopMs = 5_000;
const firstBackOffMs = 100;
const longestBackOffMs = 10_000;
/** One that lived this long did not die of its start. */
const steadyMs = 60_000;

function forkChild<Ready>({ program, toWords, logFile }: ChildOptions<Ready>, port: number): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    return fork(join(rootFolder, 'dist', program), [...toWords(port)], {
      stdio: ['ignore', log, log, 'ipc'],
      // A group of its own: a terminal's SIGINT reaches the sandbox only, which stops it last.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

function awaitReady<Ready>(
  child: ChildProcess,
  { name, logFile, toReady }: ChildOptions<Ready>,
): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const settle = (message: unknown): void => {
      clearTimeout(timer);
      child.off('exit', settle).off('message', settle);
      const ready = toReady(message);
      if (ready !== undefined) resolve(ready);
      else reject(new StartError(`${name} did not start; see ${logFile}`));
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
 * Starts a compiled program. When it dies later it is started again on the same port, so that the hub's settings stay
 * right, after pauses that double from 0.1 to 10 s.
 * @throws StartError when it does not come up in 15 s
 */
export async function startChild<Ready extends { readonly url: string }>(
  options: ChildOptions<Ready>,
): Promise<RunningChild<Ready>> {
  const stopping = new AbortController();
  let child = forkChild(options, 0);
  const ready = await awaitReady(child, options).catch(async (error: unknown) => {
    await stopChild(child);
    throw error;
  });
  const port = Number(new URL(ready.url).port);

  let startedMs = performance.now();
  let pauseMs = firstBackOffMs;
  async function startAgain(): Promise<void> {
    if (stopping.signal.aborted) return;
    options.say(`${options.name} ended; starting it again`);
    if (performance.now() - startedMs > steadyMs) pauseMs = firstBackOffMs;
    for (let isUp = false; !isUp; pauseMs = Math.min(pauseMs * 2, longestBackOffMs)) {
      await sleep(pauseMs, undefined, { signal: stopping.signal });
      child = forkChild(options, port);
      isUp = await awaitReady(child, options).then(
        () => true,
        () => stopChild(child).then(() => false),
      );
    }
    startedMs = performance.now();
    watch();
  }
  const onFailure = (error: unknown): void => {
    if (!stopping.signal.aborted) options.say(`${options.name} stays away: ${toMessage(error)}`);
  };
  const watch = (): void => void child.once('exit', () => void startAgain().catch(onFailure));

  watch();
  return {
    ready,
    async stop() {
      stopping.abort();
      await stopChild(child);
    },
  };
}
