// Runs `npm start`'s program as a person does, in a folder of its own, and gives what it wrote to the scan.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findProcesses } from '../../src/database/process-table.ts';
import { rootFolder } from '../../src/root.ts';
import { writtenFolder } from '../support/sandbox-hub.ts';

/** A sandbox that is ready. */
export interface Launched {
  readonly process: ChildProcess;
  /** Everything it printed until it was ready, in order. */
  readonly lines: readonly string[];
}

/** A new folder for VAR_DIR with a space and Vietnamese letters in its name. */
export const makeVarFolder = (): string => mkdtempSync(join(tmpdir(), 'lgsp thử nghiệm '));

/** Keeps logs and journals for the scan and removes the folder. */
export function removeVarFolder(folder: string): void {
  const written = writtenFolder('sandbox');
  for (const part of ['log', 'sandbox/mock-population.journal', 'sandbox/database/cluster/server.log'])
    if (existsSync(join(folder, part)))
      cpSync(join(folder, part), join(written, part.replaceAll('/', '-')), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
}

/** The variables of a sandbox in `folder` on `port`, and of the commands that mean it. */
export const toEnvironment = (folder: string, port: number): NodeJS.ProcessEnv => ({
  VAR_DIR: folder,
  PORT: String(port),
  INIT_CWD: rootFolder,
  LGSP_ENVIRONMENT: undefined,
  DATABASE_URL: undefined,
  DATABASE_OWNER_URL: undefined,
  DATABASE_SEQUENCER_URL: undefined,
  DATABASE_RETENTION_URL: undefined,
  DATABASE_REGISTRY_URL: undefined,
});

/** Starts the program and waits until it is ready. @throws Error with what it said when it ends before */
export async function launch(env: NodeJS.ProcessEnv): Promise<Launched> {
  const child = spawn(process.execPath, ['src/start.mjs'], {
    cwd: rootFolder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on('line', (line) => {
        lines.push(line);
        if (line.startsWith('ready ')) resolve();
      });
    child.once('close', () => reject(new Error(lines.join('\n'))));
  });
  return { process: child, lines };
}

/** The processes that a sandbox in `folder` started: database, mock. */
export const findLeft = (folder: string): readonly string[] =>
  findProcesses((command) => command.includes(folder)).map(({ command }) => command);
