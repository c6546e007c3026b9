// Rests a route whose other side is away, so that an outage of a day neither burns attempts nor floods: after each rest one
// dispatch alone finds out whether it is back.

const firstRestMs = 1_000;
const longestRestMs = 60_000;

/** The rest of one route in one process. */
export interface RouteRest {
  /** How many may be begun now. @param free places that are free @param underWay attempts under way */
  places(free: number, underWay: number): number;
  /** To be remembered by an attempt as it begins. */
  readonly round: number;
  /** What an attempt that began in `round` found. */
  found(round: number, isAway: boolean): void;
  /** Length of the rest under way; 0 while the route works. */
  readonly restMs: number;
}

/** @param now milliseconds of a clock that never goes back */
export function createRouteRest(now: () => number): RouteRest {
  let restMs = 0;
  let untilMs = 0;
  let round = 0;
  return {
    places(free, underWay) {
      if (restMs === 0) return free;
      return now() >= untilMs && underWay === 0 ? 1 : 0;
    },
    get round() {
      return round;
    },
    found(begun, isAway) {
      if (!isAway) restMs = 0;
      // Attempts that were under way together make one rest, not several.
      else if (begun === round) {
        restMs = Math.min(Math.max(restMs * 2, firstRestMs), longestRestMs);
        untilMs = now() + restMs;
        round += 1;
      }
    },
    get restMs() {
      return restMs;
    },
  };
}
