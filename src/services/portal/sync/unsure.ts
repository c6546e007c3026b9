// Since when this process knows that the outcome of a change is not known: the portal is asked what it holds only after a
// while. After a crash the while begins anew.

/** Most that are remembered; the oldest are forgotten first, which makes them wait once more. */
const most = 50_000;

/** What is remembered of changes whose outcome is not known. */
export interface Unsure {
  /** From now on; again after each call whose outcome is not known. */
  note(id: string): void;
  /** Milliseconds since then; 0 for one that was not known of. */
  sinceMs(id: string): number;
  forget(id: string): void;
}

/** @param now milliseconds of a clock that never goes back */
export function createUnsure(now: () => number): Unsure {
  const since = new Map<string, number>();
  function note(id: string): void {
    since.delete(id);
    since.set(id, now());
    const [oldest] = since.keys();
    if (since.size > most && oldest !== undefined) since.delete(oldest);
  }
  return {
    note,
    sinceMs(id) {
      const at = since.get(id);
      if (at === undefined) note(id);
      return at === undefined ? 0 : now() - at;
    },
    forget: (id) => since.delete(id),
  };
}
