// The catalogue's operations, answered from our own tables, also while the portal is away.
import type { Pool } from 'pg';
import { type PortalProcedure, portalName } from '../../../../adapters/portal/portal.ts';
import type { operations } from '../../../../openapi/types/portal.v1.ts';
import { Problem } from '../../../problem.ts';
import type { Handlers, RequestOf, ServiceAnswer } from '../../service.ts';
import type { CatalogueView, PortalRooms } from '../dependencies.ts';
import { countKinds, listChanges, listRuns, readNewest, readRun } from './history.ts';
import { demandRun, findDemanded } from './runs.ts';
import { type FoundRow, search } from './search.ts';
import { toEntry, toProcedureItem, toSynchronisation } from './wire.ts';

/** The operations of the catalogue. */
export type CatalogueHandlers = Pick<
  Handlers<operations>,
  | 'searchProcedures'
  | 'readProcedure'
  | 'searchFields'
  | 'searchAgencies'
  | 'searchResultPapers'
  | 'readCatalogue'
  | 'listCatalogueChanges'
  | 'listSynchronisations'
  | 'startSynchronisation'
  | 'readSynchronisation'
>;

/** What the handlers stand on. */
export interface HandlerRooms extends Pick<PortalRooms, 'pool' | 'portal' | 'registry'> {
  readonly view: CatalogueView;
  /** Called after a run was begun. */
  readonly poke: () => void;
}

const ok = <Body>(body: Body): ServiceAnswer<Body> => ({ status: 200, body });

function createSearches({ pool, view }: HandlerRooms) {
  const toSearch = (list: 'field' | 'agency' | 'result-paper') => ({
    handle: async ({ query }: RequestOf<operations['searchFields']>) => {
      const [{ rows, next }, catalogue] = await Promise.all([search(pool, list, query), view.mark()]);
      return ok({ items: rows.map(toEntry), catalogue, ...(next !== undefined && { next }) });
    },
  });
  return {
    searchFields: toSearch('field'),
    searchAgencies: toSearch('agency'),
    searchResultPapers: toSearch('result-paper'),
    searchProcedures: {
      handle: async ({ query }: RequestOf<operations['searchProcedures']>) => {
        const [{ rows, next }, catalogue] = await Promise.all([
          search(pool, 'procedure', query),
          view.mark(),
        ]);
        return ok({ items: rows.map(toProcedureItem), catalogue, ...(next !== undefined && { next }) });
      },
    },
  };
}

async function readProcedure(pool: Pool, code: string) {
  const { rows } = await pool.query<FoundRow & { readonly content: PortalProcedure | null }>(
    "SELECT * FROM portal_entry WHERE kind = 'procedure' AND code = $1",
    [code],
  );
  const [row] = rows;
  if (!row) throw new Problem('record-not-found');
  if (row.content === null) throw new Problem('procedure-content-missing', { source: portalName });
  return { item: toProcedureItem(row), content: row.content };
}

/** The same exchange is answered the same, also when the portal was taken away meanwhile. */
async function startRun({ pool, portal, registry, poke }: HandlerRooms, exchangeId: string) {
  const earlier = await findDemanded(pool, exchangeId);
  if (earlier) return { status: 202, body: toSynchronisation(earlier) };
  if (!portal?.hasCatalogue) throw new Problem('portal-not-connected', { source: portalName });
  if (registry.current.isSourceOff(portalName)) throw new Problem('source-off', { source: portalName });
  const run = await demandRun(pool, exchangeId);
  poke();
  return { status: 202, body: toSynchronisation(run), result: run.id };
}

/** Handlers of the catalogue. */
export function createHandlers(rooms: HandlerRooms): CatalogueHandlers {
  const { pool, view } = rooms;
  return {
    ...createSearches(rooms),
    readProcedure: {
      handle: async ({ params }) => {
        const [procedure, catalogue] = await Promise.all([
          readProcedure(pool, params.procedureCode),
          view.mark(),
        ]);
        return ok({ ...procedure, catalogue });
      },
    },
    readCatalogue: {
      handle: async () => {
        const [mark, kinds, newest] = await Promise.all([view.mark(), countKinds(pool), readNewest(pool)]);
        return ok({ mark, kinds, ...newest });
      },
    },
    listCatalogueChanges: {
      handle: async ({ query }) => {
        const [page, catalogue] = await Promise.all([listChanges(pool, query), view.mark()]);
        return ok({ ...page, catalogue });
      },
    },
    listSynchronisations: { handle: async ({ query }) => ok(await listRuns(pool, query)) },
    readSynchronisation: {
      handle: async ({ params }) => ok(await readRun(pool, params.synchronisationId)),
    },
    startSynchronisation: {
      repeat: (_request, earlierId) => startRun(rooms, earlierId),
      handle: ({ exchangeId }) => startRun(rooms, exchangeId),
    },
  };
}
