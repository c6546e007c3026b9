// The age of the newest time stamp in Prometheus's words.
import { Gauge, type Registry } from 'prom-client';
import type { Stamping } from '../evidence/time-stamps/stamping.ts';

/** Adds the gauges of stamping; nothing where no authority is set. */
export function addTimeStampMetrics(registry: Registry, stamping: Stamping): void {
  if (stamping.state === 'off') return;
  const add = (name: string, help: string, read: () => number): void => {
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read());
      },
    });
  };
  add('lgsp_time_stamp_age_seconds', 'Since the newest time stamp of a head was stored', () =>
    stamping.ageMs === undefined ? Number.NaN : stamping.ageMs / 1_000,
  );
  add('lgsp_time_stamp_late', '1 while no head was stamped for two periods', () =>
    Number(stamping.state === 'late'),
  );
}
