// The one fault switch: what goes wrong from now on, for how many requests, in which window; deterministic by seed.

import { createRandom } from '../parts/random.ts';
import { createReader } from '../parts/reader.ts';
import { type AnswerShape, parseShape } from './shape.ts';

/** What each mode does, and whether the request is carried out before it goes wrong. */
export const faultModes = {
  none: { isProcessed: true, does: 'answers' },
  slow: { isProcessed: true, does: 'answers after slowMs' },
  hang: { isProcessed: false, does: 'never answers; the connection stays open' },
  timeoutBefore: { isProcessed: false, does: 'holds the request for holdMs, then closes the connection' },
  timeoutAfter: {
    isProcessed: true,
    does: 'carries out, holds the answer for holdMs, closes the connection',
  },
  soapFault: { isProcessed: false, does: 'answers a SOAP fault soap:Server ERROR_INTERNAL' },
  html: { isProcessed: false, does: 'answers an HTML page with the status htmlStatus' },
  maintenance: { isProcessed: false, does: 'answers 503 with Retry-After and an HTML page' },
  tlsFailure: {
    isProcessed: false,
    does: 'TLS face: a fatal handshake_failure alert; plain face: the connection is reset',
  },
  emptyBody: { isProcessed: true, does: 'answers 200 with nothing in it' },
  truncated: { isProcessed: true, does: 'answers the first half of the XML as if it were whole' },
  cutConnection: { isProcessed: true, does: 'sends half of the announced bytes, then closes the connection' },
  malformed: { isProcessed: true, does: 'answers XML that is not well-formed' },
  wrongEncoding: { isProcessed: true, does: 'answers XML with bytes that are not UTF-8' },
  entity: { isProcessed: true, does: 'answers XML with a DTD and an entity' },
  oversized: { isProcessed: true, does: 'answers XML of more than 8 MiB' },
  duplicated: { isProcessed: true, does: 'answers the same CongDan (or confirmation) twice' },
  twoPeople: { isProcessed: true, does: 'answers a second, different CongDan' },
} as const;

/** The name of a fault mode. */
export type FaultMode = keyof typeof faultModes;

/** What the switch is set to. */
export interface Fault {
  readonly mode: FaultMode;
  /** Added to every answer, milliseconds. */
  readonly latencyMs: number;
  /** Share of requests, 0 to 1, that get a SOAP fault soap:Server instead of being carried out. */
  readonly errorRate: number;
  readonly slowMs: number;
  readonly holdMs: number;
  readonly htmlStatus: number;
  /** Added to the mock's clock, milliseconds, may be negative. */
  readonly clockSkewMs: number;
  /** How many requests the fault lasts; absent = until it is cleared. */
  readonly times?: number;
  /** The fault works from and up to these times (ISO 8601), e.g. a maintenance window. */
  readonly from?: string;
  readonly to?: string;
  /** The switches of the answers, over those of the configuration. */
  readonly shape: Partial<AnswerShape>;
}

/** What happens to one request. */
export type Effect = Omit<Fault, 'times' | 'from' | 'to' | 'errorRate'>;

/** The state of the switch. */
export interface Faults {
  /** The effect for the next request; counts down `times`. */
  readonly take: () => Effect;
  /** The effect that the next request would get, uncounted. */
  readonly peek: () => Effect;
  readonly set: (fault: Fault) => void;
  readonly clear: () => void;
  readonly show: () => { readonly fault: Fault | null; readonly remaining: number | null };
}

const quiet: Effect = {
  mode: 'none',
  latencyMs: 0,
  slowMs: 20_000,
  holdMs: 20_000,
  htmlStatus: 502,
  clockSkewMs: 0,
  shape: {},
};
const longestMs = 3_600_000;
const daysMs = 10 * 86_400_000;

/**
 * Reads what a test puts to the switch; the switches of the answers stand beside the other members.
 * @throws Error with every mistake in one message
 */
export function parseFault(json: unknown): Fault {
  const mistakes: string[] = [];
  const reader = createReader(json, 'fault', mistakes);
  const moment = { match: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/ };
  const [from, to] = [reader.optional('from', moment), reader.optional('to', moment)];
  const modes = Object.keys(faultModes).filter((name): name is FaultMode => name in faultModes);
  const duration = (key: string, otherwise: number) =>
    reader.whole(key, { least: 0, most: longestMs, otherwise });
  const fault: Fault = {
    mode: reader.choice('mode', modes, 'none'),
    latencyMs: duration('latencyMs', quiet.latencyMs),
    errorRate: reader.share('errorRate', 0),
    slowMs: duration('slowMs', quiet.slowMs),
    holdMs: duration('holdMs', quiet.holdMs),
    htmlStatus: reader.whole('htmlStatus', { least: 200, most: 599, otherwise: quiet.htmlStatus }),
    clockSkewMs: reader.whole('clockSkewMs', { least: -daysMs, most: daysMs, otherwise: 0 }),
    ...(reader.has('times') && { times: reader.whole('times', { least: 1, most: 1_000_000 }) }),
    ...(from && { from }),
    ...(to && { to }),
    shape: parseShape(reader),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return fault;
}

function isInWindow({ from, to }: Fault, nowMs: number): boolean {
  return (from === undefined || Date.parse(from) <= nowMs) && (to === undefined || nowMs < Date.parse(to));
}

/** A switch that is off. Which requests an error rate hits follows from the seed and their order alone. */
export function createFaults(seed: number): Faults {
  let fault: Fault | undefined;
  let remaining = Number.POSITIVE_INFINITY;
  let random = createRandom(seed);

  const current = (): Fault | undefined =>
    fault && remaining > 0 && isInWindow(fault, Date.now()) ? fault : undefined;
  return {
    peek: () => current() ?? quiet,
    take: () => {
      const active = current();
      if (active === undefined) return quiet;
      remaining -= 1;
      const isHit = active.errorRate > 0 && random.next() < active.errorRate;
      return isHit ? { ...active, mode: 'soapFault' } : active;
    },
    set: (next) => {
      fault = next;
      remaining = next.times ?? Number.POSITIVE_INFINITY;
      random = createRandom(seed);
    },
    clear: () => {
      fault = undefined;
    },
    show: () => ({
      fault: fault ?? null,
      remaining: fault && Number.isFinite(remaining) ? remaining : null,
    }),
  };
}
