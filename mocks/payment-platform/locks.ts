// One thing at a time for one reference: what was decided is on disk before the next decision is taken.

/** Runs work by key, in the order of the calls. */
export interface Locks {
  readonly run: <T>(key: string, work: () => Promise<T>) => Promise<T>;
}

/** Locks that are forgotten when nobody waits for them. */
export function createLocks(): Locks {
  const last = new Map<string, Promise<unknown>>();
  return {
    run: async (key, work) => {
      const before = last.get(key) ?? Promise.resolve();
      const mine = before.then(work, work);
      last.set(key, mine);
      try {
        return await mine;
      } finally {
        if (last.get(key) === mine) last.delete(key);
      }
    },
  };
}
