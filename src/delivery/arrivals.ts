// Waits until something comes into a mailbox: at once for what this process put there, within a quarter of a second for
// what others did. PostgreSQL's own NOTIFY would make all commits queue.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';

const lookMs = 250;

/** Those who wait in this process. */
export interface Arrivals {
  /** Resolves when a mailbox has more than `afterNo`, `limitMs` are over, or waiting ended. Never throws. */
  wait(unitId: string, afterNo: number, limitMs: number, signal: AbortSignal): Promise<void>;
  /** Something may have come for these units. */
  ring(unitIds: readonly string[]): void;
  /** Ends all waiting, now and later. */
  end(): void;
  readonly isEnded: boolean;
}

interface Waiter {
  readonly afterNo: number;
  readonly wake: () => void;
}

/** One look for all who wait, however many. */
export function createArrivals(pool: Pool): Arrivals {
  const waiters = new Map<string, Set<Waiter>>();
  let isLooking = false;
  let isEnded = false;

  function wake(unitId: string, lastNo: number): void {
    for (const waiter of waiters.get(unitId) ?? []) if (lastNo > waiter.afterNo) waiter.wake();
  }

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    while (waiters.size > 0) {
      await pause(lookMs);
      const { rows } = await pool
        .query<{ unit_id: string; last_no: string }>(
          'SELECT unit_id, last_no FROM mailbox WHERE unit_id = ANY ($1)',
          [[...waiters.keys()]],
        )
        // Whoever waits asks again after its time; a database that is away is told of there.
        .catch(() => ({ rows: [] }));
      for (const row of rows) wake(row.unit_id, Number(row.last_no));
    }
    isLooking = false;
  }

  return {
    wait(unitId, afterNo, limitMs, signal) {
      if (isEnded || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          const others = waiters.get(unitId);
          others?.delete(waiter);
          if (others?.size === 0) waiters.delete(unitId);
          resolve();
        };
        const waiter: Waiter = { afterNo, wake: done };
        const timer = setTimeout(done, limitMs);
        signal.addEventListener('abort', done);
        waiters.set(unitId, (waiters.get(unitId) ?? new Set()).add(waiter));
        void look();
      });
    },
    ring(unitIds) {
      for (const unitId of unitIds) wake(unitId, Number.MAX_SAFE_INTEGER);
    },
    get isEnded() {
      return isEnded;
    },
    end() {
      isEnded = true;
      for (const unitId of [...waiters.keys()]) wake(unitId, Number.MAX_SAFE_INTEGER);
    },
  };
}
