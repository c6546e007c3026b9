// What the operating system says about processes: enough to tell a living program from a dead, reused or zombie pid.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { toSystemCode } from './start-error.ts';

/** One process. */
export interface ProcessRow {
  readonly pid: number;
  /** Dead, but not yet collected by its parent. */
  readonly zombie: boolean;
  /** When it began, in the system's own words; with the pid it names a process for good. */
  readonly startedAt: string;
  /** The command line with single spaces; a server may have rewritten it. Empty for zombies. */
  readonly command: string;
}

/** Start times count from boot, so they are told apart by the boot they belong to. */
const bootId = (() => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  } catch {
    return '';
  }
})();

/** Source: proc(5), `/proc/pid/stat`: the name in brackets may hold anything, so fields count from the last bracket. */
function readLinuxProcess(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+/g, ' ').trim();
    return {
      pid,
      zombie: fields[0] === 'Z' || fields[0] === 'X',
      startedAt: `${bootId}/${fields[19]}`,
      command,
    };
  } catch (error) {
    const code = toSystemCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Parses `ps -o pid=,stat=,lstart=,command=` (lstart is five words: Thu Jan  1 00:00:00 1970). */
function parsePsLine(line: string): ProcessRow | undefined {
  const words = /^\s*(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s*(.*)$/.exec(line);
  if (!words) return undefined;
  const [, pid, stat, startedAt, command] = words;
  return {
    pid: Number(pid),
    zombie: stat?.startsWith('Z') ?? false,
    startedAt: startedAt ?? '',
    command: command ?? '',
  };
}

function runPs(which: readonly string[]): readonly ProcessRow[] {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  try {
    const text = execFileSync('ps', ['-ww', ...which, '-o', 'pid=,stat=,lstart=,command='], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 16 * 1024 * 1024,
    });
    return text.split('\n').flatMap((line) => parsePsLine(line) ?? []);
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 1) return [];
    throw error;
  }
}

/** The process of that pid, or undefined when there is none. */
export function findProcess(pid: number): ProcessRow | undefined {
  return process.platform === 'linux' ? readLinuxProcess(pid) : runPs(['-p', String(pid)])[0];
}

/** All living processes but this one whose command line fits. */
export function findProcesses(fits: (command: string) => boolean): readonly ProcessRow[] {
  const all =
    process.platform === 'linux'
      ? readdirSync('/proc').flatMap((name) =>
          /^\d+$/.test(name) ? (readLinuxProcess(Number(name)) ?? []) : [],
        )
      : runPs(['-ax']);
  return all.filter((row) => !row.zombie && row.pid !== process.pid && fits(row.command));
}

/** Where the process works, or undefined when the system does not say (macOS, another account's process). */
export function findWorkingFolder(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? readlinkSync(`/proc/${pid}/cwd`) : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a signal; false when the process is gone already. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (toSystemCode(error) === 'ESRCH') return false;
    throw error;
  }
}
