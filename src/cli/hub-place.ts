// Which hub's database, blobs and keys a command works on: those of the environment variables, or the sandbox of VAR_DIR.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startEmbeddedDatabase } from '../database/embedded.ts';
import { type DatabaseUrls, roleSettings } from '../database/roles.ts';
import { findRunningEmbedded } from '../database/running-embedded.ts';
import { toSandboxFolders } from '../sandbox/folders.ts';
import { say } from '../terminal.ts';

/** Where the parts of a hub are. */
export interface HubPlace extends DatabaseUrls {
  readonly ownerUrl: string;
  readonly blobFolder: string;
  readonly keyFolder: string;
  /** ANCHOR_FILE, where there is one. */
  readonly anchorFile?: string | undefined;
}

function readVariable(name: string, text: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing: ${text}`);
  return value;
}

const isGiven = (): boolean => Boolean(process.env['DATABASE_OWNER_URL'] || process.env['DATABASE_URL']);

function readGiven(needsAll: boolean): HubPlace {
  const ownerUrl = readVariable('DATABASE_OWNER_URL', 'the database as its owner');
  const blobFolder = resolve(readVariable('BLOB_DIR', 'the folder of documents'));
  if (!needsAll) return { ownerUrl, hubUrl: '', blobFolder, keyFolder: '' };
  return {
    ...{ ownerUrl, blobFolder, hubUrl: readVariable('DATABASE_URL', 'the database in the hub’s role') },
    sequencerUrl: process.env[roleSettings.sequencer] || undefined,
    retentionUrl: process.env[roleSettings.retention] || undefined,
    registryUrl: process.env[roleSettings.registry] || undefined,
    keyFolder: resolve(readVariable('KEY_DIR', 'the folder of the hub’s keys')),
    ...(process.env['ANCHOR_FILE'] && { anchorFile: resolve(process.env['ANCHOR_FILE']) }),
  };
}

/**
 * Works on a hub, with the sandbox's database started for it where it does not run.
 * @param needs `all`: also the hub's role and keys, and a sandbox that does not run
 * @throws Error in one sentence
 */
export async function withHubPlace<T>(
  needs: 'owner' | 'all',
  work: (place: HubPlace) => Promise<T>,
): Promise<T> {
  if (isGiven()) return work(readGiven(needs === 'all'));
  const folders = toSandboxFolders(process.env['VAR_DIR']);
  const rest = {
    ...{ blobFolder: join(folders.root, 'blobs'), keyFolder: folders.keys },
    anchorFile: join(folders.root, 'anchor'),
  };
  const running = needs === 'owner' ? findRunningEmbedded(folders.database) : undefined;
  if (running) return work({ ...running, ...rest });
  const needed = needs === 'owner' ? join(folders.database, 'cluster') : folders.keys;
  if (!existsSync(needed))
    throw new Error(
      `there is no sandbox with ${needed}; name its folder in VAR_DIR, or another hub by DATABASE_OWNER_URL and BLOB_DIR`,
    );
  const database = await startEmbeddedDatabase({
    ...{ folder: folders.database, environment: 'sandbox', onProgress: say },
  });
  try {
    const { hubUrl, ownerUrl, sequencerUrl, retentionUrl, registryUrl } = database;
    return await work({ hubUrl, ownerUrl, sequencerUrl, retentionUrl, registryUrl, ...rest });
  } finally {
    await database.stop();
  }
}
