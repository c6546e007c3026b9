// The folder of the server's Unix socket: short, of mode 0700, new at every start, gone at every stop.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Account, giveTo } from './account.ts';
import { StartError, toFolderError } from './start-error.ts';

/** What a socket's path may measure: `sun_path` less its final zero (108 on Linux, 104 on macOS). */
const longestPathBytes = process.platform === 'darwin' ? 103 : 107;
const socketName = '.s.PGSQL.5432';
const namePattern = /^lgsp-[A-Za-z0-9]{6}$/;

const isShort = (parent: string): boolean =>
  Buffer.byteLength(join(parent, 'lgsp-xxxxxx', socketName)) <= longestPathBytes;

/**
 * Makes a new folder for the socket under the temporary directory, or under /tmp when that path is too long.
 * @throws StartError when it cannot be made
 */
export function createSocketFolder(account: Account): string {
  const parent = [tmpdir(), '/tmp'].find(isShort);
  if (parent === undefined) throw new StartError(`the path of ${tmpdir()} is too long for a database socket`);
  try {
    const folder = mkdtempSync(join(parent, 'lgsp-'));
    chmodSync(folder, 0o700);
    giveTo(folder, account.owner);
    return folder;
  } catch (error) {
    throw toFolderError(error, parent);
  }
}

/**
 * Makes the folder empty again at the same path, for a server that was killed or whose folder was swept away: the lock
 * file beside a dead server's socket would stop the next one.
 */
export function renewSocketFolder(folder: string, account: Account): void {
  removeSocketFolder(folder);
  mkdirSync(folder, { mode: 0o700 });
  giveTo(folder, account.owner);
}

/** Removes a folder that `createSocketFolder` made; any other path is left alone. */
export function removeSocketFolder(folder: string): void {
  if (namePattern.test(basename(folder))) rmSync(folder, { recursive: true, force: true });
}

/**
 * A URL that `pg` and libpq both understand for a server behind a socket: the query's `host` wins over the one in front.
 * Source: pg-connection-string 2, libpq 34.1.1.2
 */
export function toUrl(socketFolder: string, role: string, password: string, database: string): string {
  const url = new URL(`postgresql://localhost/${encodeURIComponent(database)}`);
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(password);
  url.searchParams.set('host', socketFolder);
  return url.href;
}
