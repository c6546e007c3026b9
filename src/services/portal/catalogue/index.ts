// The catalogue of the portal: kept by synchronisations, served from our own tables. Source: public-service-portal.md §3,
// §11.8
import type { DailyWork } from '../../../schedule/daily-work.ts';
import type { CatalogueView, PortalRooms } from '../dependencies.ts';
import { type CatalogueHandlers, createHandlers } from './handlers.ts';
import { beginDaily } from './runs.ts';
import { createCatalogueView } from './view.ts';
import { defaultTimes, startWorker, type Worker, type WorkerTimes } from './worker.ts';

/** What the catalogue stands on. */
export interface CatalogueOptions
  extends Pick<
    PortalRooms,
    'pool' | 'registry' | 'log' | 'rules' | 'portal' | 'processId' | 'logger' | 'now'
  > {
  /** Over the defaults. */
  readonly times?: Partial<WorkerTimes>;
}

/** The catalogue as the service puts it together with its other parts. */
export interface Catalogue {
  readonly handlers: CatalogueHandlers;
  readonly view: CatalogueView;
  /** Begins the nightly synchronisation; the worker of some process does it. */
  readonly works: readonly DailyWork[];
  start(): void;
  /** Leaves a synchronisation under way to whoever takes it up. */
  close(): Promise<void>;
}

/** Puts the catalogue together. */
export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { pool, portal } = options;
  const view = createCatalogueView(options);
  let worker: Worker | undefined;
  const poke = (): void => worker?.poke();
  const nightly: DailyWork = {
    name: 'portal-catalogue',
    async run() {
      await beginDaily(pool);
      poke();
    },
  };
  return {
    ...{ view, handlers: createHandlers({ ...options, view, poke }) },
    works: portal?.hasCatalogue ? [nightly] : [],
    start() {
      if (portal?.hasCatalogue)
        worker = startWorker({ ...options, portal }, { ...defaultTimes, ...options.times });
    },
    close: async () => worker?.stop(),
  };
}
