// The first two administrators of a database, or those that are missing until two can decide: made by its owner in one
// transaction and kept in the history like every change. While two people can act, this refuses.
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { components } from '../../../openapi/types/admin.v1.ts';
import { loadContract } from '../../contracts/contract.ts';
import { withTransaction } from '../../database/pool.ts';
import { StartError } from '../../database/start-error.ts';
import { countMissing, readAble } from './able-administrators.ts';
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

/** Who is to administer, and by which decision: as many as are missing. */
export interface FirstAdministration {
  readonly legalBasis: string;
  readonly administrators: readonly [FirstAdministrator, FirstAdministrator?];
}

const service = 'admin.v1';
const purpose = 'quan-tri';
const quota = { perMinute: 600, perDay: 100_000 } as const;
const reason = 'bootstrap by the owner of the database';

/** Others who bootstrap or write grants wait until the end. @throws StartError unless just as many are missing as are named */
async function checkMissing(client: PoolClient, fieldKey: Buffer, named: number): Promise<void> {
  await client.query('LOCK TABLE access_grant IN SHARE ROW EXCLUSIVE MODE');
  const missing = countMissing(await readAble(client, fieldKey));
  if (missing === 0)
    throw new StartError(
      'this hub has administrators already: further ones are proposed and approved by them (npx lgsp admin --help)',
    );
  if (missing !== named)
    throw new StartError(
      `the file must name exactly as many administrators as are missing until two can act: ${missing}`,
    );
}

/** @throws StartError unless two can act now */
async function checkEnough(client: PoolClient, fieldKey: Buffer): Promise<void> {
  if (countMissing(await readAble(client, fieldKey)) > 0)
    throw new StartError(
      'there would still be no two people who can act: each needs a unit in force, a key valid now, and to be another person than the other administrator',
    );
}

function checkDifferent([first, second]: FirstAdministration['administrators']): void {
  if (!second) return;
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

/** The instant from which everything is valid: the database's, so that it has begun when that is looked at. */
async function readNow(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ now: Date }>('SELECT now() AS now');
  return (rows[0]?.now ?? new Date()).toISOString();
}

async function addUnit(client: PoolClient, unit: FirstAdministrator['unit'], keep: History): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM unit WHERE id = $1', [unit.id]);
  if (rowCount !== 0) return;
  await keep('unit', unit.id, await insertUnit(client, { ...unit, validFrom: await readNow(client) }));
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
  const validFrom = await readNow(client);
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
 * Makes all that are named, or nothing.
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
    await checkMissing(client, fieldKey, administrators.filter(Boolean).length);
    await client.query("INSERT INTO service (id, state) VALUES ($1, 'active') ON CONFLICT DO NOTHING", [
      service,
    ]);
    for (const administrator of administrators)
      if (administrator) await addAdministrator(client, fieldKey, legalBasis, administrator);
    await checkEnough(client, fieldKey);
  }).catch((error: unknown) => {
    throw toRefusal(error);
  });
}
