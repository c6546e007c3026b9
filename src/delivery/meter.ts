// What one process counts of its deliveries, in plain numbers by route; never by unit or message.
import type { Settled } from './settle.ts';

/** Counts of one route. */
export interface RouteMeter {
  readonly route: string;
  /** Attempts by what came of them, since the process began. */
  readonly outcomes: Readonly<Record<Settled, number>>;
  readonly underWay: number;
  /** Length of the rest under way; 0 while the route works. */
  readonly restMs: number;
}

/** All at zero. */
export const toNoOutcomes = (): Record<Settled, number> => ({
  sent: 0,
  failed: 0,
  dead: 0,
  abandoned: 0,
  split: 0,
  interrupted: 0,
  late: 0,
});
