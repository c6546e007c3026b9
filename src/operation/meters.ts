// What one hub process counts, in plain numbers that are there before the first request: a request only adds to them.
// They are named by operation, source and problem code; never by unit, officer, case, path or exchange.
import type { Operation } from '../contracts/table.ts';
import { type Observe, type SourceOutcome, sourceOutcomes, type Trace } from '../exchange/observe.ts';
import { type ProblemCode, problemCodes } from '../problem-codes.ts';
import { createTally, type Tally } from './tally.ts';

/** What ended an exchange: `answered`, or the code of its problem. */
export type ExchangeOutcome = 'answered' | ProblemCode;

/** Counts of one operation. */
export interface OperationMeter {
  readonly service: string;
  readonly operation: string;
  readonly outcomes: ReadonlyMap<ExchangeOutcome, { count: number }>;
  readonly durations: Tally;
}

/** Counts of one source. */
export interface SourceMeter {
  readonly source: string;
  readonly outcomes: ReadonlyMap<SourceOutcome, { count: number }>;
  readonly durations: Tally;
}

/** Results of the token endpoint: `issued`, or the error of RFC 6749 §5.2 and its relatives; all else is `other`. */
export const tokenOutcomes = [
  'issued',
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'unauthorized_client',
  'unsupported_grant_type',
  'slow_down',
  'temporarily_unavailable',
  'server_error',
  'other',
] as const;

/** What the request path counts. */
export interface PathMeter {
  readonly operations: readonly OperationMeter[];
  readonly sources: readonly SourceMeter[];
  /** Refused before they were opened, by code. */
  readonly refusals: ReadonlyMap<ProblemCode, { count: number }>;
  readonly inFlight: number;
  readonly observe: Observe;
}

/** What the exchange log counts: sizes of its batches, and the time that each took. */
export interface LogMeter {
  readonly batches: Tally;
  readonly recordings: Tally;
  recorded(entries: number, ms: number): void;
}

/** What the token endpoint counts. */
export interface TokenMeter {
  readonly outcomes: ReadonlyMap<string, { count: number }>;
  /** @param outcome one of `tokenOutcomes`; what is not counts as `other` */
  add(outcome: string): void;
}

const durationBoundsMs = [2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000];
const batchBounds = [1, 2, 5, 10, 20, 50, 100, 200];
const recordBoundsMs = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000];

const toCounts = <Name extends string>(names: readonly Name[]): ReadonlyMap<Name, { count: number }> =>
  new Map(names.map((name) => [name, { count: 0 }]));

function addOne<Name>(counts: ReadonlyMap<Name, { count: number }>, name: Name): void {
  const found = counts.get(name);
  if (found) found.count += 1;
}

// The table of codes is the type of its own keys.
const codes = Object.keys(problemCodes) as readonly ProblemCode[];

const toOperationMeter = (service: string, operation: string): OperationMeter => ({
  service,
  operation,
  outcomes: toCounts<ExchangeOutcome>(['answered', ...codes]),
  durations: createTally(durationBoundsMs),
});

const toSourceMeter = (source: string): SourceMeter => ({
  source,
  outcomes: toCounts(sourceOutcomes),
  durations: createTally(durationBoundsMs),
});

/** What is told of each exchange besides being counted. */
export interface Tracer {
  readonly begin: Observe['begin'];
  readonly end: Observe['end'];
}

/** Counts of the exchange log, all at zero. */
export function createLogMeter(): LogMeter {
  const batches = createTally(batchBounds);
  const recordings = createTally(recordBoundsMs);
  return {
    batches,
    recordings,
    recorded(entries, ms) {
      batches.add(entries);
      recordings.add(ms);
    },
  };
}

/** Counts of the token endpoint, all at zero. */
export function createTokenMeter(): TokenMeter {
  const outcomes = toCounts<string>(tokenOutcomes);
  return { outcomes, add: (outcome) => addOne(outcomes, outcomes.has(outcome) ? outcome : 'other') };
}

/**
 * Counts of the request path, all at zero.
 * @param onSource told of every call of a source as well
 */
export function createPathMeter(
  operations: readonly Pick<Operation, 'service' | 'id' | 'name'>[],
  sources: readonly string[],
  tracer: Tracer,
  onSource: Observe['source'],
): PathMeter {
  const none = toOperationMeter('none', 'none');
  const byOperation = new Map(
    operations.map(({ service, id, name }) => [name, toOperationMeter(service, id)]),
  );
  const bySource = new Map(sources.map((source) => [source, toSourceMeter(source)]));
  const refusals = toCounts(codes);
  let inFlight = 0;
  return {
    operations: [...byOperation.values(), none],
    sources: [...bySource.values()],
    refusals,
    get inFlight() {
      return inFlight;
    },
    observe: {
      begin(call): Trace {
        inFlight += 1;
        return tracer.begin(call);
      },
      end(trace, stage, released, durationMs) {
        inFlight -= 1;
        const meter = (stage.operation && byOperation.get(stage.operation.name)) ?? none;
        const code = released.problem?.code;
        addOne(meter.outcomes, code ?? 'answered');
        meter.durations.add(durationMs);
        if (code && !stage.opened) addOne(refusals, code);
        tracer.end(trace, stage, released, durationMs);
      },
      source(name, outcome, ms) {
        const meter = bySource.get(name);
        if (meter) addOne(meter.outcomes, outcome);
        if (meter && ms !== undefined) meter.durations.add(ms);
        onSource(name, outcome, ms);
      },
    },
  };
}
