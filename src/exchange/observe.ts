// What the request path tells whoever watches it (src/operation). Nothing here may wait, throw or name a person.
import type { SourceErrorKind } from '../../adapters/adapter.ts';
import type { AnyStage } from './facts.ts';
import type { Released } from './record.ts';
import type { IncomingCall } from './stages.ts';

/** What came of asking a source; the first counts as success. `deadline`: no answer within the operation's time. `hub`: it
 * answered and we failed. `left-alone`: it was not asked, its breaker being open. New ones go to the end. */
export const sourceOutcomes = [
  'answered',
  'refused',
  'unmapped',
  'unreachable',
  'timeout',
  'deadline',
  'unavailable',
  'unreadable',
  'hub',
  'left-alone',
] as const satisfies readonly (SourceErrorKind | 'answered' | 'deadline' | 'hub' | 'left-alone')[];

/** A member of `sourceOutcomes`. */
export type SourceOutcome = (typeof sourceOutcomes)[number];

/** The parts of an exchange that take time of their own. */
export type StepName = 'admit' | 'check request' | 'open' | 'dispatch' | 'source' | 'check answer' | 'record';

/** The trace of one exchange. */
export interface Trace {
  /** Does the work and notes how long it took. @throws what the work throws */
  step<T>(name: StepName, work: () => Promise<T>): Promise<T>;
}

/** Told of every exchange. */
export interface Observe {
  begin(call: IncomingCall): Trace;
  /** Once for each `begin`, when the answer is ready. */
  end(trace: Trace, stage: AnyStage, released: Released, durationMs: number): void;
  /** A source was asked, or left alone; `ms` is the time that it took, undefined when nothing was sent. */
  source(name: string, outcome: SourceOutcome, ms: number | undefined): void;
}

/** The trace that notes nothing. */
export const noTrace: Trace = { step: (_name, work) => work() };

/** Nobody watches. */
export const unobserved: Observe = { begin: () => noTrace, end: () => undefined, source: () => undefined };
