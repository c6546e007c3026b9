// How far search is behind the log in Prometheus's words, as last measured.
import { Gauge, type Registry } from 'prom-client';
import type { SearchLag } from './search-lag.ts';

const perSecond = 1_000;

/** Adds it to the metrics of a process. @param read undefined: not known now */
export function addSearchMetrics(registry: Registry, read: () => SearchLag | undefined): void {
  const registers = [registry];
  new Gauge({
    ...{ name: 'lgsp_search_behind_leaves', registers },
    help: 'Leaves of the tree that searches do not find yet',
    collect() {
      this.set(read()?.leaves ?? Number.NaN);
    },
  });
  new Gauge({
    ...{ name: 'lgsp_search_behind_seconds', registers },
    help: 'Since the oldest leaf was recorded that searches do not find yet; 0: they find all',
    collect() {
      const lag = read();
      this.set(lag === undefined ? Number.NaN : lag.ageMs / perSecond);
    },
  });
}
