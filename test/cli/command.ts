// Runs lgsp as a program of its own, as a person does.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { rootFolder } from '../../src/root.ts';
import { toProgramWords } from '../support/program.ts';

/** How a command ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end in the checkout, with more variables. @param input on standard input; else there is none */
export async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input?: string,
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: rootFolder,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  if (!child.stdout || !child.stderr) throw new Error('the program has no output');
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

/** Runs `lgsp` with these words; there is no sandbox unless VAR_DIR is among the variables. */
export const lgsp = (words: readonly string[], env: NodeJS.ProcessEnv = {}, input?: string): Promise<Ended> =>
  run(
    process.execPath,
    [...toProgramWords('src/cli/lgsp'), ...words],
    { VAR_DIR: '/nonexistent', ...env },
    input,
  );
