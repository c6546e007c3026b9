// What processes themselves account for: CPU time of a process, or of a tree of processes, from /proc.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of the kernel's accounting, fixed at 100 a second for user space on Linux. */
const tickMs = 10;

interface Account {
  readonly parent: number;
  readonly ownMs: number;
  /** Of children that have ended and were waited for. */
  readonly endedMs: number;
}

/** Source: proc(5), /proc/[pid]/stat; the name in brackets may hold anything. */
function readAccount(pid: number): Account | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const at = (number: number): number => Number(fields[number - 3]);
    return {
      parent: at(4),
      ownMs: (at(14) + at(15)) * tickMs,
      endedMs: (at(16) + at(17)) * tickMs,
    };
  } catch {
    // It has ended.
    return undefined;
  }
}

/** CPU time of a process, of all that came from it and of those of them that ended, in milliseconds. */
export function cpuOfTree(root: number): number {
  const accounts = new Map<number, Account>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const account = readAccount(Number(name));
    if (account) accounts.set(Number(name), account);
  }
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of accounts) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const sum = (pid: number): number => {
    const { ownMs = 0, endedMs = 0 } = accounts.get(pid) ?? {};
    return ownMs + endedMs + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  };
  return sum(root);
}
