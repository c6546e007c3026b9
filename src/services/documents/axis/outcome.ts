// What a failed send over the axis means: whether it can pass, and who must act if not. Source: document-axis.md §3.3, §9.16
import { SourceError } from '../../../../adapters/adapter.ts';
import { isPassing } from '../../../../adapters/document-axis/axis.ts';
import type { DispatchOutcome, Responsible } from '../../../delivery/types.ts';
import type { ProblemCode } from '../../../problem-codes.ts';

const passing: Readonly<Record<string, ProblemCode>> = {
  unreachable: 'source-unreachable',
  timeout: 'source-timeout',
  unavailable: 'source-unavailable',
};

const ofCodes: Readonly<Record<string, ProblemCode>> = {
  10: 'axis-file-refused',
  15: 'axis-credential',
  18: 'axis-receiver-unknown',
  19: 'axis-sender-unknown',
  22: 'axis-file-refused',
  23: 'axis-receiver-locked',
  'http-401': 'axis-credential',
  'http-403': 'axis-credential',
};

/** Refusals for one of several receivers: those that are named may take it. */
const ofOneReceiver: ReadonlySet<string> = new Set(['18', '23']);

const parties: Readonly<Record<SourceError['party'], Responsible>> = {
  caller: 'caller',
  hub: 'hub',
  source: 'source',
};

function toPermanent({ kind, code = '', party }: SourceError): {
  readonly problem: ProblemCode;
  readonly responsible: Responsible;
} {
  const responsible = parties[party];
  if (kind === 'unreadable') return { problem: 'source-unreadable', responsible: 'source' };
  if (kind === 'unmapped') return { problem: 'code-unmapped', responsible };
  const problem = Object.hasOwn(ofCodes, code) ? ofCodes[code] : undefined;
  return { problem: problem ?? 'source-refused', responsible };
}

/**
 * The outcome of a send that failed. An answer that cannot be read is not tried again by itself: the message may have been
 * taken.
 * @param receivers of the call
 * @throws what is no failure of the axis
 */
export function toFailedOutcome(error: unknown, receivers: number): DispatchOutcome {
  if (!(error instanceof SourceError)) throw error;
  const more = { source: error.trace, cause: error };
  if (isPassing(error)) {
    const problem = passing[error.kind] ?? 'source-unavailable';
    const responsible = error.kind === 'unreachable' ? 'network' : 'source';
    return { kind: 'retry', problem, responsible, isRouteAway: error.kind !== 'unavailable', ...more };
  }
  if (receivers > 1 && ofOneReceiver.has(error.code ?? '')) return { kind: 'split', source: error.trace };
  return { kind: 'dead', ...toPermanent(error), ...more };
}
