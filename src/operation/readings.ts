// What the metrics read from the rooms of a hub at the moment of asking.
import type { Pool } from 'pg';
import type { PerSource } from '../exchange/per-source.ts';
import type { Registry } from '../registry/types.ts';
import type { ClockCheck } from './clock.ts';
import type { Readings } from './metrics.ts';
import type { Report } from './report.ts';

/** The rooms that are read. */
export interface ReadRooms {
  readonly isReady: () => boolean;
  readonly log: { readonly waiting: number };
  readonly sequencer: { confirmedMsAgo(): number };
  readonly registry: Pick<Registry, 'current' | 'confirmedMsAgo'>;
  readonly clock: ClockCheck;
  readonly report: Report;
  /** Names of the sources; services without one share the hub's own places. */
  readonly sources: readonly string[];
  readonly places: PerSource['places'];
  readonly states: () => Readonly<Record<string, string>>;
  readonly pools: Readonly<Record<string, Pool>>;
}

const numbers = { yes: 1, no: 0, unknown: undefined } as const;

/** The readings of these rooms. */
export const toReadings = (d: ReadRooms): Readings => ({
  ready: d.isReady,
  entriesWaiting: () => d.log.waiting,
  entriesPending: () => d.report.logState?.pending,
  signedMsAgo: () => d.sequencer.confirmedMsAgo(),
  checkpointAgeMs() {
    const signedAtMs = d.report.logState?.signedAtMs;
    return signedAtMs === undefined ? undefined : performance.now() - signedAtMs;
  },
  searchLag: () => d.report.logState?.searchLag,
  registryConfirmedMsAgo: () => d.registry.confirmedMsAgo(),
  registryVersion: () => Number(d.registry.current.version),
  clockOffMs: () => d.clock.offMs,
  clockRight: () => d.clock.isRight,
  clockSynchronised: () => numbers[d.clock.synchronised],
  places: () =>
    [...d.sources, undefined].map((source) => {
      const { taken, waiting } = d.places({ source, isLong: false });
      return { source: source ?? 'none', taken, waiting };
    }),
  breakers: d.states,
  pools: () =>
    Object.entries(d.pools).map(([pool, { totalCount, idleCount, waitingCount }]) => ({
      pool,
      used: totalCount - idleCount,
      idle: idleCount,
      waiting: waitingCount,
    })),
});
