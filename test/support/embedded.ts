// Folders and processes of the database tests, gone when the test is.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { rootFolder } from '../../src/root.ts';

/** What a supervisor of its own process says: that it runs, or why not. */
export interface Said {
  readonly hubUrl: string;
  readonly ownerUrl: string;
  readonly adopted: boolean;
  readonly pid: number;
  readonly said: readonly string[];
  readonly refused?: string;
}

/** How a supervisor is run: words before node, from which checkout, other variables. */
export interface Running {
  readonly prefix?: readonly string[];
  readonly root?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A new folder of mode 0700 under the temporary one. */
export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lgsp-database-'));
}

export { removeFolder } from '../../src/database/cluster.ts';

/** Starts a supervisor as a process of its own, under umask 077. */
export function spawnSupervisor(
  folder: string,
  { prefix = [], root = rootFolder, env }: Running = {},
): ChildProcess {
  const program = join(root, 'test', 'database', 'supervisor.ts');
  const words = [...prefix, process.execPath, '--import', 'tsx', program, folder];
  return spawn('/bin/sh', ['-c', 'umask 077; exec "$@"', 'sh', ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
}

/** Waits for the one line of a supervisor. */
export async function readSaid(child: ChildProcess): Promise<Said> {
  if (!child.stdout) throw new Error('the supervisor has no output');
  for await (const line of createInterface(child.stdout)) return JSON.parse(line);
  throw new Error('the supervisor ended without a word');
}

/** Sends a signal to a child and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

/** Waits until `done`, at most ten seconds. */
export async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await done()) return;
    await sleep(25);
  }
  throw new Error('it did not come about in ten seconds');
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  try {
    await client.connect();
    const result = await client.query<Row>(sql);
    return result.rows;
  } finally {
    await client.end();
  }
}

/** The address of an embedded database's superuser, for what only it may do. */
export function superuserUrl(ownerUrl: string, folder: string): string {
  const stored = JSON.parse(readFileSync(join(folder, 'cluster', 'credentials.json'), 'utf8'));
  const url = new URL(ownerUrl);
  url.username = 'postgres';
  url.password = stored.superuser;
  url.pathname = '/postgres';
  return url.href;
}
