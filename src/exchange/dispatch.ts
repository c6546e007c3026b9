// Step 7: the service, its adapter, the source, within the operation's deadline and behind the source's breaker. The
// caller's token is never passed on. Nothing is sent twice: a source counts what it is asked.
import { SourceError, type SourceError as SourceErrorType } from '../../adapters/adapter.ts';
import { Problem, type ProblemMore } from '../problem.ts';
import type { ProblemCode } from '../problem-codes.ts';
import type { ServiceAnswer } from '../services/service.ts';
import type { Breaker } from './breaker.ts';
import type { Observe } from './observe.ts';
import { toSourceOutcome } from './source-clock.ts';
import { add, type Dispatched, type OpenExchange, type Outcome } from './stages.ts';

/** What dispatch needs. */
export interface DispatchDependencies {
  /** The breaker of a source; services without a source have none, and calls that come from a source pass none. */
  readonly breaker: (source: string) => Breaker;
  readonly observe: Observe;
}

/** How long after its deadline a handler may take to give up by itself. */
const graceMs = 500;

const codes: Readonly<Record<SourceErrorType['kind'], ProblemCode>> = {
  unreachable: 'source-unreachable',
  timeout: 'source-timeout',
  unavailable: 'source-unavailable',
  unreadable: 'source-unreadable',
  refused: 'source-refused',
  unmapped: 'code-unmapped',
};

/** The problem that a source's error becomes. The source's own words stay in the log. */
export function toSourceProblem(error: SourceErrorType): Problem {
  const isOfficer = error.kind === 'refused' && error.code?.startsWith('officer-') === true;
  const code = isOfficer ? 'officer-refused-by-source' : codes[error.kind];
  const more: ProblemMore = {
    source: error.source,
    cause: error,
    ...(error.kind === 'refused' && { responsible: error.party }),
    ...(['unreachable', 'timeout', 'unavailable'].includes(error.kind) && { retryAfterS: 10 }),
  };
  return new Problem(code, more);
}

function withDeadline<T>(exchange: OpenExchange, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Problem('deadline-exceeded', { retryAfterS: 10 })),
      exchange.operation.deadlineMs + graceMs,
    );
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

function callService(d: DispatchDependencies, exchange: OpenExchange): Promise<ServiceAnswer<unknown>> {
  const { operation, request } = exchange;
  const { handle, repeat } = operation.handler;
  const { repeats } = exchange;
  const work = (): Promise<ServiceAnswer<unknown>> =>
    withDeadline(exchange, repeats !== undefined && repeat ? repeat(request, repeats) : handle(request));
  if (operation.source === undefined || operation.scheme === 'source') return work();
  return d.breaker(operation.source).call(work);
}

/** Says what came of the source, where it was asked or left alone. */
function tell({ observe }: DispatchDependencies, exchange: OpenExchange, error?: unknown): void {
  const { source } = exchange.operation;
  if (source === undefined) return;
  const { ms } = exchange.sourceClock;
  const outcome = toSourceOutcome(error, ms);
  // A call that has no code for its unit ends before anything is sent.
  if (outcome !== undefined) observe.source(source, outcome, outcome === 'unmapped' ? undefined : ms);
}

/** Never throws: from here on the exchange has an outcome that must be recorded. */
export async function dispatch(d: DispatchDependencies, exchange: OpenExchange): Promise<Dispatched> {
  let outcome: Outcome;
  try {
    outcome = { answer: await callService(d, exchange) };
    tell(d, exchange);
  } catch (error) {
    tell(d, exchange, error);
    if (error instanceof SourceError)
      outcome = {
        problem: toSourceProblem(error),
        step: 'dispatch',
        ...(error.trace && { sources: [error.trace] }),
      };
    else {
      const problem = error instanceof Problem ? error : new Problem('internal-error', { cause: error });
      const { sources } = problem.more;
      outcome = { problem, step: 'dispatch', ...(sources && { sources }) };
    }
  }
  return add(exchange, { outcome });
}
