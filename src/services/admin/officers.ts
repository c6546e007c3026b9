// Officers: registering, listing, changing, taking them out of service. The personal number goes in sealed and never
// comes out here. Who moves to another unit is ended and registered anew: entries name an officer of one unit.
import type { Pool, PoolClient } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import type { Keys } from '../../keys.ts';
import { sealNumber } from '../../registry/officer-number.ts';
import type { Caller, Handlers } from '../service.ts';
import { type ChangeContext, checkReach, lockRow, type MakeChange } from './change.ts';
import { checkOwnGround } from './own-ground.ts';
import { readPage } from './page.ts';
import { readOne } from './read-one.ts';
import { checkStateChange } from './state.ts';
import { toTime } from './wire.ts';

type Officer = components['schemas']['Officer'];

interface OfficerRow {
  readonly id: string;
  readonly unit_id: string;
  readonly valid_from: Date;
  readonly valid_to: Date | null;
  readonly state: Officer['state'];
  readonly revision: bigint;
}

/** Without the sealed number. */
const officerSelect = 'SELECT o.id, o.unit_id, o.valid_from, o.valid_to, o.state, o.revision FROM officer o';

const toOfficer = (row: OfficerRow): Officer => ({
  id: row.id,
  unitId: row.unit_id,
  validFrom: toTime(row.valid_from),
  ...(row.valid_to && { validTo: toTime(row.valid_to) }),
  state: row.state,
  revision: Number(row.revision),
});

const lockOfficer = (client: PoolClient, id: string, revision?: number) =>
  lockRow<OfficerRow>(client, `${officerSelect} WHERE o.id = $1`, id, revision);

const readOfficer = async (client: Pool | PoolClient, id: string): Promise<Officer> =>
  toOfficer(await readOne<OfficerRow>(client, `${officerSelect} WHERE o.id = $1`, id));

/** Registers an officer. @param fieldKey `Keys.field` @throws Error of a constraint */
export async function insertOfficer(
  client: PoolClient,
  fieldKey: Buffer,
  { id, unitId, personalNumber, validFrom, validTo }: components['schemas']['NewOfficer'],
): Promise<Officer> {
  await client.query(
    'INSERT INTO officer (id, unit_id, sealed_number, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5)',
    [id, unitId, sealNumber(fieldKey, id, personalNumber), validFrom, validTo ?? null],
  );
  return readOfficer(client, id);
}

async function changeOfficer(
  context: ChangeContext,
  caller: Caller,
  id: string,
  body: components['schemas']['OfficerChange'],
  fieldKey: Buffer,
) {
  const { client } = context;
  const { revision, reason, personalNumber, validTo } = body;
  if (validTo != null) await checkOwnGround(context, caller, { kind: 'officer', id });
  const before = toOfficer(await lockOfficer(client, id, revision));
  await client.query(
    `UPDATE officer SET sealed_number = coalesce($2, sealed_number),
       valid_to = CASE WHEN $3 THEN $4 ELSE valid_to END WHERE id = $1`,
    [
      id,
      personalNumber === undefined ? null : sealNumber(fieldKey, id, personalNumber),
      'validTo' in body,
      validTo ?? null,
    ],
  );
  const after = await readOfficer(client, id);
  return { status: 200, body: after, kind: 'officer', target: id, reason, before, after } as const;
}

async function setState(
  context: ChangeContext,
  caller: Caller,
  id: string,
  { state, reason }: components['schemas']['StateChange'],
) {
  const { client } = context;
  if (state !== 'active') await checkOwnGround(context, caller, { kind: 'officer', id });
  const before = toOfficer(await lockOfficer(client, id));
  checkStateChange(before.state, state);
  await client.query('UPDATE officer SET state = $2 WHERE id = $1', [id, state]);
  const after = await readOfficer(client, id);
  return { status: 200, body: after, kind: 'officer', target: id, reason, before, after } as const;
}

/**
 * Handlers of the operations on officers.
 * @param pool of the hub's own role, for reading
 */
export function createOfficerHandlers(
  pool: Pool,
  change: MakeChange,
  { field }: Pick<Keys, 'field'>,
): Pick<
  Handlers<operations>,
  'listOfficers' | 'createOfficer' | 'getOfficer' | 'changeOfficer' | 'setOfficerState'
> {
  return {
    listOfficers: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `${officerSelect} WHERE ($1::text IS NULL OR o.state = $1) AND ($2::text IS NULL OR o.unit_id = $2)`,
          values: [query.state, query.unit],
          id: 'id',
          sorts: { id: 'id' },
        };
        return { status: 200, body: await readPage<OfficerRow, Officer>(pool, listing, query, toOfficer) };
      },
    },
    getOfficer: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: await readOfficer(pool, params.officerId) };
      },
    },
    createOfficer: {
      ...change('createOfficer', async ({ body }, { client }) => {
        const after = await insertOfficer(client, field, body);
        return { status: 201, body: after, kind: 'officer', target: body.id, after };
      }),
      subjects: ({ body }) => [{ role: 'officer', kind: 'personal-number', number: body.personalNumber }],
    },
    changeOfficer: {
      ...change('changeOfficer', ({ params, body, caller }, context) =>
        changeOfficer(context, caller, params.officerId, body, field),
      ),
      subjects: ({ body: { personalNumber } }) =>
        personalNumber === undefined
          ? []
          : [{ role: 'officer', kind: 'personal-number', number: personalNumber }],
    },
    setOfficerState: change('setOfficerState', ({ params, body, caller }, context) =>
      setState(context, caller, params.officerId, body),
    ),
  };
}
