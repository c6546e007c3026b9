// The size of the database in Prometheus's words, as last measured.
import { Gauge, type Registry } from 'prom-client';
import type { StorageWatch } from './storage.ts';

const perSecond = 1_000;

/** Adds the metrics of the database's size to those of the process. */
export function addStorageMetrics(registry: Registry, watch: Pick<StorageWatch, 'storage'>): void {
  const add = (name: string, help: string, read: () => number | undefined): void => {
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read() ?? Number.NaN);
      },
    });
  };
  add('lgsp_database_bytes', 'Size of the database', () => watch.storage?.bytes);
  add(
    'lgsp_database_free_bytes',
    'Room left for it; NaN where it is not known',
    () => watch.storage?.freeBytes,
  );
  add(
    'lgsp_database_growth_bytes_per_day',
    'Growth a day over the last 28 days',
    () => watch.storage?.bytesPerDay,
  );
  add(
    'lgsp_database_full_timestamp_seconds',
    'The day on which it is full at that pace, as Unix time; NaN when not known or beyond a century',
    () => {
      const fullOn = watch.storage?.fullOn;
      return fullOn === undefined ? undefined : Date.parse(`${fullOn}T00:00:00+07:00`) / perSecond;
    },
  );
}
