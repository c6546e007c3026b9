// Systems: registering, listing, changing, taking them out of service, ending their tokens. A token that was issued
// before a suspension stays dead when the system is resumed.
import type { Pool, PoolClient } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import type { Caller, Handlers } from '../service.ts';
import { type ChangeContext, checkReach, lockRow, type MakeChange } from './change.ts';
import { checkOwnGround } from './own-ground.ts';
import { readPage, toSearchSql } from './page.ts';
import { readOne } from './read-one.ts';
import { checkStateChange } from './state.ts';
import { toOptional, toTime } from './wire.ts';

type System = components['schemas']['System'];

interface SystemRow {
  readonly id: string;
  readonly name: string;
  readonly unit_id: string;
  readonly contact: string | null;
  readonly state: System['state'];
  readonly revision: bigint;
  readonly tokens_valid_from: Date;
}

const systemSelect = 'SELECT s.* FROM system s';

const toSystem = (row: SystemRow): System => ({
  id: row.id,
  name: row.name,
  unitId: row.unit_id,
  ...toOptional('contact', row.contact),
  state: row.state,
  revision: Number(row.revision),
  tokensValidFrom: toTime(row.tokens_valid_from),
});

const lockSystem = (client: PoolClient, id: string, revision?: number) =>
  lockRow<SystemRow>(client, `${systemSelect} WHERE s.id = $1`, id, revision);

const readSystem = async (client: Pool | PoolClient, id: string): Promise<System> =>
  toSystem(await readOne<SystemRow>(client, `${systemSelect} WHERE s.id = $1`, id));

/** Registers a system, active. @throws Error of a constraint */
export async function insertSystem(
  client: PoolClient,
  { id, name, unitId, contact }: components['schemas']['NewSystem'],
) {
  // Tokens are dated in whole seconds: one of this second must pass.
  await client.query(
    `INSERT INTO system (id, name, unit_id, contact, state, tokens_valid_from)
       VALUES ($1, $2, $3, $4, 'active', date_trunc('second', now()))`,
    [id, name, unitId, contact ?? null],
  );
  return readSystem(client, id);
}

async function setState(
  context: ChangeContext,
  caller: Caller,
  id: string,
  { state, reason }: components['schemas']['StateChange'],
) {
  const { client } = context;
  if (state !== 'active') await checkOwnGround(context, caller, { kind: 'system', id });
  const before = toSystem(await lockSystem(client, id));
  checkStateChange(before.state, state);
  await client.query(
    `UPDATE system SET state = $2, tokens_valid_from = CASE WHEN $2 = 'active' THEN tokens_valid_from
       ELSE greatest(tokens_valid_from, clock_timestamp()) END WHERE id = $1`,
    [id, state],
  );
  const after = await readSystem(client, id);
  return { status: 200, body: after, kind: 'system', target: id, reason, before, after } as const;
}

async function endTokens({ client }: ChangeContext, id: string, reason: string) {
  const before = toSystem(await lockSystem(client, id));
  await client.query(
    'UPDATE system SET tokens_valid_from = greatest(tokens_valid_from, clock_timestamp()) WHERE id = $1',
    [id],
  );
  const after = await readSystem(client, id);
  return { status: 200, body: after, kind: 'system', target: id, reason, before, after } as const;
}

/** Handlers of the operations on systems. @param pool of the hub's own role, for reading */
export function createSystemHandlers(
  pool: Pool,
  change: MakeChange,
): Pick<
  Handlers<operations>,
  'listSystems' | 'createSystem' | 'getSystem' | 'changeSystem' | 'setSystemState' | 'endSystemTokens'
> {
  return {
    listSystems: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `${systemSelect} WHERE ${toSearchSql('$1', 's.id', 's.name')}
            AND ($2::text IS NULL OR s.state = $2) AND ($3::text IS NULL OR s.unit_id = $3)`,
          values: [query.q, query.state, query.unit],
          id: 'id',
          sorts: { id: 'id', name: 'name' },
        };
        return { status: 200, body: await readPage<SystemRow, System>(pool, listing, query, toSystem) };
      },
    },
    getSystem: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: await readSystem(pool, params.systemId) };
      },
    },
    createSystem: change('createSystem', async ({ body }, { client }) => {
      const after = await insertSystem(client, body);
      return { status: 201, body: after, kind: 'system', target: body.id, after };
    }),
    changeSystem: change('changeSystem', async ({ params: { systemId: id }, body }, { client }) => {
      const { revision, reason, name } = body;
      const before = toSystem(await lockSystem(client, id, revision));
      await client.query(
        'UPDATE system SET name = coalesce($2, name), contact = CASE WHEN $3 THEN $4 ELSE contact END WHERE id = $1',
        [id, name ?? null, 'contact' in body, body.contact ?? null],
      );
      const after = await readSystem(client, id);
      return { status: 200, body: after, kind: 'system', target: id, reason, before, after };
    }),
    setSystemState: change('setSystemState', ({ params, body, caller }, context) =>
      setState(context, caller, params.systemId, body),
    ),
    endSystemTokens: change('endSystemTokens', ({ params, body }, context) =>
      endTokens(context, params.systemId, body.reason),
    ),
  };
}
