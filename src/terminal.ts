// What a program says to the person who started it. A terminal or pipe that was closed is no reason to end.

for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** Prints a line that is the program's result. */
export const show = (line: string): void => void process.stdout.write(`${line}\n`);

/** Prints a line about what goes on, or what went wrong. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

const progressMs = 200;
let progressAtMs = Number.NEGATIVE_INFINITY;

/** Writes how far long work is over its last word, some times a second; undefined where no terminal shows it. */
export const progress = process.stderr.isTTY
  ? (line: string): void => {
      if (performance.now() - progressAtMs < progressMs) return;
      progressAtMs = performance.now();
      process.stderr.write(`\r${line}\u001b[K\r`);
    }
  : undefined;
