// A database server that stands still: it neither answers nor closes, as on a machine that swaps or loses its disk.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { signalProcess } from '../../src/database/process-table.ts';

function findChildren(pid: number): number[] {
  if (process.platform === 'linux')
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
}

/** Stops a PostgreSQL server that nobody else uses (own-server.ts) and all its processes until the returned function is called. */
export function stopServer(pid: number): () => void {
  // The first one starts the others: once it stands, there are no more of them.
  signalProcess(pid, 'SIGSTOP');
  const all = [...findChildren(pid), pid];
  for (const each of all) signalProcess(each, 'SIGSTOP');
  return () => {
    for (const each of all) signalProcess(each, 'SIGCONT');
  };
}
