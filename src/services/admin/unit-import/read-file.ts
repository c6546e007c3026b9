// Reads a file in a process of its own, one file at a time, within bounds of time and memory.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FileReading, FileTask } from './read-file-process.ts';
import { FileError, type SheetRow } from './sheet.ts';

const longestMs = 10_000;
const heapMb = 256;
// Beside this file, compiled or not.
const program = fileURLToPath(new URL(`./read-file-process${import.meta.url.slice(-3)}`, import.meta.url));

function readInProcess(task: FileTask): Promise<FileReading> {
  return new Promise((resolve, reject) => {
    const child = fork(program, {
      // Nothing of the hub's environment: it holds the passwords of the database.
      env: {},
      execArgv: [
        ...process.execArgv.filter((word) => !word.startsWith('--inspect')),
        `--max-old-space-size=${heapMb}`,
      ],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const timer = setTimeout(() => {
      resolve({ fault: 'too-slow' });
      child.kill('SIGKILL');
    }, longestMs);
    // The process is this program's own, and sends nothing but a reading.
    child.once('message', (reading) => resolve(reading as FileReading));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      // Out of memory, V8 aborts.
      if (signal !== null) resolve({ fault: 'too-large' });
      else reject(new Error(`the process that reads a file ended with ${code}`));
    });
    child.send(task, (error) => {
      if (error) reject(error);
    });
  });
}

let last: Promise<unknown> = Promise.resolve();

/**
 * The rows of a file that hold something.
 * @param signal of the request; a file whose turn comes too late is not read
 * @throws FileError
 */
export async function readFileRows(task: FileTask, signal: AbortSignal): Promise<readonly SheetRow[]> {
  const turn = last.then((): FileReading | Promise<FileReading> =>
    signal.aborted ? { fault: 'too-slow' } : readInProcess(task),
  );
  last = turn.catch(() => undefined);
  const reading = await turn;
  if ('fault' in reading) throw new FileError(reading.fault);
  return reading.rows;
}
