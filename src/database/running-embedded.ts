// The addresses of an embedded database that some other process runs, for commands beside it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCredentials } from './cluster.ts';
import { databaseName, hubRole, ownerRole } from './roles.ts';
import { toUrl } from './socket-folder.ts';

/** @returns undefined when there is none or it does not run. @param folder as `startEmbeddedDatabase` was given it */
export function findRunningEmbedded(
  folder: string,
): { readonly hubUrl: string; readonly ownerUrl: string } | undefined {
  const place = join(folder, 'cluster');
  const pidFile = join(place, 'data', 'postmaster.pid');
  if (!existsSync(pidFile)) return undefined;
  // Source: PostgreSQL 15, src/include/utils/pidfile.h: line 5 is the socket's folder.
  const socketFolder = readFileSync(pidFile, 'utf8').split('\n')[4]?.trim() ?? '';
  if (!existsSync(join(socketFolder, '.s.PGSQL.5432'))) return undefined;
  const { hub, owner } = readCredentials(join(place, 'credentials.json'));
  return {
    hubUrl: toUrl(socketFolder, hubRole, hub, databaseName),
    ownerUrl: toUrl(socketFolder, ownerRole, owner, databaseName),
  };
}
