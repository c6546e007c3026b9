// The fault switch: rules of what goes wrong, for which services, how often; deterministic by seed.
import { createFaultSwitch, type FaultSwitch } from '../parts/fault-switch.ts';
import { createReader, type Reader } from '../parts/reader.ts';
import { type ErrorCodeForm, errorCodeForms, type Generation } from './config.ts';

/**
 * What each mode does. `before`: nothing is carried out; `after`: carried out, then it goes wrong; `within`: carried out
 * in another way.
 */
export const faultModes = {
  slow: { when: 'after', does: 'answers after delayMs (60 s)' },
  hang: { when: 'before', does: 'never answers; the connection stays open' },
  timeoutBefore: { when: 'before', does: 'holds the call for delayMs, then cuts the connection' },
  timeoutAfter: { when: 'after', does: 'stores, holds the answer for delayMs, then cuts the connection' },
  html: { when: 'before', does: 'answers httpStatus (502) with an HTML page' },
  htmlAfter: { when: 'after', does: 'stores, then answers httpStatus (502) with an HTML page' },
  tooMany: { when: 'before', does: 'answers 429, with Retry-After when retryAfterSeconds is given' },
  maintenance: { when: 'before', does: 'answers 200 with a text (shape text) or error_code -1 (shape json)' },
  malformed: { when: 'after', does: 'stores, then answers something that is not JSON' },
  truncated: { when: 'after', does: 'stores, then answers the first half of the JSON as if it were whole' },
  code: { when: 'before', does: 'answers error_code `code`' },
  codeForm: { when: 'within', does: 'writes error_code in `form`' },
  sessionExpired: { when: 'before', does: 'ends the session of the call before its time and says so' },
  wrongPassword: { when: 'before', does: 'refuses the login', services: ['login'] },
  readLag: { when: 'within', does: 'looks up what was held delayMs ago', services: ['TraCuuHoSo'] },
} as const;

/** The name of a fault mode. */
export type FaultMode = keyof typeof faultModes;

/** One rule of the switch. */
export interface FaultRule {
  readonly mode: FaultMode;
  /** Services it hits, `login` among them; absent = all that the mode can hit. */
  readonly services?: readonly string[];
  readonly generations?: readonly string[];
  /** Values of `madonvi` it hits; absent = all. */
  readonly units?: readonly string[];
  /** How many calls it hits; absent = until it is cleared. */
  readonly count?: number;
  /** Share of the matching calls that it hits. */
  readonly probability: number;
  readonly seed: number;
  readonly delayMs: number;
  readonly code: number;
  readonly httpStatus: number;
  readonly retryAfterSeconds?: number;
  readonly shape: 'text' | 'json';
  readonly form: ErrorCodeForm;
}

/** What a call is, before anything of it was checked. */
export interface Asked {
  readonly service: string;
  readonly generation: Generation;
  readonly unit: string | undefined;
}

/** The rules in force. */
export type Faults = FaultSwitch<Asked, FaultRule>;

function parseRule(reader: Reader): FaultRule {
  const names = Object.keys(faultModes).filter((name): name is FaultMode => name in faultModes);
  const whole = (key: string, least: number, most: number, otherwise: number) =>
    reader.whole(key, { least, most, otherwise });
  return {
    mode: reader.choice('mode', names),
    ...(reader.has('services') && { services: reader.texts('services') }),
    ...(reader.has('generations') && { generations: reader.texts('generations') }),
    ...(reader.has('units') && { units: reader.texts('units') }),
    ...(reader.has('count') && { count: whole('count', 1, 1_000_000, 1) }),
    probability: reader.share('probability', 1),
    seed: whole('seed', 0, 0xffff_ffff, 1),
    delayMs: whole('delayMs', 0, 3_600_000, 60_000),
    code: whole('code', -999, 999, -1),
    httpStatus: whole('httpStatus', 200, 599, 502),
    ...(reader.has('retryAfterSeconds') && { retryAfterSeconds: whole('retryAfterSeconds', 0, 86_400, 1) }),
    shape: reader.choice('shape', ['text', 'json'], 'text'),
    form: reader.choice('form', errorCodeForms, '0'),
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

function isHit(rule: FaultRule, { service, generation, unit }: Asked): boolean {
  const mode = faultModes[rule.mode];
  const able: readonly string[] = 'services' in mode ? mode.services : [service];
  return (
    able.includes(service) &&
    (rule.services?.includes(service) ?? true) &&
    (rule.generations?.includes(generation) ?? true) &&
    (rule.units?.includes(unit ?? '') ?? true)
  );
}

/** A switch without a rule. */
export const createFaults = (): Faults => createFaultSwitch(isHit);
