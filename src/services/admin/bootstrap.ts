// The first two administrators of an empty database, made by its owner in one transaction and kept in the history like
// every change. From then on two people decide; while anybody has rights of administration this refuses.
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { components } from '../../../openapi/types/admin.v1.ts';
import { loadContract } from '../../contracts/contract.ts';
import { withTransaction } from '../../database/pool.ts';
import { StartError } from '../../database/start-error.ts';
import type { ChangeKind } from './change.ts';
import { toKeyContent } from './key-content.ts';
import { insertKey } from './key-rows.ts';
import { insertOfficer } from './officers.ts';
import { toRefusal } from './refusal.ts';
import { insertSystem } from './systems.ts';
import { insertUnit } from './units.ts';

type Schemas = components['schemas'];

/** One administrator: who they are, for whom they act, and with what they call. */
export interface FirstAdministrator {
  /** Taken as it is when a unit of this id is registered. */
  readonly unit: Pick<Schemas['NewUnit'], 'id' | 'name' | 'kind'>;
  readonly system: Pick<Schemas['NewSystem'], 'id' | 'name'>;
  readonly officer: Pick<Schemas['NewOfficer'], 'id' | 'personalNumber'>;
  readonly key: Schemas['NewKey'];
}

/** Who is to administer, and by which decision. */
export interface FirstAdministration {
  readonly legalBasis: string;
  readonly administrators: readonly [FirstAdministrator, FirstAdministrator];
}

const service = 'admin.v1';
const purpose = 'quan-tri';
const quota = { perMinute: 600, perDay: 100_000 } as const;
const reason = 'bootstrap by the owner of the database';

/** @throws StartError unless nobody has, or will have, a right of administration; others wait until the end */
async function checkEmpty(client: PoolClient): Promise<void> {
  await client.query('LOCK TABLE access_grant IN SHARE ROW EXCLUSIVE MODE');
  const { rowCount } = await client.query(
    `SELECT FROM access_grant, unnest(operations) AS o
       WHERE o LIKE 'admin.v1/%' AND state <> 'revoked' AND valid_to > now()`,
  );
  if (rowCount !== 0)
    throw new StartError(
      'this hub has administrators already: further ones are proposed and approved by them (npx lgsp admin --help)',
    );
}

function checkDifferent([first, second]: FirstAdministration['administrators']): void {
  if (first.system.id === second.system.id || first.officer.id === second.officer.id)
    throw new StartError('the two administrators must have different systems and different officers');
  if (first.officer.personalNumber === second.officer.personalNumber)
    throw new StartError('the two administrators must be two people; they have the same personal number');
}

/** Writes the history of one administrator. */
function createHistory(client: PoolClient, { system, officer }: FirstAdministrator) {
  return (kind: ChangeKind, target: string, after: unknown) =>
    client.query(
      `INSERT INTO administration_change (exchange_id, operation, kind, target, system_id, officer_id, reason, after,
         status, answer) VALUES ($1, 'admin.v1/bootstrapAdministration', $2, $3, $4, $5, $6, $7, 201, $7)`,
      [randomUUID(), kind, target, system.id, officer.id, reason, JSON.stringify(after)],
    );
}

type History = ReturnType<typeof createHistory>;

async function addUnit(client: PoolClient, unit: FirstAdministrator['unit'], keep: History): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM unit WHERE id = $1', [unit.id]);
  if (rowCount !== 0) return;
  await keep('unit', unit.id, await insertUnit(client, { ...unit, validFrom: new Date().toISOString() }));
}

async function addMandate(
  client: PoolClient,
  { unit, system }: FirstAdministrator,
  legalBasis: string,
  keep: History,
): Promise<void> {
  const id = `uq-${system.id}`;
  await client.query(
    `INSERT INTO mandate (id, system_id, unit_id, operations, document, confirmed_at, valid_from)
       VALUES ($1, $2, $3, $4, $5, now(), now())`,
    [id, system.id, unit.id, [`${service}/*`], legalBasis],
  );
  await keep('mandate', id, { id, systemId: system.id, unitId: unit.id, operations: [`${service}/*`] });
}

/** Two grants, as reading needs no purpose and changing needs a token that is bound to its holder. */
async function addGrants(
  client: PoolClient,
  { unit, system }: FirstAdministrator,
  legalBasis: string,
  keep: History,
): Promise<void> {
  for (const effect of [false, true]) {
    const id = `q-${system.id}-${effect ? 'ghi' : 'doc'}`;
    const operations = loadContract(service)
      .operations.filter((operation) => operation.effect === effect)
      .map(({ name }) => name);
    await client.query(
      `INSERT INTO access_grant (id, system_id, operations, purpose, legal_basis, grantor, case_rule, least_assurance,
         environment, per_minute, per_day, reach, sender_bound, valid_from, valid_to)
         SELECT $1, $2, $3, $4, $5, $6, 'optional', 1, environment, $7, $8, 'province', $9, now(),
           (now() AT TIME ZONE 'Asia/Ho_Chi_Minh' + interval '12 months') AT TIME ZONE 'Asia/Ho_Chi_Minh' FROM hub`,
      [
        id,
        system.id,
        operations,
        effect ? purpose : null,
        legalBasis,
        unit.id,
        quota.perMinute,
        quota.perDay,
        effect,
      ],
    );
    await keep('grant', id, { id, systemId: system.id, operations });
  }
}

async function addAdministrator(
  client: PoolClient,
  fieldKey: Buffer,
  legalBasis: string,
  administrator: FirstAdministrator,
): Promise<void> {
  const { unit, system, officer, key } = administrator;
  const keep = createHistory(client, administrator);
  await addUnit(client, unit, keep);
  await keep('system', system.id, await insertSystem(client, { ...system, unitId: unit.id }));
  const validFrom = new Date().toISOString();
  await keep(
    'officer',
    officer.id,
    await insertOfficer(client, fieldKey, { ...officer, unitId: unit.id, validFrom }),
  );
  const content = await toKeyContent(client, system.id, key);
  await keep('key', content.kid, await insertKey(client, content));
  await addMandate(client, administrator, legalBasis, keep);
  await addGrants(client, administrator, legalBasis, keep);
}

/**
 * Makes both administrators, or nothing.
 * @param owner pool of the owner's role
 * @param fieldKey `Keys.field`
 * @throws StartError in one sentence | Problem of a constraint
 */
export async function bootstrapAdministration(
  owner: Pool,
  fieldKey: Buffer,
  { legalBasis, administrators }: FirstAdministration,
): Promise<void> {
  checkDifferent(administrators);
  await withTransaction(owner, async (client) => {
    await checkEmpty(client);
    await client.query("INSERT INTO service (id, state) VALUES ($1, 'active') ON CONFLICT DO NOTHING", [
      service,
    ]);
    for (const administrator of administrators)
      await addAdministrator(client, fieldKey, legalBasis, administrator);
  }).catch((error: unknown) => {
    throw toRefusal(error);
  });
}
