// Counts failed token requests in memory, so that guessing and broken clients cost little. Bounded; says nothing to others.
import { BoundedMap } from './bounded-map.ts';

/** Counts failures by key, e.g. network and client, in windows of one minute. */
export interface FailureLimit {
  /** Seconds to wait when the key has used up its failures; 0 when it may try. */
  waitS(key: string): number;
  count(key: string): void;
}

const windowMs = 60_000;
const keys = 10_000;

/**
 * @param failures how many a key may have in a minute, 1 to 10,000
 * @param clock milliseconds since 1970
 */
export function createFailureLimit(failures: number, clock: () => number = Date.now): FailureLimit {
  const windows = new BoundedMap<string, { readonly until: number; failed: number }>(keys);
  const current = (key: string) => {
    const window = windows.get(key);
    return window && window.until > clock() ? window : undefined;
  };
  return {
    waitS(key) {
      const window = current(key);
      return window && window.failed >= failures ? Math.ceil((window.until - clock()) / 1000) : 0;
    },
    count(key) {
      const window = current(key);
      if (window) window.failed += 1;
      else windows.set(key, { until: clock() + windowMs, failed: 1 });
    },
  };
}
