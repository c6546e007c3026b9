// What a bench that is a program of its own ends with: its usage, or its run and what became of it.

/** Says something beside the result. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Runs a bench, or prints its usage, and ends the process. */
export async function runProgram<T extends { readonly help: boolean }>(
  options: T,
  usage: string,
  run: (options: T) => Promise<void>,
): Promise<void> {
  if (options.help) return void process.stdout.write(`${usage}\n`);
  const failed = (error: unknown): 1 => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  };
  // What an interrupted run has under way is let go with the process.
  process.exit(await run(options).then(() => 0, failed));
}
