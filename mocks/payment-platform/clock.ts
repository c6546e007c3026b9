// The mock's clock, which a test can set, and the platform's way to write a time: local time of Viet Nam, 24-hour.

const offsetMs = 7 * 3_600_000;

/** `yyyyMMddHHmmss`, 24-hour, Asia/Ho_Chi_Minh. Source: payment-platform.md §1 */
export function toStamp(ms: number): string {
  return new Date(ms + offsetMs).toISOString().replaceAll(/\D/g, '').slice(0, 14);
}

/** `yyyyMMdd` of the local day. */
export const toDay = (ms: number): string => toStamp(ms).slice(0, 8);

/** The instant of a `yyyyMMddHHmmss`; undefined when it is no such time. */
export function parseStamp(text: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) - offsetMs;
  return toStamp(ms) === text ? ms : undefined;
}

/** Work for a time of the mock's clock. */
export interface Schedule {
  /** The mock's clock, ms since 1970. */
  readonly nowMs: () => number;
  /** Sets the mock's clock by its distance to the machine's; what is due by then is done. */
  readonly setOffset: (clockOffsetMs: number) => void;
  readonly at: (dueMs: number, work: () => Promise<void>) => void;
  /** Forgets all that is not due, and waits for what is under way. */
  readonly close: () => Promise<void>;
}

interface Due {
  readonly dueMs: number;
  readonly run: () => void;
  timer: NodeJS.Timeout | undefined;
}

// Node's longest timer; a longer wait is looked at again then.
const longestMs = 0x7fff_ffff;

/** A clock and its schedule. @param onFailure told of work that failed */
export function createSchedule(clockOffsetMs: number, onFailure: (cause: unknown) => void): Schedule {
  let offset = clockOffsetMs;
  const waiting = new Set<Due>();
  const running = new Set<Promise<void>>();
  const nowMs = (): number => Date.now() + offset;
  const arm = (due: Due): void => {
    clearTimeout(due.timer);
    const waitMs = Math.min(longestMs, Math.max(0, due.dueMs - nowMs()));
    due.timer = setTimeout(() => (due.dueMs <= nowMs() ? due.run() : arm(due)), waitMs);
  };
  return {
    nowMs,
    setOffset: (next) => {
      offset = next;
      for (const due of waiting) arm(due);
    },
    at: (dueMs, work) => {
      const run = (): void => {
        waiting.delete(due);
        const done = work().catch(onFailure);
        running.add(done);
        done.finally(() => running.delete(done));
      };
      const due: Due = { dueMs, run, timer: undefined };
      waiting.add(due);
      arm(due);
    },
    close: async () => {
      for (const { timer } of waiting) clearTimeout(timer);
      waiting.clear();
      await Promise.all(running);
    },
  };
}
