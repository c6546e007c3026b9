// Attempts in the words in which calls of sources are counted.
import type { SourceOutcome } from '../exchange/observe.ts';
import type { ProblemCode } from '../problem-codes.ts';
import type { DispatchOutcome } from './types.ts';

const ofProblem: Readonly<Partial<Record<ProblemCode, SourceOutcome>>> = {
  'source-unreachable': 'unreachable',
  'source-timeout': 'timeout',
  'deadline-exceeded': 'deadline',
  'source-unavailable': 'unavailable',
  'source-unreadable': 'unreadable',
  'code-unmapped': 'unmapped',
  'internal-error': 'hub',
};

/** What came of asking the source, by the outcome's problem; any other problem is its refusal. */
export function toSourceOutcome(outcome: DispatchOutcome): SourceOutcome {
  if (outcome.kind === 'sent') return 'answered';
  if (outcome.kind === 'split') return 'refused';
  return ofProblem[outcome.problem] ?? 'refused';
}
