// Breaker and places of each source, made at first use; services without a source share the hub's own places.

import type { Operation } from '../contracts/table.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { createPlaces, type PlaceLimits, type Places } from './places.ts';

const longCalls = 2_000;

/** What the request path holds for each source. */
export interface PerSource {
  readonly breaker: (source: string) => Breaker;
  readonly places: (operation: Pick<Operation, 'source' | 'isLong'>) => Places;
  /** State of each source's breaker. */
  readonly states: () => Readonly<Record<string, Breaker['state']>>;
  close(): void;
}

/** @param sources the names of all sources */
export function createPerSource(sources: readonly string[], limits: PlaceLimits): PerSource {
  const breakers = new Map(sources.map((source) => [source, createBreaker(source)]));
  const places = new Map(sources.map((source) => [source, createPlaces(limits, source)]));
  const own = createPlaces(limits, undefined);
  // Up- and downloads over bad lines, and calls that wait for something, must not keep the short ones out.
  const long = createPlaces({ ...limits, calls: longCalls }, undefined);
  return {
    breaker(source) {
      const breaker = breakers.get(source);
      if (!breaker) throw new Error(`no source ${source}`);
      return breaker;
    },
    places: ({ source, isLong }) => {
      if (isLong) return long;
      return source === undefined ? own : (places.get(source) ?? own);
    },
    states: () => Object.fromEntries([...breakers].map(([source, breaker]) => [source, breaker.state])),
    close() {
      for (const breaker of breakers.values()) breaker.close();
    },
  };
}
