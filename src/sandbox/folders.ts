// Where the sandbox keeps what it makes: everything under VAR_DIR (default `var` of the checkout), folders 0700.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { toFolderError } from '../database/start-error.ts';
import { rootFolder } from '../root.ts';

/** The sandbox's folders and files. */
export interface SandboxFolders {
  readonly root: string;
  readonly keys: string;
  readonly systems: string;
  readonly database: string;
  /** The witness's own: nothing of the hub lies in it. */
  readonly witness: string;
  /** The highest signed head, apart from the database. */
  readonly anchor: string;
  readonly log: string;
  /** Addresses and credentials, 0600. */
  readonly file: string;
}

/** Names the folders, absolute; makes none. @param varFolder what VAR_DIR holds */
export function toSandboxFolders(varFolder: string | undefined): SandboxFolders {
  const base = resolve(varFolder ?? join(rootFolder, 'var'));
  const root = join(base, 'sandbox');
  return {
    root,
    keys: join(root, 'keys'),
    systems: join(root, 'systems'),
    database: join(root, 'database'),
    witness: join(root, 'witness'),
    anchor: join(root, 'anchor'),
    log: join(base, 'log'),
    file: join(root, 'sandbox.json'),
  };
}

/** Makes the folders. @throws StartError in one sentence */
export function makeFolders(folders: SandboxFolders): void {
  for (const folder of [folders.root, folders.keys, folders.systems, folders.log])
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw toFolderError(error, folder);
    }
}
