// A process that is killed and started again under the same command until it is stopped for good.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What is run. */
export interface ChildOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly logFile: string;
  /** Whether a line of its output says that it is ready. */
  readonly isReady: (line: string) => boolean;
}

/** A process that comes back. */
export interface Child {
  readonly name: string;
  /** The line by which it said that it is ready. */
  readonly said: string;
  /** kill -9, then starts it again; resolves when it is ready. */
  kill(): Promise<void>;
  /** Ends it, by SIGTERM first. */
  stop(): Promise<void>;
}

const startMs = 60_000;
const stopMs = 30_000;

const isGone = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

function launch({ args, environment, folder, logFile }: ChildOptions): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const stdio = ['ignore', 'pipe', log] as const;
    const child = spawn(process.execPath, [...args], {
      cwd: folder,
      stdio: [...stdio],
      env: { ...process.env, ...environment },
    });
    const onExit = (): void => void child.kill('SIGKILL');
    process.once('exit', onExit);
    child.once('exit', () => process.off('exit', onExit));
    return child;
  } finally {
    closeSync(log);
  }
}

/** @throws Error when it ends, or takes a minute */
async function awaitReady(child: ChildProcess, { name, isReady, logFile }: ChildOptions): Promise<string> {
  if (!child.stdout) throw new Error(`${name} has no output`);
  const lines = createInterface(child.stdout);
  const timer = setTimeout(() => child.kill('SIGKILL'), startMs);
  try {
    for await (const line of lines) if (isReady(line)) return line;
  } finally {
    clearTimeout(timer);
    child.stdout.resume();
  }
  throw new Error(`${name} did not start; see ${logFile}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (isGone(child)) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await gone;
  clearTimeout(timer);
}

const mostStarts = 5;

/** Starts it. One that does not come up, as its database was just killed, is started again a few times. */
async function start(
  options: ChildOptions,
): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  for (let count = 1; ; count += 1) {
    const child = launch(options);
    try {
      return { child, said: await awaitReady(child, options) };
    } catch (error) {
      await end(child, 'SIGKILL');
      if (count === mostStarts) throw error;
    }
  }
}

/** Starts a process. @throws Error when it does not come up */
export async function startChild(options: ChildOptions): Promise<Child> {
  let running = await start(options);
  return {
    name: options.name,
    get said() {
      return running.said;
    },
    async kill() {
      await end(running.child, 'SIGKILL');
      running = await start(options);
    },
    stop: () => end(running.child, 'SIGTERM'),
  };
}
