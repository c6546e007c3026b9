// Who watches the request path and the ways out: counts, spans, and the state of the sources over all processes.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Operation } from '../contracts/table.ts';
import type { ClockCheck } from './clock.ts';
import { createPathMeter, type PathMeter } from './meters.ts';
import { type Report, startReport } from './report.ts';
import { createSourceMinutes } from './source-minutes.ts';
import { type StoragePlace, type StorageWatch, watchStorage } from './storage.ts';
import { startTracer, type TraceSettings } from './tracing.ts';

/** What is watched, and whose it is. */
export interface WatchOptions {
  readonly pool: Pool;
  readonly processId: string;
  readonly clock: ClockCheck;
  readonly logger: Logger;
  readonly traces: TraceSettings | undefined;
  readonly operations: readonly Operation[];
  /** Names of the sources. */
  readonly sources: readonly string[];
  /** State of each source's breaker. */
  readonly states: () => Readonly<Record<string, string>>;
  readonly registryVersion: () => bigint;
  readonly storagePlace: StoragePlace;
}

/** The watch of one process. */
export interface Watch {
  readonly meter: PathMeter;
  readonly report: Report;
  readonly storage: StorageWatch;
  stop(): Promise<void>;
}

/** Begins to watch. @throws Error when the first report cannot be written */
export async function openWatch(options: WatchOptions): Promise<Watch> {
  const { pool, processId, clock, logger } = options;
  const tracer = await startTracer(options.traces, logger);
  const minutes = createSourceMinutes(() => clock.entryClock.now().databaseAt.getTime());
  const meter = createPathMeter(options.operations, options.sources, tracer, minutes.add);
  const report = await startReport({
    ...{ pool, processId, minutes, clock, logger },
    breakers: options.states,
    registryVersion: options.registryVersion,
  });
  const storage = await watchStorage(pool, options.storagePlace, logger);
  return {
    ...{ meter, report, storage },
    async stop() {
      await storage.stop();
      await report.stop();
      await tracer.stop();
    },
  };
}
