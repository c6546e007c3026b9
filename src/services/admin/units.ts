// Units: registering, listing, changing, and taking them out of service. Their codes are dated and never rewritten here
// beyond what an administrator says.
import type { Pool, PoolClient } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handlers } from '../service.ts';
import { type ChangeContext, checkReach, lockRow, type MakeChange } from './change.ts';
import { checkOwnGround } from './own-ground.ts';
import { readPage, toSearchSql } from './page.ts';
import { readOne } from './read-one.ts';
import { checkStateChange } from './state.ts';
import { toOptional, toTime } from './wire.ts';

type Unit = components['schemas']['Unit'];
type UnitCode = components['schemas']['UnitCode'];
type NewUnit = components['schemas']['NewUnit'];

/** A row of `unit` with its codes, as `unitSelect` gives it. */
export interface UnitRow {
  readonly id: string;
  readonly name: string;
  readonly kind: Unit['kind'];
  readonly parent_id: string | null;
  readonly formed_from: readonly string[];
  readonly contact: string | null;
  readonly security_level: number | null;
  readonly valid_from: Date;
  readonly valid_to: Date | null;
  readonly state: Unit['state'];
  readonly revision: bigint;
  readonly codes: readonly {
    readonly scheme: string;
    readonly code: string;
    readonly from: string;
    readonly to: string | null;
  }[];
}

/** Units with their codes, oldest code first. */
export const unitSelect = `SELECT u.*, coalesce((SELECT jsonb_agg(jsonb_build_object(
    'scheme', c.scheme, 'code', c.code, 'from', c.valid_from, 'to', c.valid_to) ORDER BY c.scheme, c.valid_from, c.code)
    FROM unit_code c WHERE c.unit_id = u.id), '[]') AS codes FROM unit u`;

const toCode = ({ scheme, code, from, to }: UnitRow['codes'][number]): UnitCode => ({
  scheme,
  code,
  validFrom: toTime(new Date(from)),
  ...(to !== null && { validTo: toTime(new Date(to)) }),
});

/** A unit as the contract shows it. */
export const toUnit = (row: UnitRow): Unit => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  ...toOptional('parentId', row.parent_id),
  formedFrom: [...row.formed_from],
  ...toOptional('contact', row.contact),
  ...toOptional('securityLevel', row.security_level),
  codes: row.codes.map(toCode),
  validFrom: toTime(row.valid_from),
  ...(row.valid_to && { validTo: toTime(row.valid_to) }),
  state: row.state,
  revision: Number(row.revision),
});

const lockUnit = (client: PoolClient, id: string, revision?: number) =>
  lockRow<UnitRow>(client, `${unitSelect} WHERE u.id = $1`, id, revision);

const readUnit = async (client: Pool | PoolClient, id: string): Promise<Unit> =>
  toUnit(await readOne<UnitRow>(client, `${unitSelect} WHERE u.id = $1`, id));

/** @throws Problem period-overlaps naming each code that is another unit's at that time, and whose it is */
async function checkCodes(client: PoolClient, codes: string): Promise<void> {
  const { rows } = await client.query<{ place: bigint; scheme: string; holder: string }>(
    `SELECT place - 1 AS place, given.scheme, c.unit_id AS holder
       FROM ROWS FROM (jsonb_to_recordset($1::jsonb)
         AS (scheme text, code text, "validFrom" timestamptz, "validTo" timestamptz))
         WITH ORDINALITY AS given (scheme, code, valid_from, valid_to, place)
       JOIN unit_code c ON c.scheme = given.scheme AND c.code = given.code
         AND c.valid_from < coalesce(given.valid_to, 'infinity') AND given.valid_from < coalesce(c.valid_to, 'infinity')
       ORDER BY place, c.valid_from`,
    [codes],
  );
  const errors = rows.map(({ place, scheme, holder }) => ({
    where: `/body/codes/${place}/code`,
    vi: `mã này của hệ ${scheme} là của đơn vị ${holder} trong thời gian đó`,
    en: `this code of ${scheme} is the unit ${holder}’s at that time`,
  }));
  if (errors.length > 0) throw new Problem('period-overlaps', { errors });
}

/** Replaces the codes of a unit. @throws Problem period-overlaps | Error of a constraint */
export async function writeCodes(
  client: PoolClient,
  unitId: string,
  codes: readonly UnitCode[],
): Promise<void> {
  const given = JSON.stringify(codes);
  await client.query('DELETE FROM unit_code WHERE unit_id = $1', [unitId]);
  await checkCodes(client, given);
  await client.query(
    `INSERT INTO unit_code (unit_id, scheme, code, valid_from, valid_to)
       SELECT $1, scheme, code, "validFrom", "validTo" FROM jsonb_to_recordset($2::jsonb)
         AS given (scheme text, code text, "validFrom" timestamptz, "validTo" timestamptz)`,
    [unitId, given],
  );
}

