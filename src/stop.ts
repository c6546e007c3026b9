// One way to stop a program: SIGINT, SIGTERM and SIGHUP drain it; a repeat within two seconds is the same signal (a
// terminal sends SIGINT to npm and to us); one after that ends it at once.

const repeatMs = 2_000;

/** What a signal does to a program. */
export interface Stopping {
  /** Drains and stops everything. */
  stop(): Promise<void>;
  /** Ends at once what would outlive this process; nothing does when it is left out. */
  abandon?(): Promise<unknown>;
  /** Told why stopping failed. */
  onError(error: unknown): void;
}

/** Calls `stop` at the first signal and exits when it is done: 0, or 1 when it failed, or 130 when it was cut short. */
export function stopOnSignal({ stop, abandon, onError }: Stopping): void {
  let firstMs: number | undefined;
  const onSignal = (): void => {
    if (firstMs !== undefined) {
      if (performance.now() - firstMs > repeatMs)
        Promise.resolve(abandon?.()).then(
          () => process.exit(130),
          () => process.exit(130),
        );
      return;
    }
    firstMs = performance.now();
    stop().then(
      () => process.exit(0),
      (error) => {
        onError(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}
