// How a program of the checkout is run as a process of its own: as it was built when that is newer than its sources, which
// takes a third of the time, else from the sources. Coverage is counted in the sources.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rootFolder } from '../../src/root.ts';

function isBuilt(): boolean {
  const built = join(rootFolder, 'dist', '.built');
  if (!existsSync(built) || !existsSync(join(rootFolder, 'dist', 'src', 'main.js'))) return false;
  const builtMs = statSync(built).mtimeMs;
  return ['src', 'adapters', 'mocks'].every((folder) =>
    readdirSync(join(rootFolder, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .every((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs <= builtMs),
  );
}

/** Found from any working folder. */
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

let isBuiltOne: boolean | undefined;

/** A program for `fork`, and the options of Node that it needs. */
export interface Program {
  readonly file: string;
  readonly execArgv: readonly string[];
}

/** @param path of a source file in `src`, `adapters` or `mocks`, from the root, without its ending */
export function toProgram(path: string): Program {
  isBuiltOne ??= process.env['NODE_V8_COVERAGE'] === undefined && isBuilt();
  return isBuiltOne
    ? { file: join(rootFolder, 'dist', `${path}.js`), execArgv: [] }
    : { file: join(rootFolder, `${path}.ts`), execArgv: ['--import', tsx] };
}

/** The words after `node`. @param path as `toProgram` has it */
export function toProgramWords(path: string): readonly string[] {
  const { file, execArgv } = toProgram(path);
  return [...execArgv, file];
}
