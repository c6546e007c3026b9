// One supervisor a folder: a claim file per process, named by pid and start, that means nothing once its process is dead.
import { randomInt } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProcess } from './process-table.ts';
import { StartError, toFolderError, toSystemCode } from './start-error.ts';

/** A held lock. */
export interface FolderLock {
  release(): void;
}

const attempts = 20;
const claimName = /^lock-(\d+)-([0-9a-z]+)$/;

function toClaimName(pid: number): string | undefined {
  const row = findProcess(pid);
  return row && !row.zombie ? `lock-${pid}-${Buffer.from(row.startedAt).toString('hex')}` : undefined;
}

/** Pids of the living that hold or claim the folder; claims of the dead are removed (their names never come back). */
function readOthers(folder: string, own: string): readonly number[] {
  return readdirSync(folder).flatMap((name) => {
    const pid = Number(claimName.exec(name)?.[1]);
    if (name === own || Number.isNaN(pid)) return [];
    if (toClaimName(pid) === name) return [pid];
    rmSync(join(folder, name), { force: true });
    return [];
  });
}

/**
 * Takes the folder for this process until `release` or death, kill -9 included.
 *
 * Each process first writes its own claim and then looks for others, so of two at least one sees the other; both
 * withdraw and try again, a holder never withdraws.
 * @throws StartError when another living process, or this one, holds it, or the folder cannot be written
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const own = toClaimName(process.pid);
  if (own === undefined) throw new StartError('this process cannot be found in the table of processes');
  const file = join(folder, own);
  let holder = process.pid;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (toSystemCode(error) === 'EEXIST') break;
      throw toFolderError(error, folder);
    }
    const other = readOthers(folder, own)[0];
    if (other === undefined) return { release: () => rmSync(file, { force: true }) };
    holder = other;
    rmSync(file, { force: true });
    await sleep(randomInt(20, 60));
  }
  throw new StartError(`the folder ${folder} is already in use by process ${holder}; stop that one first`);
}
