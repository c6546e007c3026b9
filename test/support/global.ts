// One throw-away database server for a whole run of mocha, gone at its end whatever failed.
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { findProcess, findProcesses } from '../../src/database/process-table.ts';
import { ownerRole } from '../../src/database/roles.ts';
import { dropDatabases, runVariable, toRunName } from './database.ts';
import { query, superuserUrl } from './embedded.ts';
import { hasRoomInMemory, memoryFolder } from './memory-folder.ts';

const prefix = 'lgsp-test-';
const runName = toRunName();
let database: EmbeddedDatabase | undefined;
let folder: string | undefined;

/** Stops servers of runs that were killed before their end. */
async function sweepDeadRuns(parent: string): Promise<void> {
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    const owner = findProcess(pid);
    if (owner && !owner.zombie) continue;
    const path = join(parent, name);
    if (lstatSync(path).uid !== process.getuid?.()) continue;
    try {
      const left = await startEmbeddedDatabase({ folder: join(path, 'database'), environment: 'test' });
      await left.stop();
    } catch {
      // Another run is sweeping it, or it is half removed.
      continue;
    }
    rmSync(path, { recursive: true, force: true });
  }
}

/** Mocha ends in order on SIGINT only; the others would leave the server behind until the next run. */
function stopOnSignal(signal: NodeJS.Signals): void {
  process.once(signal, async () => {
    await mochaGlobalTeardown();
    process.exit(1);
  });
}

/**
 * The run's folder, in memory where there is room, since most of a run would be waiting for a disk. What a killed process
 * wrote lies there as it does on a disk; only a loss of power differs. Whatever the run keeps for a time lies in it.
 */
function makeRunFolder(): string {
  const made = mkdtempSync(join(hasRoomInMemory() ? memoryFolder : tmpdir(), `${prefix}${process.pid}-`));
  // Where the database's programs run as another account, it has to get through.
  chmodSync(made, 0o711);
  const temporary = join(made, 'tmp');
  mkdirSync(temporary);
  chmodSync(temporary, 0o1777);
  process.env['TMPDIR'] = temporary;
  return made;
}

/** Ends what a test that failed left running on files of the run, once its own server is stopped. */
function endLeft(temporary: string): void {
  for (const { pid } of findProcesses((command) => command.includes(temporary)))
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was ending by itself.
    }
}

/** Starts the server, unless TEST_DATABASE_URL, …_OWNER_URL and those of the other roles name one (its owner may make databases). */
export async function mochaGlobalSetup(): Promise<void> {
  process.env[runVariable] = runName;
  if (process.env['TEST_DATABASE_URL'] && process.env['TEST_DATABASE_OWNER_URL']) return;
  await sweepDeadRuns(tmpdir());
  await sweepDeadRuns(memoryFolder);
  folder = makeRunFolder();
  stopOnSignal('SIGTERM');
  stopOnSignal('SIGHUP');
  const place = join(folder, 'database');
  database = await startEmbeddedDatabase({ folder: place, environment: 'test' });
  await query(superuserUrl(database.ownerUrl, place), `ALTER ROLE ${ownerRole} CREATEDB`);
  process.env['TEST_DATABASE_URL'] = database.hubUrl;
  process.env['TEST_DATABASE_OWNER_URL'] = database.ownerUrl;
  process.env['TEST_DATABASE_SEQUENCER_URL'] = database.sequencerUrl;
  process.env['TEST_DATABASE_RETENTION_URL'] = database.retentionUrl;
  process.env['TEST_DATABASE_REGISTRY_URL'] = database.registryUrl;
}

/** Removes all that the run made. */
export async function mochaGlobalTeardown(): Promise<void> {
  if (!database) {
    await dropDatabases(runName);
    return;
  }
  await database.stop();
  if (folder) endLeft(join(folder, 'tmp'));
  const written = process.env['TEST_WRITTEN'];
  const log = join(folder ?? '', 'database', 'cluster', 'server.log');
  if (written && existsSync(log)) cpSync(log, join(written, 'server.log'));
  if (folder) rmSync(folder, { recursive: true, force: true });
}
