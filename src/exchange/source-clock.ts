// The time that an exchange spends at its source, and what came of it.
import { SourceError } from '../../adapters/adapter.ts';
import { Problem } from '../problem.ts';
import type { SourceOutcome } from './observe.ts';

/** Adds up the calls of one exchange. */
export interface SourceClock {
  /** Does the call and counts its time. @throws what the call throws */
  time<T>(call: () => Promise<T>): Promise<T>;
  /** Milliseconds so far, those of a call under way included; undefined while the source was not asked. */
  readonly ms: number | undefined;
}

/** A clock that stands. */
export function createSourceClock(): SourceClock {
  let spentMs: number | undefined;
  let begunMs: number | undefined;
  return {
    async time(call) {
      begunMs = performance.now();
      try {
        return await call();
      } finally {
        spentMs = (spentMs ?? 0) + performance.now() - begunMs;
        begunMs = undefined;
      }
    },
    get ms() {
      return begunMs === undefined ? spentMs : (spentMs ?? 0) + performance.now() - begunMs;
    },
  };
}

/**
 * What came of asking a source.
 * @param error what the service threw, undefined when it answered
 * @returns undefined when the source had no part in it
 */
export function toSourceOutcome(error: unknown, ms: number | undefined): SourceOutcome | undefined {
  if (error instanceof SourceError) return error.kind;
  const code = error instanceof Problem ? error.code : undefined;
  if (ms === undefined) return code === 'source-unavailable' ? 'left-alone' : undefined;
  if (error === undefined) return 'answered';
  return code === 'deadline-exceeded' ? 'deadline' : 'hub';
}
