// Runs a mock of a national system as a process of its own; it ends when this one does, however that ends.
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../database/start-error.ts';
import { rootFolder } from '../root.ts';

/** Addresses of a running mock. */
export interface MockAddresses {
  readonly url: string;
  readonly faultUrl: string;
  readonly journalUrl: string;
  readonly peopleUrl: string;
}

/** A running mock. */
export interface RunningMock extends MockAddresses {
  stop(): Promise<void>;
}

const startMs = 15_000;
const stopMs = 5_000;

function isAddresses(message: unknown): message is MockAddresses {
  const members: Record<string, unknown> = { ...(typeof message === 'object' ? message : {}) };
  return ['url', 'faultUrl', 'journalUrl', 'peopleUrl'].every((name) => typeof members[name] === 'string');
}

function awaitReady(child: ChildProcess, source: string, logFile: string): Promise<MockAddresses> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new StartError(`the mock of ${source} did not start; see ${logFile}`));
    const timer = setTimeout(fail, startMs);
    child.once('exit', fail);
    child.once('message', (message) => {
      clearTimeout(timer);
      child.off('exit', fail);
      if (isAddresses(message)) resolve(message);
      else fail();
    });
  });
}

function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
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
 * Starts the compiled mock of `source` with `settings`, kept in `folder` (0600).
 * @throws StartError when it does not come up in 15 s
 */
export async function startMock(
  source: string,
  settings: object,
  folder: string,
  logFile: string,
): Promise<RunningMock> {
  const configFile = join(folder, `mock-${source}.json`);
  writeFileSync(configFile, JSON.stringify(settings, null, 2), { mode: 0o600 });
  const log = openSync(logFile, 'a', 0o600);
  const child = fork(join(rootFolder, 'dist', 'mocks', source, 'main.js'), ['--config', configFile], {
    stdio: ['ignore', log, log, 'ipc'],
    // A group of its own: a terminal's SIGINT reaches the sandbox first, which stops the mock last.
    detached: true,
  });
  closeSync(log);
  const addresses = await awaitReady(child, source, logFile);
  return { ...addresses, stop: () => stopChild(child) };
}
