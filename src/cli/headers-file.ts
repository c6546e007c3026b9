// Where `lgsp headers --file` writes: a file that curl reads, so that no token stands in the list of processes.
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { CallerOptions } from './calling-system.ts';
import { toSandboxFile } from './sandbox-option.ts';

/**
 * Writes the lines (0600).
 * @param file true: `headers.txt` beside the sandbox's file
 * @returns the file's name as seen from here
 * @throws Error in one sentence
 */
export function writeHeaders(lines: readonly string[], file: string | true, options: CallerOptions): string {
  if (file === true && options.hub !== undefined) throw new Error('with --hub, --file needs a name');
  const place = file === true ? join(dirname(toSandboxFile(options)), 'headers.txt') : file;
  // A file that is there keeps its mode when it is written again.
  rmSync(place, { force: true });
  writeFileSync(place, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file === true ? relative(process.cwd(), place) : place;
}
