// Small files that are there whole or not at all, and stay through a loss of power.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes durable which names a folder holds. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Writes a file (0600) in place of what was there; durable when it returns. It blocks: nothing else of the process comes in
 * between. Two processes must not write the same file at once.
 * @throws Error of the system; then the old or the new content is there, never a part
 */
export function writeDurable(file: string, content: string): void {
  const temporary = `${file}.new`;
  // One that was left by a process that died may be of another's making, with other rights.
  rmSync(temporary, { force: true });
  const handle = openSync(temporary, 'wx', 0o600);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
  syncFolder(dirname(file));
}