/** Registers a unit. @throws Error of a constraint */
export async function insertUnit(client: PoolClient, unit: NewUnit): Promise<Unit> {
  await client.query(
    `INSERT INTO unit (id, name, kind, parent_id, formed_from, contact, security_level, valid_from, valid_to)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      unit.id,
      unit.name,
      unit.kind,
      unit.parentId ?? null,
      unit.formedFrom ?? [],
      unit.contact ?? null,
      unit.securityLevel ?? null,
      unit.validFrom,
      unit.validTo ?? null,
    ],
  );
  await writeCodes(client, unit.id, unit.codes ?? []);
  return readUnit(client, unit.id);
}

type UnitChange = Omit<components['schemas']['UnitChange'], 'revision' | 'reason'>;

/** Changes what is given and leaves the rest. @throws Error of a constraint */
export async function updateUnit(client: PoolClient, id: string, change: UnitChange): Promise<Unit> {
  // Every member of a change is compulsory to name here: `in` tells "not sent" from null, which empties a column.
  await client.query(
    `UPDATE unit SET name = coalesce($2, name), kind = coalesce($3, kind), formed_from = coalesce($4, formed_from),
       parent_id = CASE WHEN $5 THEN $6 ELSE parent_id END, contact = CASE WHEN $7 THEN $8 ELSE contact END,
       security_level = CASE WHEN $9 THEN $10 ELSE security_level END,
       valid_to = CASE WHEN $11 THEN $12 ELSE valid_to END, revision = revision + 1 WHERE id = $1`,
    [
      id,
      change.name ?? null,
      change.kind ?? null,
      change.formedFrom ?? null,
      'parentId' in change,
      change.parentId ?? null,
      'contact' in change,
      change.contact ?? null,
      'securityLevel' in change,
      change.securityLevel ?? null,
      'validTo' in change,
      change.validTo ?? null,
    ],
  );
  if (change.codes) await writeCodes(client, id, change.codes);
  return readUnit(client, id);
}

async function setState(
  context: ChangeContext,
  caller: Caller,
  id: string,
  { state, reason }: components['schemas']['StateChange'],
) {
  const { client } = context;
  if (state !== 'active') await checkOwnGround(context, caller, { kind: 'unit', id });
  const before = toUnit(await lockUnit(client, id));
  checkStateChange(before.state, state);
  await client.query('UPDATE unit SET state = $2 WHERE id = $1', [id, state]);
  const after = await readUnit(client, id);
  return { status: 200, body: after, kind: 'unit', target: id, reason, before, after } as const;
}

/** Handlers of the operations on units. @param pool of the hub's own role, for reading */
export function createUnitHandlers(
  pool: Pool,
  change: MakeChange,
): Pick<Handlers<operations>, 'listUnits' | 'createUnit' | 'getUnit' | 'changeUnit' | 'setUnitState'> {
  return {
    listUnits: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `${unitSelect} WHERE ${toSearchSql('$1', 'u.id', 'u.name')} AND ($2::text IS NULL OR u.state = $2)
            AND ($3::text IS NULL OR u.kind = $3) AND ($4::text IS NULL OR u.parent_id = $4)
            AND ($5::text IS NULL OR EXISTS (SELECT FROM unit_code c WHERE c.unit_id = u.id AND c.code = $5))`,
          values: [query.q, query.state, query.kind, query.parent, query.code],
          id: 'id',
          sorts: { id: 'id', name: 'name' },
        };
        return { status: 200, body: await readPage<UnitRow, Unit>(pool, listing, query, toUnit) };
      },
    },
    getUnit: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: await readUnit(pool, params.unitId) };
      },
    },
    createUnit: change('createUnit', async ({ body }, { client }) => {
      const after = await insertUnit(client, body);
      return { status: 201, body: after, kind: 'unit', target: body.id, after };
    }),
    changeUnit: change('changeUnit', async ({ params: { unitId }, body, caller }, context) => {
      const { client } = context;
      const { revision, reason, ...members } = body;
      if (members.validTo != null) await checkOwnGround(context, caller, { kind: 'unit', id: unitId });
      const before = toUnit(await lockUnit(client, unitId, revision));
      const after = await updateUnit(client, unitId, members);
      return { status: 200, body: after, kind: 'unit', target: unitId, reason, before, after };
    }),
    setUnitState: change('setUnitState', ({ params, body, caller }, context) =>
      setState(context, caller, params.unitId, body),
    ),
  };
}
