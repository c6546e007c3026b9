// The anchor file: the highest signed head that this machine knows, as a signed note, apart from the database. It is there
// whole or not at all, and stays through a loss of power.
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../blobs/folder-sync.ts';
import { toSystemCode } from '../../database/start-error.ts';
import { type Checkpoint, parseCheckpointText } from '../checkpoint.ts';
import { parseNote } from '../note.ts';

/** Reads the anchor; undefined: there is no file. @throws Error when it cannot be read or is no signed head */
export async function readAnchor(file: string): Promise<Checkpoint | undefined> {
  try {
    return parseCheckpointText(parseNote(await readFile(file, 'utf8')).text);
  } catch (error) {
    if (toSystemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Puts a signed head in place of what was there; durable when it resolves.
 * @throws Error of the system; then the old or the new one is there
 */
export async function writeAnchor(file: string, note: string): Promise<void> {
  // Processes of one machine may share the file.
  const temporary = `${file}.${process.pid}`;
  await rm(temporary, { force: true });
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(note);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(dirname(file));
}
