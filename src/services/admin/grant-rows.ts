// Grants as rows: read, and written as a proposal says.
import type { Pool, PoolClient } from 'pg';
import type { components } from '../../../openapi/types/admin.v1.ts';
import { lockRow } from './change.ts';
import type { GrantContent } from './grant-rules.ts';
import { refusePlaces } from './published.ts';
import { readOne } from './read-one.ts';
import { toOptional, toSortableSql, toTime } from './wire.ts';

/** A grant as the contract shows it. */
export type Grant = components['schemas']['Grant'];

/** A row of `access_grant`, as `grantSelect` gives it. */
export interface GrantRow {
  readonly id: string;
  readonly system_id: string;
  readonly operations: string[];
  readonly purpose: string | null;
  readonly procedures: string[];
  readonly legal_basis: string;
  readonly grantor: string;
  readonly fields: string[] | null;
  readonly case_rule: Grant['caseRule'];
  readonly least_assurance: Grant['leastAssurance'];
  readonly sender_bound: boolean;
  readonly addresses: string[];
  readonly hour_from: number | null;
  readonly hour_to: number | null;
  readonly environment: Grant['environment'];
  readonly per_minute: number;
  readonly per_day: number;
  readonly reach: Grant['reach'];
  readonly valid_from: Date;
  readonly valid_to: Date;
  readonly state: Grant['state'];
  readonly revision: bigint;
}

/** Grants, with a text that sorts by their end. */
export const grantSelect = `SELECT g.id, g.system_id, g.operations::text[], g.purpose, g.procedures, g.legal_basis, g.grantor,
    g.fields::text[], g.case_rule, g.least_assurance, g.sender_bound, g.addresses::text[], g.hour_from, g.hour_to,
    g.environment, g.per_minute, g.per_day, g.reach, g.valid_from, g.valid_to, g.state, g.revision,
    ${toSortableSql('g.valid_to')} AS valid_to_text FROM access_grant g`;

/** A grant as the contract shows it. */
export const toGrant = (row: GrantRow): Grant => ({
  id: row.id,
  systemId: row.system_id,
  operations: row.operations,
  ...toOptional('purpose', row.purpose),
  procedures: row.procedures,
  legalBasis: row.legal_basis,
  grantor: row.grantor,
  ...toOptional('fields', row.fields),
  caseRule: row.case_rule,
  leastAssurance: row.least_assurance,
  senderBound: row.sender_bound,
  addresses: row.addresses,
  ...(row.hour_from !== null && row.hour_to !== null && { hours: { from: row.hour_from, to: row.hour_to } }),
  environment: row.environment,
  quota: { perMinute: row.per_minute, perDay: row.per_day },
  reach: row.reach,
  validFrom: toTime(row.valid_from),
  validTo: toTime(row.valid_to),
  state: row.state,
  revision: Number(row.revision),
});

/** @throws Problem record-not-found */
export const readGrant = async (client: Pool | PoolClient, id: string): Promise<Grant> =>
  toGrant(await readOne<GrantRow>(client, `${grantSelect} WHERE g.id = $1`, id));

/** @throws Problem record-not-found | revision-conflict */
export const lockGrant = async (client: PoolClient, id: string, revision?: number): Promise<Grant> =>
  toGrant(await lockRow<GrantRow>(client, `${grantSelect} WHERE g.id = $1`, id, revision));

/** Refuses blocks with bits beyond their prefix, which the column would not take. @throws Problem request-invalid */
export async function checkBlocks(client: PoolClient, blocks: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ place: bigint }>(
    `SELECT place - 1 AS place FROM unnest($1::inet[]) WITH ORDINALITY AS given (block, place)
       WHERE host(block) <> host(network(block)) ORDER BY place`,
    [blocks],
  );
  const words = { vi: 'không được có bit ngoài tiền tố', en: 'must have no bits beyond its prefix' };
  refusePlaces(rows.map(({ place }) => ({ where: `/body/addresses/${place}`, ...words })));
}

const toValues = (grant: GrantContent): readonly unknown[] => [
  grant.id,
  grant.systemId,
  grant.operations,
  grant.purpose ?? null,
  grant.procedures ?? [],
  grant.legalBasis,
  grant.grantor,
  grant.fields ?? null,
  grant.caseRule,
  grant.leastAssurance,
  grant.senderBound,
  grant.addresses ?? [],
  grant.hours?.from ?? null,
  grant.hours?.to ?? null,
  grant.environment,
  grant.quota.perMinute,
  grant.quota.perDay,
  grant.reach,
  grant.validFrom,
  grant.validTo,
  grant.state,
];

/** @throws Error of a constraint */
export async function insertGrant(client: PoolClient, grant: GrantContent): Promise<void> {
  await client.query(
    `INSERT INTO access_grant (id, system_id, operations, purpose, procedures, legal_basis, grantor, fields, case_rule,
       least_assurance, sender_bound, addresses, hour_from, hour_to, environment, per_minute, per_day, reach, valid_from,
       valid_to, state)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
    [...toValues(grant)],
  );
}

/** @throws Error of a constraint */
export async function updateGrant(client: PoolClient, grant: GrantContent): Promise<void> {
  await client.query(
    `UPDATE access_grant SET system_id = $2, operations = $3, purpose = $4, procedures = $5, legal_basis = $6, grantor = $7,
       fields = $8, case_rule = $9, least_assurance = $10, sender_bound = $11, addresses = $12, hour_from = $13,
       hour_to = $14, environment = $15, per_minute = $16, per_day = $17, reach = $18, valid_from = $19, valid_to = $20,
       state = $21 WHERE id = $1`,
    [...toValues(grant)],
  );
}
