// Reads one version of the registry from the database. What gives no right is left out: revoked keys and grants, and
// mandates and officers that are not active or not confirmed.
import type { ClientBase } from 'pg';
import {
  toGrant,
  toMandate,
  toOfficer,
  toService,
  toSourceCredential,
  toSystem,
  toSystemKey,
  toUnit,
  toUnitCode,
} from './records.ts';
import { type Row, toText } from './row.ts';
import type { RegistryRows } from './snapshot.ts';

/** Each table's query; its first column names the row in errors. */
const queries = {
  registry_version: 'SELECT singleton, version::text FROM registry_version',
  unit: 'SELECT id, name, kind, parent_id, state, valid_from, valid_to FROM unit ORDER BY id',
  unit_code: `SELECT unit_id, scheme, code, valid_from, valid_to FROM unit_code
    ORDER BY unit_id, scheme, valid_from`,
  system: 'SELECT id, name, unit_id, state, tokens_valid_from FROM system ORDER BY id',
  system_key: `SELECT kid, system_id, jwk, certificate_sha256, valid_from, valid_to FROM system_key
    WHERE revoked_at IS NULL ORDER BY valid_from, kid`,
  mandate: `SELECT id, system_id, unit_id, operations::text[], document, valid_from, valid_to FROM mandate
    WHERE confirmed_at IS NOT NULL AND state = 'active' ORDER BY id`,
  officer: `SELECT id, unit_id, sealed_number, valid_from, valid_to FROM officer
    WHERE state = 'active' ORDER BY id`,
  service: `SELECT id, coalesce(provider_unit_id, provider_source, 'hub') AS provider, state FROM service
    ORDER BY id`,
  access_grant: `SELECT id, system_id, operations::text[], purpose, legal_basis, fields::text[], case_rule, least_assurance,
      addresses::text[], hour_from, hour_to, environment, per_minute, per_day, reach, grantor, sender_bound, state,
      valid_from, valid_to
    FROM access_grant WHERE state <> 'revoked' ORDER BY id`,
  revoked_token: 'SELECT jti FROM revoked_token ORDER BY jti',
  source_switch: "SELECT source FROM source_switch WHERE state = 'off' ORDER BY source",
  source_credential: `SELECT id, source, unit_id, account, sealed_secret, state, valid_from, valid_to
    FROM source_credential WHERE state IN ('active', 'suspended') ORDER BY id`,
} as const;

async function read(client: ClientBase, table: keyof typeof queries): Promise<readonly Row[]> {
  const { rows, fields } = await client.query<Record<string, unknown>>(queries[table]);
  const id = fields[0]?.name ?? '';
  return rows.map((columns) => ({ table, id: String(columns[id]), columns }));
}

/** Gathers the parts of each owner, e.g. the codes of a unit. */
function gather<T>(
  rows: readonly Row[],
  owner: string,
  toPart: (row: Row) => T,
): ReadonlyMap<string, readonly T[]> {
  const gathered = new Map<string, T[]>();
  for (const row of rows) {
    const id = toText(row, owner);
    const parts = gathered.get(id) ?? [];
    parts.push(toPart(row));
    gathered.set(id, parts);
  }
  return gathered;
}

/** The number of the newest committed registry version. @throws Error of the connection */
export async function readVersion(client: ClientBase): Promise<bigint> {
  const [row] = await read(client, 'registry_version');
  if (!row) throw new Error('the registry has no version row');
  return BigInt(toText(row, 'version'));
}

/**
 * All rows of one registry version, as of one instant. After an error the connection is inside a failed transaction and
 * has to be closed.
 * @throws Error of the connection, or one that names the table and the row that cannot be read
 */
export async function loadRegistry(client: ClientBase): Promise<RegistryRows> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const version = await readVersion(client);
  const codes = gather(await read(client, 'unit_code'), 'unit_id', toUnitCode);
  const keys = gather(await read(client, 'system_key'), 'system_id', toSystemKey);
  const rows: RegistryRows = {
    version,
    units: (await read(client, 'unit')).map((row) => toUnit(row, codes.get(row.id) ?? [])),
    systems: (await read(client, 'system')).map((row) => toSystem(row, keys.get(row.id) ?? [])),
    mandates: (await read(client, 'mandate')).map(toMandate),
    officers: (await read(client, 'officer')).map(toOfficer),
    services: (await read(client, 'service')).map(toService),
    grants: (await read(client, 'access_grant')).map(toGrant),
    revokedTokens: (await read(client, 'revoked_token')).map(({ id }) => id),
    sourcesOff: (await read(client, 'source_switch')).map(({ id }) => id),
    sourceCredentials: (await read(client, 'source_credential')).map(toSourceCredential),
  };
  await client.query('COMMIT');
  return rows;
}
