// Numbers of logs that restores begin: none is taken twice from the same backups, also not by two restores at once. What was
// taken stands beside the backups.
import { randomUUID } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError, toSystemCode } from '../database/start-error.ts';
import { toLogNumber, toOrigin } from '../evidence/origin.ts';
import type { FoundBackup } from './manifest.ts';

const restoresName = 'restores.txt';

interface Taken {
  readonly origin: string;
  /** Of the restore that took it; none in files of an earlier version. */
  readonly id: string | undefined;
}

async function readTaken(root: string): Promise<readonly Taken[]> {
  try {
    const lines = (await readFile(join(root, restoresName), 'utf8')).split('\n');
    return lines
      .filter((line) => line !== '')
      .map((line) => {
        const [origin = '', id] = line.split(' ');
        return { origin, id };
      });
  } catch (error) {
    if (toSystemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Takes the number of the new log: no log that is known of had it.
 * @param highest number that the backup or a head that was kept names
 * @param wanted the number, where the folder of backups cannot be written
 * @throws StartError when `wanted` is not larger than all, or nobody could know that a number was taken
 */
export async function takeNumber(
  { root, manifest }: FoundBackup,
  highest: number,
  wanted: number | undefined,
): Promise<number> {
  const { base } = manifest.log;
  const earlier = (await readTaken(root)).map(({ origin }) => toLogNumber(base, origin) ?? 1);
  const last = Math.max(highest, ...earlier);
  if (wanted !== undefined && wanted <= last)
    throw new StartError(`the log ${last} exists already: the number must be larger`);
  const number = wanted ?? last + 1;
  const origin = toOrigin(base, number);
  const id = randomUUID();
  try {
    await appendFile(join(root, restoresName), `${origin} ${id}\n`, { mode: 0o600, flush: true });
  } catch (error) {
    if (wanted !== undefined) return number;
    throw new StartError(
      `${root} cannot be written, so nobody would know that ${origin} was begun; give the number of the new log with --log-number`,
      error,
    );
  }
  // Lines are appended one after the other: of two that take a number at once, the first has it.
  const first = (await readTaken(root)).find((taken) => taken.origin === origin);
  if (first?.id === id) return number;
  if (wanted !== undefined) throw new StartError(`the log ${number} was begun by another restore just now`);
  return takeNumber({ folder: root, root, manifest }, number, undefined);
}
