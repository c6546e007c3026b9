// The fault switch: rules of what goes wrong, for which operations, how often; deterministic by seed.
import { createFaultSwitch, type FaultSwitch } from '../parts/fault-switch.ts';
import { createReader, type Reader } from '../parts/reader.ts';
import type { Kind } from './journal.ts';
import { spoils } from './spoil.ts';

const lists: readonly string[] = ['getReceivedEdocList'];
const sends: readonly string[] = ['sendEdoc'];

/**
 * What each mode does. `before`: nothing is carried out; `after`: carried out, then it goes wrong; `within`: the answer or
 * the message itself is changed.
 */
export const faultModes = {
  unavailable: { when: 'before', does: 'answers httpStatus (503) with an HTML page' },
  code: { when: 'before', does: 'answers FAIL with `code`: 10, 15, 18, 19, 20, 21, 22, 23, …' },
  unauthorized: { when: 'before', does: 'answers 401 in plain text' },
  hang: { when: 'before', does: 'never answers; the connection stays open' },
  timeoutBefore: { when: 'before', does: 'holds the request for delayMs, then cuts the connection' },
  timeoutAfter: {
    when: 'after',
    does: 'carries out, holds the answer for delayMs, then cuts the connection',
  },
  errorAfter: { when: 'after', does: 'carries out, then answers httpStatus (503)' },
  slow: { when: 'after', does: 'answers after delayMs' },
  truncated: { when: 'after', does: 'answers the first half of the body as if it were whole' },
  cutAnswer: { when: 'after', does: 'sends the first half of the body, then cuts the connection' },
  emptyList: { when: 'within', does: 'lists nothing', operations: lists },
  duplicateList: { when: 'within', does: 'lists every item twice', operations: lists },
  reorder: { when: 'within', does: 'lists the page in another order', operations: lists },
  contentTypeLie: { when: 'within', does: spoils.contentTypeLie, operations: sends },
  missingAttachment: { when: 'within', does: spoils.missingAttachment, operations: sends },
  wrongDate: { when: 'within', does: spoils.wrongDate, operations: sends },
  code14: { when: 'within', does: spoils.code14, operations: sends },
  unknownUnit: { when: 'within', does: spoils.unknownUnit, operations: sends },
  nullOrgan: { when: 'within', does: spoils.nullOrgan, operations: sends },
} as const;

/** The name of a fault mode. */
export type FaultMode = keyof typeof faultModes;

/** One rule of the switch. */
export interface FaultRule {
  readonly mode: FaultMode;
  /** Operations it hits, by the adapter's names; absent = all that the mode can hit. */
  readonly operations?: readonly string[];
  /** Systems it hits, by systemId; absent = all. */
  readonly systems?: readonly string[];
  readonly messageType?: Kind;
  /** How many requests it hits; absent = until it is cleared. */
  readonly count?: number;
  /** Share of the matching requests that it hits. */
  readonly probability: number;
  readonly seed: number;
  readonly delayMs: number;
  readonly code: string;
  readonly httpStatus: number;
}

/** What a request is, before anything of it was checked. */
export interface Request {
  readonly operation: string;
  readonly systemId: string | undefined;
  readonly kind: string | undefined;
}

/** The rules in force. */
export type Faults = FaultSwitch<Request, FaultRule>;

function parseRule(reader: Reader): FaultRule {
  const names = Object.keys(faultModes).filter((name): name is FaultMode => name in faultModes);
  const most = 3_600_000;
  return {
    mode: reader.choice('mode', names),
    ...(reader.has('operations') && { operations: reader.texts('operations') }),
    ...(reader.has('systems') && { systems: reader.texts('systems') }),
    ...(reader.has('messageType') && { messageType: reader.choice('messageType', ['edoc', 'status']) }),
    ...(reader.has('count') && { count: reader.whole('count', { least: 1, most: 1_000_000 }) }),
    probability: reader.share('probability', 1),
    seed: reader.whole('seed', { least: 0, most: 0xffff_ffff, otherwise: 1 }),
    delayMs: reader.whole('delayMs', { least: 0, most, otherwise: 20_000 }),
    code: reader.text('code', { match: /^\d{1,3}$/, otherwise: '20' }),
    httpStatus: reader.whole('httpStatus', { least: 400, most: 599, otherwise: 503 }),
  };
}

/**
 * Reads what a test puts to the switch: one rule, or `{"faults": [rule, …]}`.
 * @throws Error with every mistake in one message
 */
export function parseFaults(json: unknown): readonly FaultRule[] {
  const mistakes: string[] = [];
  const reader = createReader(json, 'fault', mistakes);
  const rules = reader.has('faults') ? reader.children('faults').map(parseRule) : [parseRule(reader)];
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return rules;
}

function isHit(rule: FaultRule, { operation, systemId, kind }: Request): boolean {
  const mode = faultModes[rule.mode];
  if ('operations' in mode && !mode.operations.includes(operation)) return false;
  if (rule.mode === 'code14' && kind !== 'status') return false;
  return (
    (rule.operations?.includes(operation) ?? true) &&
    (rule.systems?.includes(systemId ?? '') ?? true) &&
    (rule.messageType === undefined || rule.messageType === kind)
  );
}

/** A switch without a rule. */
export const createFaults = (): Faults => createFaultSwitch(isHit);
