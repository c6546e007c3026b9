// Folders whose names survive a loss of power. Knows nothing of what lies in them.
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes durable which names a folder holds. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes folders below `root`, for nobody else to read, whose own names are durable when it resolves. Each is synced once by
 * this process, also one that another process made, since that one may not have come to sync it.
 */
export function createFolderMaker(root: string): (folder: string) => Promise<void> {
  const durable = new Set<string>([root]);
  return async function make(folder) {
    if (durable.has(folder)) return;
    await make(dirname(folder));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(folder));
    durable.add(folder);
  };
}
