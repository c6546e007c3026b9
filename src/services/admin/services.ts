// Services: registering what is published, changing it, switching it on and off, revoking it. Whether a hub can serve one is a matter
// of its contracts, told as `published`.
import type { Pool, PoolClient } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import type { Handlers } from '../service.ts';
import { type ChangeContext, checkReach, lockRow, type MakeChange } from './change.ts';
import { readPage } from './page.ts';
import { readOne } from './read-one.ts';
import { toOptional } from './wire.ts';

type Service = components['schemas']['Service'];

interface ServiceRow {
  readonly id: string;
  readonly title: string | null;
  readonly provider_unit_id: string | null;
  readonly provider_source: string | null;
  readonly state: Service['state'];
  readonly revision: bigint;
}

const serviceSelect = 'SELECT s.* FROM service s';
/** Switched off, nobody could switch it on again. */
const ownService = 'admin.v1';

/** Reads and shows services; `published` are the ids of those that this hub has a contract for. */
function createServiceTable(published: ReadonlySet<string>) {
  const toService = (row: ServiceRow): Service => ({
    id: row.id,
    name: row.title ?? row.id,
    ...toOptional('providerUnitId', row.provider_unit_id),
    ...toOptional('providerSource', row.provider_source),
    state: row.state,
    revision: Number(row.revision),
    published: published.has(row.id),
  });
  return {
    toService,
    lock: async (client: PoolClient, id: string, revision?: number) =>
      toService(await lockRow<ServiceRow>(client, `${serviceSelect} WHERE s.id = $1`, id, revision)),
    read: async (client: Pool | PoolClient, id: string) =>
      toService(await readOne<ServiceRow>(client, `${serviceSelect} WHERE s.id = $1`, id)),
  };
}

type ServiceTable = ReturnType<typeof createServiceTable>;

async function insertService(
  client: PoolClient,
  service: components['schemas']['NewService'],
): Promise<void> {
  const { id, name, providerUnitId, providerSource } = service;
  await client.query(
    `INSERT INTO service (id, title, provider_unit_id, provider_source, state) VALUES ($1, $2, $3, $4, 'active')`,
    [id, name, providerUnitId ?? null, providerSource ?? null],
  );
}

async function changeService(
  { client }: ChangeContext,
  table: ServiceTable,
  id: string,
  body: components['schemas']['ServiceChange'],
) {
  const { revision, reason, name, providerUnitId } = body;
  const before = await table.lock(client, id, revision);
  await client.query(
    `UPDATE service SET title = coalesce($2, title),
       provider_unit_id = CASE WHEN $3 THEN $4 ELSE provider_unit_id END WHERE id = $1`,
    [id, name ?? null, 'providerUnitId' in body, providerUnitId ?? null],
  );
  const after = await table.read(client, id);
  return { status: 200, body: after, kind: 'service', target: id, reason, before, after } as const;
}

async function setState(
  { client }: ChangeContext,
  table: ServiceTable,
  id: string,
  { state, reason }: components['schemas']['ServiceStateChange'],
) {
  if (id === ownService && state !== 'active') throw new Problem('own-ground');
  const before = await table.lock(client, id);
  if (before.state === state) throw new Problem('state-unchanged');
  await client.query('UPDATE service SET state = $2 WHERE id = $1', [id, state]);
  const after = await table.read(client, id);
  return { status: 200, body: after, kind: 'service', target: id, reason, before, after } as const;
}

/**
 * Handlers of the operations on services.
 * @param pool of the hub's own role, for reading
 * @param published ids of the services that this hub has a contract for
 */
export function createServiceHandlers(
  pool: Pool,
  change: MakeChange,
  published: ReadonlySet<string>,
): Pick<
  Handlers<operations>,
  'listServices' | 'createService' | 'getService' | 'changeService' | 'setServiceState'
> {
  const table = createServiceTable(published);
  return {
    listServices: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `${serviceSelect} WHERE ($1::text IS NULL OR s.state = $1)`,
          values: [query.state],
          id: 'id',
          sorts: { id: 'id' },
        };
        const page = await readPage<ServiceRow, Service>(pool, listing, query, table.toService);
        return { status: 200, body: page };
      },
    },
    getService: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: await table.read(pool, params.serviceId) };
      },
    },
    createService: change('createService', async ({ body }, { client }) => {
      await insertService(client, body);
      const after = await table.read(client, body.id);
      return { status: 201, body: after, kind: 'service', target: body.id, after };
    }),
    changeService: change('changeService', ({ params, body }, context) =>
      changeService(context, table, params.serviceId, body),
    ),
    setServiceState: change('setServiceState', ({ params, body }, context) =>
      setState(context, table, params.serviceId, body),
    ),
  };
}
