// Child processes of the bench: pinned to a core, announced by a line, ended with the bench.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';

/** Core 0 is the gateway's alone; all else runs on core 1. */
export type Core = 0 | 1;

/** Whether processes can be kept to a core here. */
export const isPinned =
  cpus().length > 1 && spawnSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' }).status === 0;

const readyMs = 60_000;

/** The command that runs another one on a core. */
export const onCore = (core: Core, command: readonly string[]): readonly string[] =>
  isPinned ? ['taskset', '-c', String(core), ...command] : command;

/** How a child is started. */
export interface ChildOptions {
  readonly core: Core;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts a child; it does not outlive this process. */
export function startChild({ core, command, environment = {}, cwd }: ChildOptions): ChildProcess {
  const [program = '', ...args] = onCore(core, command);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', ...environment },
    ...(cwd !== undefined && { cwd }),
  });
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  child.once('exit', () => process.off('exit', onExit));
  return child;
}

/** Waits for the line by which a child says that it is ready. @throws Error when it ends or takes a minute */
export async function awaitReady(child: ChildProcess, name: string): Promise<void> {
  if (!child.stdout) throw new Error(`${name} has no output`);
  const lines = createInterface(child.stdout);
  const timer = setTimeout(() => child.kill('SIGKILL'), readyMs);
  try {
    for await (const line of lines) if (line.startsWith('ready')) return;
  } finally {
    clearTimeout(timer);
    child.stdout.resume();
  }
  throw new Error(`${name} did not start`);
}

/** Ends a child. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await gone;
  clearTimeout(timer);
}
