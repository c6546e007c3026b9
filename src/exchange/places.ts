// The places at one source: so many calls at a time, a bounded queue, and turns that go round the acting units, so that
// a busy unit cannot keep the other ones out.
import { Problem } from '../problem.ts';

/** Limits of one source. */
export interface PlaceLimits {
  /** Calls under way at once. */
  readonly calls: number;
  /** Calls that may wait. */
  readonly waiting: number;
  /** How long one may wait. */
  readonly waitMs: number;
}

/** Gives places; the returned function gives the place back and may be called once or more. */
export interface Places {
  /** @throws Problem source-busy */
  enter(unitId: string): Promise<() => void>;
  readonly waiting: number;
  /** Places held. */
  readonly taken: number;
}

interface Waiter {
  readonly admit: (leave: () => void) => void;
  readonly timer: NodeJS.Timeout;
}

/** @param source named in the problem */
export function createPlaces(limits: PlaceLimits, source: string | undefined): Places {
  let under = 0;
  let waiting = 0;
  // Insertion order is the order of turns: a unit that was served goes to the end.
  const queues = new Map<string, Waiter[]>();

  const busy = (): Problem =>
    new Problem(source ? 'source-busy' : 'hub-busy', { retryAfterS: 2, ...(source && { source }) });

  function takePlace(): () => void {
    under += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      under -= 1;
      admitNext();
    };
  }

  function admitNext(): void {
    const [next] = queues;
    if (!next || under >= limits.calls) return;
    const [unitId, queue] = next;
    const waiter = queue.shift();
    queues.delete(unitId);
    if (queue.length > 0) queues.set(unitId, queue);
    if (!waiter) return;
    waiting -= 1;
    clearTimeout(waiter.timer);
    waiter.admit(takePlace());
  }

  function drop(unitId: string, waiter: Waiter): void {
    const left = (queues.get(unitId) ?? []).filter((other) => other !== waiter);
    waiting -= 1;
    if (left.length > 0) queues.set(unitId, left);
    else queues.delete(unitId);
  }

  function wait(unitId: string): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        drop(unitId, waiter);
        reject(busy());
      }, limits.waitMs);
      const waiter: Waiter = { admit: resolve, timer };
      const queue = queues.get(unitId);
      if (queue) queue.push(waiter);
      else queues.set(unitId, [waiter]);
      waiting += 1;
    });
  }

  return {
    get waiting() {
      return waiting;
    },
    get taken() {
      return under;
    },
    async enter(unitId) {
      if (under < limits.calls) return takePlace();
      // One unit may fill at most half of the queue.
      const own = queues.get(unitId)?.length ?? 0;
      if (waiting >= limits.waiting || own >= Math.ceil(limits.waiting / 2)) throw busy();
      return wait(unitId);
    },
  };
}
