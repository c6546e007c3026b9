// Deliveries in Prometheus's words: what this process did on each route, and what stands on it over all processes. Labels
// are routes and outcomes, never units or messages.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { RunningEngine } from '../delivery/engine.ts';

const perSecond = 1_000;

/** Adds the metrics of the delivery engine to those of the process. */
export function addDeliveryMetrics(
  registry: Registry,
  engine: Pick<RunningEngine, 'meters' | 'lastQueues'>,
): void {
  const registers = [registry];
  new Counter({
    ...{ name: 'lgsp_dispatches_total', labelNames: ['route', 'outcome'], registers },
    help: 'Attempts at sending in this process, by what came of them',
    collect() {
      this.reset();
      for (const { route, outcomes } of engine.meters)
        for (const [outcome, count] of Object.entries(outcomes)) this.inc({ route, outcome }, count);
    },
  });
  new Gauge({
    ...{ name: 'lgsp_dispatches_under_way', labelNames: ['route'], registers },
    help: 'Attempts under way in this process',
    collect() {
      for (const { route, underWay } of engine.meters) this.set({ route }, underWay);
    },
  });
  new Gauge({
    ...{ name: 'lgsp_route_rest_seconds', labelNames: ['route'], registers },
    help: 'Length of the rest that this process gives a route whose other side is away; 0 while it works',
    collect() {
      for (const { route, restMs } of engine.meters) this.set({ route }, restMs / perSecond);
    },
  });
  new Gauge({
    ...{ name: 'lgsp_dispatches', labelNames: ['route', 'state'], registers },
    help: 'Dispatches that stand on a route, over all processes, as last read',
    collect() {
      this.reset();
      for (const { route, held, waiting, sending, dead } of engine.lastQueues)
        for (const [state, count] of Object.entries({ held, waiting, sending, dead }))
          this.set({ route, state }, count);
    },
  });
  new Gauge({
    ...{ name: 'lgsp_dispatch_oldest_seconds', labelNames: ['route'], registers },
    help: 'Age of the oldest dispatch that waits or is being sent, over all processes, as last read',
    collect() {
      this.reset();
      for (const { route, oldestMs } of engine.lastQueues) this.set({ route }, (oldestMs ?? 0) / perSecond);
    },
  });
}
