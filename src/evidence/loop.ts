// Work that comes back, never twice at once.

/** Work that runs again and again. */
export interface Loop {
  /** Brings the next run forward. */
  poke(): void;
  /** Lets a run under way finish; there is none after it. */
  stop(): Promise<void>;
}

/**
 * Runs `work` every `intervalMs`, counted from the beginning of a run, the first time after that; earlier when poked.
 * @param work must not reject
 * @param pokeMs from a poke to the run that it asks for; pokes in between come together in it
 */
export function startLoop(work: () => Promise<void>, intervalMs: number, pokeMs = intervalMs): Loop {
  let timer: NodeJS.Timeout | undefined;
  let dueAt = 0;
  let isRunning = false;
  let isPoked = false;
  let isStopped = false;
  let running = Promise.resolve();

  const schedule = (waitMs: number): void => {
    clearTimeout(timer);
    dueAt = performance.now() + waitMs;
    timer = setTimeout(() => {
      running = run();
    }, waitMs);
  };
  const run = async (): Promise<void> => {
    const beganAt = performance.now();
    isRunning = true;
    isPoked = false;
    await work();
    isRunning = false;
    if (!isStopped) schedule(isPoked ? pokeMs : Math.max(0, beganAt + intervalMs - performance.now()));
  };

  schedule(intervalMs);
  return {
    poke() {
      if (isRunning) isPoked = true;
      else if (!isStopped && dueAt - performance.now() > pokeMs) schedule(pokeMs);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
