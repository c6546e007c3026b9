// What this process saw of its sources, by the minute, until it is written to the database. Adding costs two numbers.
import type { SourceOutcome } from '../exchange/observe.ts';
import { latencyBoundsMs, toPlace } from './tally.ts';

/** Calls of one source in one minute that ended in one way. */
export interface MinuteCell {
  readonly source: string;
  /** Start of the minute, epoch milliseconds of the database's clock. */
  readonly minuteMs: number;
  readonly outcome: SourceOutcome;
  readonly calls: number;
  /** By place among `latencyBoundsMs`. */
  readonly latency: readonly number[];
}

/** When a source last did well and last failed, epoch milliseconds of the database's clock. */
export interface LastSeen {
  readonly goodMs: number | undefined;
  readonly failureMs: number | undefined;
  readonly failure: SourceOutcome | undefined;
}

/** The minutes of one process. */
export interface SourceMinutes {
  /** @param ms undefined when nothing was sent */
  add(source: string, outcome: SourceOutcome, ms: number | undefined): void;
  lastSeen(source: string): LastSeen;
  /** What changed since it was last taken over. */
  changed(): readonly MinuteCell[];
  /** These are in the database; minutes that are over are forgotten. */
  written(cells: readonly MinuteCell[]): void;
}

const minuteMs = 60_000;
/** While the database is away older minutes are given up. */
const keptMinutes = 60;

/** Neither the source's failure nor its success: a source that refuses is well, one left alone was not asked. */
const neutral: readonly SourceOutcome[] = ['refused', 'unmapped', 'left-alone', 'hub'];

interface Cell extends MinuteCell {
  calls: number;
  readonly latency: number[];
}

/** @param now the database's clock, epoch milliseconds */
export function createSourceMinutes(now: () => number): SourceMinutes {
  const cells = new Map<string, Cell>();
  /** Calls of a cell as they were last written. */
  const writtenCalls = new Map<string, number>();
  const seen = new Map<string, LastSeen>();
  const toKey = (cell: Pick<MinuteCell, 'source' | 'minuteMs' | 'outcome'>): string =>
    `${cell.minuteMs} ${cell.source} ${cell.outcome}`;

  /** The cells of the minute under way: what comes now finds its own without a key. */
  const current = new Map<string, Map<SourceOutcome, Cell>>();
  let currentMs = 0;

  function find(source: string, atMs: number, outcome: SourceOutcome): Cell {
    if (atMs < currentMs || atMs >= currentMs + minuteMs) {
      currentMs = Math.floor(atMs / minuteMs) * minuteMs;
      current.clear();
    }
    const known = current.get(source)?.get(outcome);
    if (known) return known;
    const key = toKey({ source, minuteMs: currentMs, outcome });
    const latency = new Array<number>(latencyBoundsMs.length + 1).fill(0);
    const cell = cells.get(key) ?? { source, minuteMs: currentMs, outcome, calls: 0, latency };
    cells.set(key, cell);
    current.set(source, (current.get(source) ?? new Map()).set(outcome, cell));
    return cell;
  }

  function forgetBefore(limitMs: number, isForgotten: (key: string, cell: Cell) => boolean): void {
    for (const [key, cell] of cells)
      if (cell.minuteMs < limitMs && isForgotten(key, cell)) {
        cells.delete(key);
        writtenCalls.delete(key);
      }
  }

  return {
    add(source, outcome, ms) {
      const atMs = now();
      const cell = find(source, atMs, outcome);
      cell.calls += 1;
      const place = ms === undefined ? undefined : toPlace(latencyBoundsMs, ms);
      if (place !== undefined) cell.latency[place] = (cell.latency[place] ?? 0) + 1;
      const last = seen.get(source);
      if (outcome === 'answered')
        seen.set(source, { goodMs: atMs, failureMs: last?.failureMs, failure: last?.failure });
      else if (!neutral.includes(outcome))
        seen.set(source, { goodMs: last?.goodMs, failureMs: atMs, failure: outcome });
    },
    lastSeen: (source) => seen.get(source) ?? { goodMs: undefined, failureMs: undefined, failure: undefined },
    changed() {
      forgetBefore(now() - keptMinutes * minuteMs, () => true);
      return [...cells]
        .filter(([key, { calls }]) => writtenCalls.get(key) !== calls)
        .map(([, cell]) => ({ ...cell, latency: [...cell.latency] }));
    },
    written(taken) {
      for (const cell of taken) writtenCalls.set(toKey(cell), cell.calls);
      // A minute longer than needed: the database's clock may be set back a little by a heartbeat.
      forgetBefore(
        Math.floor(now() / minuteMs - 1) * minuteMs,
        (key, { calls }) => writtenCalls.get(key) === calls,
      );
    },
  };
}
