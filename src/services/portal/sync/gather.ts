// Gathers what comes one by one into work for many at a time, and bounds how much of it runs at once.

/** What is gathered, and how. */
export interface Gathering<Item, Result> {
  /** The first waits at most so long for others. */
  readonly waitMs: number;
  /** Most of them in one piece of work. */
  readonly most: number;
  /** Those with different keys are never together. */
  readonly keyOf?: (item: Item) => string;
  /** One result an item, in order; an error is thrown to that one. What the work itself throws is thrown to each. */
  readonly work: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly done: (result: Result) => void;
  readonly fail: (error: unknown) => void;
}

interface Group<Item, Result> {
  readonly waiting: Waiting<Item, Result>[];
  readonly timer: NodeJS.Timeout;
}

async function workOn<Item, Result>(
  work: Gathering<Item, Result>['work'],
  waiting: readonly Waiting<Item, Result>[],
): Promise<void> {
  try {
    const results = await work(waiting.map(({ item }) => item));
    if (results.length !== waiting.length) throw new Error('not one result an item');
    for (const [n, result] of results.entries())
      if (result instanceof Error) waiting[n]?.fail(result);
      else waiting[n]?.done(result);
  } catch (error) {
    for (const { fail } of waiting) fail(error);
  }
}

/** Makes the function that has an item worked on together with others. */
export function createGatherer<Item, Result>(
  options: Gathering<Item, Result>,
): (item: Item) => Promise<Result> {
  const { waitMs, most, keyOf = () => '', work } = options;
  const groups = new Map<string, Group<Item, Result>>();
  function flush(key: string): void {
    const group = groups.get(key);
    groups.delete(key);
    clearTimeout(group?.timer);
    if (group) void workOn(work, group.waiting);
  }
  return (item) =>
    new Promise((done, fail) => {
      const key = keyOf(item);
      const group = groups.get(key) ?? { waiting: [], timer: setTimeout(() => flush(key), waitMs) };
      groups.set(key, group);
      group.waiting.push({ item, done, fail });
      if (group.waiting.length >= most) flush(key);
    });
}

/**
 * Makes the function that runs work, at most so much of it at once, in the order of asking.
 * @param toLate what is thrown to those whose time is up before their turn: their work is never begun
 */
export function createTurns(
  most: number,
  toLate: () => Error,
): <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T> {
  let free = most;
  const waiting = new Set<() => void>();
  const wait = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.delete(begin);
        reject(toLate());
      };
      waiting.add(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  return async (work, signal) => {
    if (signal.aborted) throw toLate();
    if (free > 0) free -= 1;
    else await wait(signal);
    try {
      return await work();
    } finally {
      const [next] = waiting;
      if (next) {
        waiting.delete(next);
        next();
      } else free += 1;
    }
  };
}
