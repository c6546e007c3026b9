// The handlers of the directory of agencies and units.
import type { Pool } from 'pg';
import type { operations } from '../../../openapi/types/documents.v1.ts';
import type { Registry } from '../../registry/types.ts';
import type { Handlers } from '../service.ts';
import { createAgencyLists } from './directory/list.ts';

/** Handlers of `listAgencies` and `getAgency`. @param pool of the hub's own role */
export function createAgencies(
  registry: Registry,
  pool: Pool,
): Pick<Handlers<operations>, 'listAgencies' | 'getAgency'> {
  const lists = createAgencyLists(registry, pool);
  return {
    listAgencies: { handle: async ({ query }) => ({ status: 200, body: await lists.listAgencies(query) }) },
    getAgency: {
      handle: async ({ params, query }) => ({
        status: 200,
        body: await lists.getAgency(params.code, query.at),
      }),
    },
  };
}
