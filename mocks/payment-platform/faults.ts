// The fault switch: rules of what goes wrong, for which messages and payments, how often; deterministic by seed.
import { createFaultSwitch, type FaultSwitch } from '../parts/fault-switch.ts';
import { createReader, type Reader } from '../parts/reader.ts';

/** What each mode does. `before`: nothing is carried out; `after`: carried out, then it goes wrong; `within`: the answer itself is changed. */
export const faultModes = {
  unavailable: { when: 'before', does: 'answers httpStatus (502) with an HTML page' },
  maintenance: { when: 'before', does: 'answers 503 with Retry-After and an HTML page' },
  tooMany: { when: 'before', does: 'answers 429 with Retry-After' },
  code: { when: 'before', does: 'answers MaLoi = `code` (99)' },
  hang: { when: 'before', does: 'never answers; the connection stays open' },
  timeoutBefore: { when: 'before', does: 'holds the request for delayMs, then cuts the connection' },
  timeoutAfter: {
    when: 'after',
    does: 'carries out, holds the answer for delayMs, then cuts the connection',
  },
  errorAfter: { when: 'after', does: 'carries out, then answers httpStatus (502)' },
  slow: { when: 'after', does: 'answers after delayMs' },
  malformed: { when: 'after', does: 'answers the first half of the body as if it were whole' },
  emptyBody: { when: 'after', does: 'answers 200 with nothing in it' },
  noUrl: { when: 'within', does: 'answers INIT with MaLoi 00 and no UrlThanhToan' },
  pending: { when: 'within', does: 'answers QUERY with TrangThaiGD 3 (bank time-out)' },
} as const;

/** The name of a fault mode. */
export type FaultMode = keyof typeof faultModes;

/** One rule of the switch. */
export interface FaultRule {
  readonly mode: FaultMode;
  /** Messages it hits; absent = all. */
  readonly operations?: readonly string[];
  /** Payments it hits, by MaThamChieu; absent = all. */
  readonly references?: readonly string[];
  /** How many requests it hits; absent = until it is cleared. */
  readonly count?: number;
  /** Share of the matching requests that it hits. */
  readonly probability: number;
  readonly seed: number;
  readonly delayMs: number;
  readonly code: string;
  readonly httpStatus: number;
}

/** What a request is about. */
export interface Asked {
  readonly operation: string;
  readonly reference: string | undefined;
}

/** The rules in force. */
export type Faults = FaultSwitch<Asked, FaultRule>;

function parseRule(reader: Reader, seed: number): FaultRule {
  const names = Object.keys(faultModes).filter((name): name is FaultMode => name in faultModes);
  return {
    mode: reader.choice('mode', names),
    ...(reader.has('operations') && { operations: reader.texts('operations') }),
    ...(reader.has('references') && { references: reader.texts('references') }),
    ...(reader.has('count') && { count: reader.whole('count', { least: 1, most: 1_000_000 }) }),
    probability: reader.share('probability', 1),
    seed: reader.whole('seed', { least: 0, most: 0xffff_ffff, otherwise: seed }),
    delayMs: reader.whole('delayMs', { least: 0, most: 3_600_000, otherwise: 20_000 }),
    code: reader.text('code', { match: /^\w{1,10}$/, otherwise: '99' }),
    httpStatus: reader.whole('httpStatus', { least: 400, most: 599, otherwise: 502 }),
  };
}

/**
 * Reads what a test puts to the switch: one rule, or `{"faults": [rule, …]}`.
 * @throws Error with every mistake in one message
 */
export function parseFaults(json: unknown, seed: number): readonly FaultRule[] {
  const mistakes: string[] = [];
  const reader = createReader(json, 'fault', mistakes);
  const read = (one: Reader): FaultRule => parseRule(one, seed);
  const rules = reader.has('faults') ? reader.children('faults').map(read) : [read(reader)];
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return rules;
}

/** A switch without a rule. */
export const createFaults = (): Faults =>
  createFaultSwitch(
    (rule, { operation, reference }) =>
      (rule.operations?.includes(operation) ?? true) && (rule.references?.includes(reference ?? '') ?? true),
  );
