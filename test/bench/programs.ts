// The bench's programs as processes of their own. What a test leaves running, as when its time was up, is ended after it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { rootFolder } from '../../src/root.ts';

const running = new Set<ChildProcess>();

/** How a program of the bench ended, and what it printed. */
export interface Printed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program of the bench to its end. @param words after `node`, from the root */
export async function runProgram(words: readonly string[]): Promise<Printed> {
  // In a group of its own, which is ended together.
  const child = spawn(process.execPath, [...words], {
    cwd: rootFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  const exited = once(child, 'exit');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  running.delete(child);
  return { code, out, err };
}

/** Ends the programs that still run, and what they started; for `afterEach`. */
export function endPrograms(): void {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  running.clear();
}

process.once('exit', endPrograms);

/** The object in the last line that a program printed. */
export const toLast = ({ out }: Printed) => JSON.parse(out.trim().split('\n').at(-1) ?? '');
