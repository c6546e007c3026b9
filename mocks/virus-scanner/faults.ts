// The one fault switch: what goes wrong from now on, and for how many commands.
import { createReader } from '../parts/reader.ts';

/** What each mode does. */
export const faultModes = {
  none: 'answers',
  away: 'resets every connection before it answers',
  slow: 'answers after slowMs',
  error: 'answers every stream with an error',
  garbage: 'answers with bytes that are none of the protocol',
  cut: 'reads a stream to half a chunk and closes the connection without an answer',
} as const;

/** The name of a mode. */
export type FaultMode = keyof typeof faultModes;

/** What the switch is set to. */
export interface Fault {
  readonly mode: FaultMode;
  readonly slowMs: number;
  /** How many commands it lasts; absent = until it is cleared. */
  readonly times?: number;
}

/** The switch. */
export interface Faults {
  readonly set: (fault: Fault) => void;
  readonly show: () => Fault;
  /** The fault of one command, counted. */
  readonly take: () => Fault;
}

const none: Fault = { mode: 'none', slowMs: 0 };

const isMode = (name: string): name is FaultMode => Object.hasOwn(faultModes, name);

/** @throws Error with every mistake */
export function parseFault(json: unknown): Fault {
  const mistakes: string[] = [];
  const reader = createReader(json, 'fault', mistakes);
  const fault = {
    mode: reader.choice('mode', Object.keys(faultModes).filter(isMode), 'none'),
    slowMs: reader.whole('slowMs', { least: 0, most: 600_000, otherwise: 1_000 }),
    ...(reader.has('times') && { times: reader.whole('times', { least: 1, most: 1_000_000 }) }),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return fault;
}

/** A switch that is off. */
export function createFaults(): Faults {
  let fault = none;
  return {
    set: (next) => {
      fault = next;
    },
    show: () => fault,
    take: () => {
      const taken = fault;
      if (fault.times !== undefined) fault = fault.times > 1 ? { ...fault, times: fault.times - 1 } : none;
      return taken;
    },
  };
}
