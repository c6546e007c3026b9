// Hubs as processes of their own, to be killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { rootFolder } from '../../src/root.ts';
import { toProgramWords } from './program.ts';

/** A hub that runs by itself. */
export interface HubProcess {
  readonly pid: number;
  readonly port: number;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** Drains it. @throws Error when it does not end well */
  stop(): Promise<void>;
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

async function awaitReady(child: ChildProcess, said: readonly Buffer[]): Promise<void> {
  if (!child.stdout) throw new Error('the hub has no output');
  for await (const line of createInterface(child.stdout)) if (line.startsWith('ready ')) return;
  throw new Error(`the hub did not start: ${Buffer.concat(said)}`);
}

/**
 * Starts a hub as a process of its own, which listens when this resolves.
 * @param environment of the process, `PORT` among it
 * @throws Error with what it said when it does not start
 */
export async function startHubProcess(environment: Readonly<Record<string, string>>): Promise<HubProcess> {
  const child = spawn(process.execPath, [...toProgramWords('src/main')], {
    cwd: rootFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  await awaitReady(child, said);
  return {
    pid: child.pid ?? 0,
    port: Number(environment['PORT']),
    kill: () => end(child, 'SIGKILL'),
    async stop() {
      await end(child, 'SIGTERM');
      if (child.exitCode !== 0)
        throw new Error(`the hub ended with ${child.exitCode}: ${Buffer.concat(said)}`);
    },
  };
}
