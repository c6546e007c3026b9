// One way to stop a program: SIGINT and SIGTERM drain it; a repeat within two seconds is the same signal (a terminal
// sends SIGINT to npm and to us); one after that ends it at once.

const repeatMs = 2_000;

/**
 * Calls `stop` at the first signal and exits when it is done.
 * @param onError told why stopping failed
 */
export function stopOnSignal(stop: () => Promise<void>, onError: (error: unknown) => void): void {
  let firstMs: number | undefined;
  const onSignal = (): void => {
    if (firstMs !== undefined) {
      if (performance.now() - firstMs > repeatMs) process.exit(130);
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
