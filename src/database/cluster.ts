// Where an embedded database lies on disk, and how it is made: whole or not at all, with passwords no one chose.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Account, giveTo, programEnvironment } from './account.ts';
import { serverSettings } from './cluster-settings.ts';
import { findProcesses, signalProcess } from './process-table.ts';
import { StartError, toProgramError, toSystemCode } from './start-error.ts';

const passwordNames = ['superuser', 'owner', 'hub', 'sequencer', 'retention', 'registry'] as const;

/** Passwords of the roles, and the environment that the cluster was made for. */
export type Credentials = { readonly environment: string } & Readonly<
  Record<(typeof passwordNames)[number], string>
>;

/** A database cluster on disk. */
export interface Cluster {
  /** PGDATA. */
  readonly data: string;
  readonly logFile: string;
  /** `cluster_name`: in the command line of every process of this cluster and of no other; it outlives a move. */
  readonly mark: string;
  readonly credentials: Credentials;
}

/** Name of the cluster's superuser; only this supervisor uses it. */
export const superuser = 'postgres';

/** Writes a file of mode 0600 and waits until it is on the disk. */
function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

const makePassword = (): string => randomBytes(24).toString('base64url');

/** Roles that a cluster of an earlier version does not have get their passwords now, durably, before they are made. @throws Error when the file cannot be read */
export function readCredentials(path: string): Credentials {
  const stored: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof stored !== 'object' || stored === null) throw new SyntaxError('not an object');
  const find = (name: string): string | undefined => {
    const value: unknown = Reflect.get(stored, name);
    return typeof value === 'string' ? value : undefined;
  };
  const read = (name: string): string => {
    const value = find(name);
    if (value === undefined) throw new SyntaxError(`no ${name}`);
    return value;
  };
  const credentials = {
    environment: read('environment'),
    superuser: read('superuser'),
    owner: read('owner'),
    hub: read('hub'),
    sequencer: find('sequencer') ?? makePassword(),
    retention: find('retention') ?? makePassword(),
    registry: find('registry') ?? makePassword(),
  };
  if (passwordNames.some((name) => find(name) === undefined)) {
    writeDurably(`${path}.new`, JSON.stringify(credentials));
    renameSync(`${path}.new`, path);
    syncFolder(dirname(path));
  }
  return credentials;
}

async function runInitdb(
  program: string,
  account: Account,
  made: string,
  passwordFile: string,
): Promise<void> {
  const args = [`--pgdata=${join(made, 'data')}`, `--username=${superuser}`, `--pwfile=${passwordFile}`];
  const fixed = [
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
  ];
  const [command = program, ...rest] = [...account.prefix, program, ...args, ...fixed];
  const child = spawn(command, rest, {
    cwd: made,
    env: programEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    ...account.ids,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status === 0) return;
  throw toProgramError(`initdb could not make the database in ${made}`, said, made);
}

const removals = 5;

/**
 * Removes a folder into which a process that is being killed may still write: what came after it was listed is listed again.
 * @throws Error of the system
 */
export function removeFolder(path: string): void {
  for (let left = removals; left >= 0; left -= 1)
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
}

/** Removes what interrupted attempts left; the caller holds the folder's lock, so nobody else is making one. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('new-'))) {
    const path = join(folder, name);
    for (const { pid } of findProcesses((command) => command.includes(path))) signalProcess(pid, 'SIGKILL');
    removeFolder(path);
  }
}

/** Makes the cluster beside its place, syncs it and moves it there with one rename. */
async function makeCluster(
  folder: string,
  initdb: string,
  account: Account,
  environment: string,
): Promise<void> {
  const made = join(folder, `new-${randomBytes(6).toString('hex')}`);
  const passwordFile = join(made, 'password');
  const credentials: Credentials = {
    environment,
    superuser: makePassword(),
    owner: makePassword(),
    hub: makePassword(),
    sequencer: makePassword(),
    retention: makePassword(),
    registry: makePassword(),
  };
  try {
    mkdirSync(made, { mode: 0o700 });
    writeDurably(passwordFile, `${credentials.superuser}\n`);
    giveTo(made, account.owner);
    await runInitdb(initdb, account, made, passwordFile);
    unlinkSync(passwordFile);
    writeDurably(join(made, 'credentials.json'), JSON.stringify(credentials));
    syncFolder(made);
    renameSync(made, join(folder, 'cluster'));
    syncFolder(folder);
  } catch (error) {
    removeFolder(made);
    throw error;
  }
}

/**
 * The cluster of `folder`, made now if there is none. The caller holds the folder's lock.
 * @throws StartError when it was made for another environment or cannot be made
 */
export async function openCluster(
  folder: string,
  initdb: string,
  account: Account,
  environment: string,
  onProgress: (text: string) => void,
): Promise<Cluster> {
  removeUnfinished(folder);
  const place = join(folder, 'cluster');
  if (!existsSync(place)) {
    onProgress('making the database (once)');
    await makeCluster(folder, initdb, account, environment);
  }
  let credentials: Credentials;
  try {
    credentials = readCredentials(join(place, 'credentials.json'));
  } catch (error) {
    if (error instanceof SyntaxError || toSystemCode(error) === 'ENOENT')
      throw new StartError(
        `${place} has lost its credentials.json; restore that file, or the whole folder`,
        error,
      );
    throw error;
  }
  if (credentials.environment !== environment)
    throw new StartError(
      `the database in ${folder} belongs to the environment ${credentials.environment}; this hub runs as ${environment}`,
    );
  const data = join(place, 'data');
  const { dev, ino } = statSync(data);
  const mark = `lgsp.${dev.toString(36)}.${ino.toString(36)}.`;
  return { data, logFile: join(place, 'server.log'), mark, credentials };
}

/** Writes the settings and the one rule of access of a server that does not run, and gives it its files. */
export function writeSettings(cluster: Cluster, account: Account): void {
  for (const [name, text] of Object.entries(serverSettings(process.platform))) {
    const path = join(cluster.data, name);
    writeDurably(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }
  giveTo(dirname(cluster.data), account.owner);
}
