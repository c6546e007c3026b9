// Whether the scanner is away, as this process knows it: while it is nothing is claimed, and it is asked again after pauses
// that grow.
import type { Logger } from 'pino';
import type { Scanner } from '../../../../adapters/virus-scanner/index.ts';

/** The scanner's absence. */
export interface Absence {
  /** A scan could not reach it. */
  note(error: unknown): void;
  /** False while it is known to be away; asks it once a pause is over. Never throws. */
  isOver(signal: AbortSignal): Promise<boolean>;
}

const pingMs = 5_000;

/** @param toPauseMs the pause after so many failures in a row, from 1 */
export function createAbsence(
  scanner: Pick<Scanner, 'ping'>,
  toPauseMs: (failures: number) => number,
  logger: Logger,
): Absence {
  let failures = 0;
  let untilMs = 0;
  function note(err: unknown): void {
    if (failures === 0) logger.warn({ err }, 'the virus scanner is away; what must be scanned waits');
    failures += 1;
    untilMs = performance.now() + toPauseMs(failures);
  }
  return {
    note,
    async isOver(signal) {
      if (failures === 0) return true;
      if (performance.now() < untilMs) return false;
      try {
        await scanner.ping(AbortSignal.any([signal, AbortSignal.timeout(pingMs)]));
      } catch (error) {
        note(error);
        return false;
      }
      failures = 0;
      logger.info('the virus scanner is back');
      return true;
    },
  };
}
