// Keeps the embedded server's log bounded. The server appends to an open file, so the file is copied and emptied.
import { copyFileSync, statSync, truncateSync } from 'node:fs';
import { toSystemCode } from './start-error.ts';

const longestBytes = 8 * 1024 * 1024;

/** Moves a log of more than 8 MiB to `<file>.1`, over the one before, and empties it. */
export function boundLog(file: string, limitBytes: number = longestBytes): void {
  try {
    if (statSync(file).size <= limitBytes) return;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  } catch (error) {
    if (toSystemCode(error) !== 'ENOENT' && toSystemCode(error) !== 'ENOSPC') throw error;
  }
}
