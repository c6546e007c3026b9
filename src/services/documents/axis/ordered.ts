// Several at once, but in order where it counts: items are fetched side by side, and of those with one key none is taken
// before an earlier one.

/** How a list is worked through. */
export interface OrderedWork<Item, Fetched> {
  /** At once. */
  readonly most: number;
  readonly fetch: (item: Item) => Promise<Fetched>;
  /** What must not be overtaken within. */
  readonly keyOf: (fetched: Fetched) => string;
  readonly take: (fetched: Fetched) => Promise<void>;
  /** Never throws. What failed is passed over; what follows under its key is taken all the same. */
  readonly onFailure: (item: Item, error: unknown) => void;
  /** Asked before each: what has not begun is left. */
  readonly isOver: () => boolean;
}

/** Works through a list; resolves when all that has begun has ended. Memory is bounded by `most`. */
export async function workInOrder<Item, Fetched>(
  items: readonly Item[],
  work: OrderedWork<Item, Fetched>,
): Promise<void> {
  const lines = new Map<string, Promise<void>>();
  let turn: Promise<unknown> = Promise.resolve();
  let next = 0;

  /** Stands in line once all earlier ones do. */
  async function line(
    before: Promise<unknown>,
    fetching: Promise<Fetched>,
  ): Promise<{ done: Promise<void> }> {
    await before;
    const fetched = await fetching;
    const key = work.keyOf(fetched);
    const done = (lines.get(key) ?? Promise.resolve()).then(() => work.take(fetched));
    lines.set(
      key,
      done.catch(() => undefined),
    );
    return { done };
  }

  async function run(): Promise<void> {
    while (next < items.length && !work.isOver()) {
      const item = items[next];
      next += 1;
      if (item === undefined) continue;
      const fetching = work.fetch(item);
      const lined = line(turn, fetching);
      turn = lined.catch(() => undefined);
      try {
        // Failures of fetching are told at once, whatever those before it do.
        await fetching;
        await (await lined).done;
      } catch (error) {
        work.onFailure(item, error);
      }
    }
  }
  await Promise.all(Array.from({ length: work.most }, run));
}
