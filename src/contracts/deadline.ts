// Signals that abort at an operation's deadline, shared by the calls that begin together: to make one costs more than
// all of the contract's checks.
import { setMaxListeners } from 'node:events';

/** How long after the deadline a signal may fire: so long one is shared. */
const shareMs = 50;

/** Makes the function that gives a call its signal. @param deadlineMs after which it aborts, up to `shareMs` later */
export function createDeadline(deadlineMs: number): () => AbortSignal {
  let signal: AbortSignal | undefined;
  let madeAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (!signal || nowMs - madeAtMs > shareMs) {
      signal = AbortSignal.timeout(deadlineMs + shareMs);
      // One for each call that shares it.
      setMaxListeners(0, signal);
      madeAtMs = nowMs;
    }
    return signal;
  };
}
