// The log's witnesses in Prometheus's words. Labels are their names in the settings.
import { Gauge, type Registry } from 'prom-client';
import type { HeadGate } from '../evidence/anchor/head-gate.ts';
import type { Witnesses } from '../evidence/witnesses/witnesses.ts';

const perSecond = 1_000;

/** Adds what is known of the witnesses, and whether the hub is read-only, to the metrics of the process. */
export function addWitnessMetrics(
  registry: Registry,
  witnesses: Pick<Witnesses, 'states'>,
  gate: Pick<HeadGate, 'isOpen'>,
): void {
  const registers = [registry];
  new Gauge({
    ...{ name: 'lgsp_read_only', registers },
    help: '1 while the log does not continue what is known of it: nothing is recorded or signed',
    collect() {
      this.set(Number(!gate.isOpen));
    },
  });
  new Gauge({
    ...{ name: 'lgsp_witness_cosigned_age_seconds', labelNames: ['witness'], registers },
    help: 'Since the newest cosignature of a witness came; NaN: none ever did. An idle log has no new heads',
    collect() {
      for (const { name, cosignedMsAgo } of witnesses.states)
        this.set({ witness: name }, cosignedMsAgo === undefined ? Number.NaN : cosignedMsAgo / perSecond);
    },
  });
  new Gauge({
    ...{ name: 'lgsp_witness_state', labelNames: ['witness', 'state'], registers },
    help: '1 for the state of a witness: cosigns, fails (it does not answer as it must), conflict (wake someone)',
    collect() {
      for (const { name, failure, conflict } of witnesses.states) {
        const now = conflict !== undefined ? 'conflict' : failure !== undefined ? 'fails' : 'cosigns';
        for (const state of ['cosigns', 'fails', 'conflict'])
          this.set({ witness: name, state }, Number(state === now));
      }
    },
  });
}
