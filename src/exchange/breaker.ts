// The circuit breaker of one source (opossum): when half of the recent calls fail, the source is left alone for a while.
import Opossum from 'opossum';
import { SourceError } from '../../adapters/adapter.ts';
import { Problem } from '../problem.ts';

/** Calls a source, or refuses at once while the source is known to be down. */
export interface Breaker {
  /** @throws Problem source-unavailable while open; else what the work throws */
  call<T>(work: () => Promise<T>): Promise<T>;
  readonly state: 'closed' | 'open' | 'half-open';
  close(): void;
}

/** Settings of a breaker. */
export interface BreakerSettings {
  /** How long the source is left alone. Default 5,000. */
  readonly restMs: number;
  /** Calls in the window (10 s) before it may open. Default 10. */
  readonly leastCalls: number;
}

/** A refusal is the source's healthy answer; only these say that it is not well. */
const isIllness = (error: unknown): boolean =>
  error instanceof SourceError &&
  ['unreachable', 'timeout', 'unavailable', 'unreadable'].includes(error.kind);

/** @param source named in the problem */
export function createBreaker(source: string, settings: Partial<BreakerSettings> = {}): Breaker {
  const { restMs = 5_000, leastCalls = 10 } = settings;
  const circuit = new Opossum((work: () => Promise<unknown>) => work(), {
    timeout: false,
    resetTimeout: restMs,
    volumeThreshold: leastCalls,
    errorThresholdPercentage: 50,
    errorFilter: (error: unknown) =>
      !isIllness(error) && !(error instanceof Problem && error.code === 'deadline-exceeded'),
  });
  return {
    get state() {
      if (circuit.opened) return 'open';
      return circuit.halfOpen ? 'half-open' : 'closed';
    },
    async call<T>(work: () => Promise<T>): Promise<T> {
      try {
        // fire() resolves with what the work resolves with.
        return (await circuit.fire(work)) as T;
      } catch (error) {
        if (Opossum.isOurError(error instanceof Error ? error : new Error(String(error))))
          throw new Problem('source-unavailable', {
            source,
            retryAfterS: Math.ceil(restMs / 1000),
            cause: error,
          });
        throw error;
      }
    },
    close: () => circuit.shutdown(),
  };
}
