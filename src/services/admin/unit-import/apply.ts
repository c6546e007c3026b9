// Writes the rows of a preview into the registry, all in the transaction of the change.
import type { PoolClient } from 'pg';
import type { components } from '../../../../openapi/types/admin.v1.ts';
import { Problem, type ProblemPlace } from '../../../problem.ts';
import type { Caller } from '../../service.ts';
import type { ChangeContext } from '../change.ts';
import { checkOwnGround, lockGround } from '../own-ground.ts';
import { toUnit, type UnitRow, unitSelect } from '../units.ts';
import type { ImportRow } from './plan.ts';

type Unit = components['schemas']['Unit'];

/** A row that does something. */
interface Deed {
  readonly row: number;
  readonly after: Unit;
  /** As it was found, and is kept locked; none for a unit that is new. */
  readonly before: Unit | undefined;
}

const mostErrors = 50;

async function readUnits(
  client: PoolClient,
  rows: readonly { readonly after: Unit }[],
  ending = '',
): Promise<ReadonlyMap<string, Unit>> {
  const query = `${unitSelect} WHERE u.id = ANY($1) ${ending}`;
  const found = await client.query<UnitRow>(query, [rows.map(({ after }) => after.id)]);
  return new Map(found.rows.map((row) => [row.id, toUnit(row)]));
}

/** Locks what is to be changed. @throws Problem revision-conflict naming the rows whose unit changed since the preview */
async function lockDeeds(client: PoolClient, rows: readonly ImportRow[]): Promise<readonly Deed[]> {
  const wanted = rows.flatMap(({ row, after, act }) => (after && act !== 'none' ? [{ row, after }] : []));
  const units = await readUnits(client, wanted, 'ORDER BY u.id FOR UPDATE OF u');
  const deeds = wanted.map((deed) => ({ ...deed, before: units.get(deed.after.id) }));
  const errors = deeds
    .filter(({ after, before }) => after.revision !== (before?.revision ?? 0) + 1)
    .map(({ row, after }): ProblemPlace => {
      const vi = `đơn vị ${after.id} đã được đăng ký hoặc thay đổi sau khi xem trước`;
      const en = `the unit ${after.id} was registered or changed since the preview`;
      return { where: `/rows/${row}`, vi, en };
    });
  if (errors.length > 0) throw new Problem('revision-conflict', { errors: errors.slice(0, mostErrors) });
  return deeds;
}

/** The codes that a deed adds; those there are stay. */
const toAdded = ({ row, before, after }: Deed) =>
  after.codes
    .filter(
      (code) => !before?.codes.some(({ scheme, code: held }) => scheme === code.scheme && held === code.code),
    )
    .map((code) => ({ ...code, row, unitId: after.id }));

const codeRows = `jsonb_to_recordset($1::jsonb) AS added
  (row int, "unitId" text, scheme text, code text, "validFrom" timestamptz, "validTo" timestamptz)`;

/** @throws Problem period-overlaps naming the rows whose code became another unit's since the preview */
async function checkCodes(client: PoolClient, added: string): Promise<void> {
  const { rows } = await client.query<{ row: number; scheme: string }>(
    `SELECT DISTINCT row, scheme FROM ${codeRows} JOIN unit_code c USING (scheme, code) WHERE c.unit_id <> "unitId"
       AND tstzrange(c.valid_from, c.valid_to) && tstzrange("validFrom", "validTo") ORDER BY row LIMIT $2`,
    [added, mostErrors],
  );
  const errors = rows.map(({ row, scheme }): ProblemPlace => {
    const vi = `mã ${scheme} đã là của đơn vị khác sau khi xem trước`;
    const en = `the code of ${scheme} became another unit’s since the preview`;
    return { where: `/rows/${row}`, vi, en };
  });
  if (errors.length > 0) throw new Problem('period-overlaps', { errors });
}

const memberRows = `jsonb_to_recordset($1::jsonb) AS given (id text, name text, kind text, "parentId" text,
  "formedFrom" text[], contact text, "securityLevel" smallint, "validFrom" timestamptz, "validTo" timestamptz)`;

/**
 * Each kind of row in one statement: a reference may point to a row of the same one, and 2,000 statements that each move
 * the registry's version would take quadratic time.
 */
async function writeDeeds(client: PoolClient, deeds: readonly Deed[]): Promise<void> {
  const toJson = (some: readonly Deed[]) => JSON.stringify(some.map(({ after }) => after));
  const added = JSON.stringify(deeds.flatMap(toAdded));
  await checkCodes(client, added);
  await client.query(
    `INSERT INTO unit (id, name, kind, parent_id, formed_from, contact, security_level, valid_from, valid_to)
       SELECT id, name, kind, "parentId", "formedFrom", contact, "securityLevel", "validFrom", "validTo" FROM ${memberRows}`,
    [toJson(deeds.filter(({ before }) => !before))],
  );
  await client.query(
    `UPDATE unit u SET name = given.name, kind = given.kind, parent_id = "parentId", formed_from = "formedFrom",
       contact = given.contact, security_level = "securityLevel", valid_to = "validTo", revision = revision + 1
       FROM ${memberRows} WHERE u.id = given.id`,
    [toJson(deeds.filter(({ before }) => before))],
  );
  await client.query(
    `INSERT INTO unit_code (unit_id, scheme, code, valid_from, valid_to)
       SELECT "unitId", scheme, code, "validFrom", "validTo" FROM ${codeRows}`,
    [added],
  );
}

interface Part {
  readonly target: string;
  readonly before: Unit | null;
  readonly after: Unit;
}

/** One row of the history for each unit, so that a unit's own history tells of the import. */
async function keepParts(
  { client, exchangeId, author }: ChangeContext,
  reason: string,
  parts: readonly Part[],
) {
  await client.query(
    `INSERT INTO administration_change (exchange_id, operation, kind, target, system_id, officer_id, reason, before, after,
       status, answer, part) SELECT $1, 'admin.v1/applyUnitImport', 'unit', target, $2, $3, $4, nullif(before, 'null'), after,
       200, 'null', true FROM jsonb_to_recordset($5::jsonb) AS made (target text, before jsonb, after jsonb)`,
    [exchangeId, author.systemId, author.officerId, reason, JSON.stringify(parts)],
  );
}

/** Does what the rows say, or throws and leaves nothing. @throws Problem own-ground, where a row ends the caller's own unit */
export async function applyRows(
  context: ChangeContext,
  caller: Caller,
  { rows, reason }: { readonly rows: readonly ImportRow[]; readonly reason: string },
): Promise<void> {
  const { client } = context;
  if (rows.some(({ after, act }) => act === 'change' && after?.validTo !== undefined))
    await lockGround(client);
  const deeds = await lockDeeds(client, rows);
  for (const { after, before } of deeds)
    if (before && after.validTo !== before.validTo && after.validTo !== undefined)
      await checkOwnGround(context, caller, { kind: 'unit', id: after.id });
  await writeDeeds(client, deeds);
  const written = await readUnits(client, deeds);
  const parts = deeds.flatMap(({ before = null, after: { id } }): Part[] => {
    const after = written.get(id);
    return after ? [{ target: id, before, after }] : [];
  });
  await keepParts(context, reason, parts);
}
