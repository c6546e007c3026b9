// Appends lines to a file and has the disk keep them; all that wait while one write is under way share the next.
import type { FileHandle } from 'node:fs/promises';

/** Writes lines in the order of their calls. */
export interface LineWriter {
  /** Resolves when the line is on disk. @throws Error when it could not be kept; no later line is then either. */
  readonly append: (line: string) => Promise<void>;
  /** How many times the disk was asked to keep what was written. */
  readonly syncs: () => number;
  /** Resolves when nothing waits. */
  readonly settle: () => Promise<void>;
}

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * A writer to an open file.
 * @param onDurable told of each line's bytes, in order, before its `append` resolves
 */
export function createLineWriter(handle: FileHandle, onDurable: (lineBytes: number) => void): LineWriter {
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let broken: unknown;
  let syncs = 0;

  const write = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      // A failed write may have left half a line: nothing may follow it.
      if (broken !== undefined) throw broken;
      await handle.appendFile(batch.map(({ line }) => line).join(''));
      await handle.sync();
      syncs += 1;
    } catch (cause) {
      broken = cause;
      for (const { reject } of batch) reject(cause);
      return;
    }
    for (const { line, resolve } of batch) {
      onDurable(Buffer.byteLength(line));
      resolve();
    }
  };
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await write(batch);
    }
    writing = undefined;
  };
  return {
    append: (line) =>
      new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject });
        writing ??= drain();
      }),
    syncs: () => syncs,
    settle: async () => {
      await writing;
    },
  };
}
