// A folder whose files lie in memory, for a run of the tests that has room for them; else the disk serves.
import { accessSync, constants, statfsSync } from 'node:fs';
import { freemem } from 'node:os';

/** Linux has it; in a container it may be small. */
export const memoryFolder = '/dev/shm';

/** A whole run holds less than 1 GB there at any time. */
const neededBytes = 3 * 2 ** 30;
/** The processes of a run need memory as well. */
const freeBytes = neededBytes + 3 * 2 ** 30;

/** Whether a run of the tests may keep its files in memory. */
export function hasRoomInMemory(): boolean {
  try {
    accessSync(memoryFolder, constants.W_OK);
    const { bavail, bsize } = statfsSync(memoryFolder);
    const free = Math.min(freemem(), process.availableMemory());
    return bavail * bsize >= neededBytes && free >= freeBytes;
  } catch {
    return false;
  }
}
