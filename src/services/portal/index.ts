// The service of the public-service portal: its rooms put together, its handlers, its way out and what it does by itself.
import type { Portal } from '../../../adapters/portal/portal.ts';
import type { operations } from '../../../openapi/types/portal.v1.ts';
import { createArrivals } from '../../delivery/arrivals.ts';
import type { Route } from '../../delivery/types.ts';
import type { DailyWork } from '../../schedule/daily-work.ts';
import type { Handlers } from '../service.ts';
import { type CatalogueOptions, createCatalogue } from './catalogue/index.ts';
import type { PortalRooms } from './dependencies.ts';
import { createDossiers } from './dossiers/index.ts';
import { createFigures } from './figures/index.ts';
import { createInbound } from './inbound/index.ts';
import { createPortalRetention } from './retention.ts';
import { createPortalRoute } from './sync/route.ts';

/** What the service stands on. */
export type PortalOptions = Omit<PortalRooms, 'catalogue'> & Pick<CatalogueOptions, 'times'>;

/** The service as the list of services sees it. */
export interface PortalService {
  readonly handlers: Handlers<operations>;
  readonly routes: readonly Route[];
  readonly works: readonly DailyWork[];
  /** Begins what it does by itself. */
  start(): void;
  /** Lets go those who wait for something to come: the hub stops. */
  hush(): void;
  close(): Promise<void>;
}

/** Operations that ask the portal while the caller waits. */
export const askingPortal = ['lookUpDossier'] as const satisfies readonly (keyof operations)[];

const toRoutes = (rooms: PortalRooms, portal: Portal | undefined): readonly Route[] =>
  portal ? [createPortalRoute(rooms, portal)] : [];

/** Puts the service together. */
export function createPortalService(options: PortalOptions): PortalService {
  const { pool, retentionPool, portal, rules, now } = options;
  const arrivals = createArrivals(pool);
  const catalogue = createCatalogue(options);
  const rooms: PortalRooms = { ...options, catalogue: catalogue.view };
  return {
    handlers: {
      ...catalogue.handlers,
      ...createDossiers(rooms),
      ...createInbound(rooms, arrivals),
      ...createFigures(rooms),
    },
    routes: toRoutes(rooms, portal),
    works: [createPortalRetention(retentionPool, rules.keepDays, now), ...catalogue.works],
    start: catalogue.start,
    hush: arrivals.end,
    async close() {
      await catalogue.close();
      await portal?.close();
    },
  };
}
