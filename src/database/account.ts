// As whom the PostgreSQL programs run: they refuse root, so root lends them a user namespace or the account nobody.
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './start-error.ts';

/** How to start a program, and who must own its files. */
export interface Account {
  /** Words before the program. */
  readonly prefix: readonly string[];
  /** Ids for `spawn`; absent: this process's own. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
  /** Owner of the data as this process sees it. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

const namespacePrefix = ['unshare', '--user', '--map-user=65534', '--map-group=65534'];

/** The environment of the programs: nothing of ours, no PG* variable that would change what they do. */
export const programEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

function runs(account: Account, program: string, folder: string): boolean {
  const [command = program, ...args] = [...account.prefix, program, '--version'];
  const result = spawnSync(command, args, {
    cwd: folder,
    env: programEnvironment,
    stdio: 'ignore',
    ...account.ids,
  });
  return result.status === 0;
}

/** `cwd` is entered before the change of account, so only a path that the account itself looks up proves it can. */
function reaches(account: Account, folder: string): boolean {
  const [command = 'test', ...args] = [...account.prefix, 'test', '-w', folder];
  const result = spawnSync(command, args, {
    env: programEnvironment,
    stdio: 'ignore',
    ...account.ids,
  });
  return result.status === 0;
}

function readNobody(): { readonly uid: number; readonly gid: number } | undefined {
  try {
    const ask = (option: string) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}

/**
 * Chooses the account for a database in `folder`, which exists and belongs to this process.
 * As nobody it gives `folder` itself to nobody, since a folder of mode 0700 is closed to others.
 * @throws StartError when this is root and neither way works
 */
export function chooseAccount(program: string, folder: string): Account {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (own.uid !== 0) return { prefix: [], ids: {}, owner: own };
  const mapped: Account = { prefix: namespacePrefix, ids: {}, owner: own };
  const maps = process.platform === 'linux' && runs(mapped, program, folder);
  if (maps && reaches(mapped, folder)) return mapped;
  const nobody = readNobody();
  if (nobody) {
    const account: Account = { prefix: [], ids: nobody, owner: nobody };
    const before = statSync(folder);
    chownSync(folder, nobody.uid, nobody.gid);
    if (runs(account, program, folder) && reaches(account, folder)) return account;
    chownSync(folder, before.uid, before.gid);
  }
  throw new StartError(
    `PostgreSQL does not run as root, and neither a user namespace nor the account nobody can run ${program} and write ${folder} here; start the hub as an ordinary user, or set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL server`,
  );
}

/** Gives a file, or a folder and all in it, to `owner`, unless it has it already. Only root needs it. */
export function giveTo(path: string, owner: Account['owner']): void {
  if (process.getuid?.() !== 0) return;
  const state = lstatSync(path);
  if (state.isDirectory()) for (const name of readdirSync(path)) giveTo(join(path, name), owner);
  if (state.uid !== owner.uid || state.gid !== owner.gid) lchownSync(path, owner.uid, owner.gid);
}
