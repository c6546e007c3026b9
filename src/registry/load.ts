// Reads one version of the registry from the database, and of a later one what has changed. What gives no right is left out: revoked keys and grants, and
// mandates and officers that are not active or not confirmed.
import type { ClientBase } from 'pg';
import {
  toGrant,
  toMandate,
  toOfficer,
  toService,
  toSourceCredential,
  toSuccession,
  toSystem,
  toSystemKey,
  toUnit,
  toUnitCode,
} from './records.ts';
import { type Row, toText } from './row.ts';
import type { RegistryParts, RegistryRows } from './snapshot.ts';

/** Each table's query; its first column names the row in errors. */
const queries = {
  registry_version: 'SELECT singleton, version::text FROM registry_version',
  registry_part: 'SELECT name, version::text FROM registry_part',
  unit: 'SELECT id, name, kind, parent_id, state, valid_from, valid_to FROM unit ORDER BY id',
  unit_code: `SELECT unit_id, scheme, code, valid_from, valid_to FROM unit_code
    ORDER BY unit_id, scheme, valid_from`,
  unit_successor: 'SELECT unit_id, successor_id, at FROM unit_successor ORDER BY unit_id, at, successor_id',
  system: 'SELECT id, name, unit_id, state, tokens_valid_from FROM system ORDER BY id',
  system_key: `SELECT kid, system_id, jwk, certificate_sha256, valid_from, valid_to FROM system_key
    WHERE revoked_at IS NULL ORDER BY valid_from, kid`,
  mandate: `SELECT id, system_id, unit_id, operations::text[], document, valid_from, valid_to FROM mandate
    WHERE confirmed_at IS NOT NULL AND state = 'active' ORDER BY id`,
  // There may be 100,000 and more: in one text each, and in no order, they are read in half the time.
  officer: `SELECT id, concat_ws(' ', unit_id, encode(sealed_number, 'hex'), (date_part('epoch', valid_from) * 1000)::bigint,
      (date_part('epoch', valid_to) * 1000)::bigint) AS packed
    FROM officer WHERE state = 'active'`,
  service: `SELECT id, coalesce(provider_unit_id, provider_source, 'hub') AS provider, state FROM service
    ORDER BY id`,
  access_grant: `SELECT id, system_id, operations::text[], purpose, legal_basis, fields::text[], case_rule, least_assurance,
      addresses::text[], hour_from, hour_to, environment, per_minute, per_day, reach, grantor, sender_bound, state,
      valid_from, valid_to
    FROM access_grant WHERE state <> 'revoked' ORDER BY id`,
  // As many again; a jti has no space.
  revoked_token: "SELECT string_agg(jti, ' ') AS packed FROM revoked_token HAVING count(*) > 0",
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

/** Each part of the registry: the tables that it stands on, and how it is read. */
const parts: {
  readonly [Name in keyof RegistryParts]: {
    readonly tables: readonly (keyof typeof queries)[];
    readonly load: (client: ClientBase) => Promise<RegistryParts[Name]>;
  };
} = {
  units: {
    tables: ['unit', 'unit_code'],
    async load(client) {
      const codes = gather(await read(client, 'unit_code'), 'unit_id', toUnitCode);
      return (await read(client, 'unit')).map((row) => toUnit(row, codes.get(row.id) ?? []));
    },
  },
  successions: {
    tables: ['unit_successor'],
    load: async (client) => (await read(client, 'unit_successor')).map(toSuccession),
  },
  systems: {
    tables: ['system', 'system_key'],
    async load(client) {
      const keys = gather(await read(client, 'system_key'), 'system_id', toSystemKey);
      return (await read(client, 'system')).map((row) => toSystem(row, keys.get(row.id) ?? []));
    },
  },
  mandates: { tables: ['mandate'], load: async (client) => (await read(client, 'mandate')).map(toMandate) },
  officers: { tables: ['officer'], load: async (client) => (await read(client, 'officer')).map(toOfficer) },
  services: { tables: ['service'], load: async (client) => (await read(client, 'service')).map(toService) },
  grants: {
    tables: ['access_grant'],
    load: async (client) => (await read(client, 'access_grant')).map(toGrant),
  },
  revokedTokens: {
    tables: ['revoked_token'],
    load: async (client) => (await read(client, 'revoked_token')).flatMap(({ id }) => id.split(' ')),
  },
  sourcesOff: {
    tables: ['source_switch'],
    load: async (client) => (await read(client, 'source_switch')).map(({ id }) => id),
  },
  sourceCredentials: {
    tables: ['source_credential'],
    load: async (client) => (await read(client, 'source_credential')).map(toSourceCredential),
  },
};

/** The rows as they were loaded, and the version at which each table last moved. */
export interface LoadedRegistry {
  readonly rows: RegistryRows;
  readonly moved: ReadonlyMap<string, bigint>;
}

async function readMoved(client: ClientBase): Promise<ReadonlyMap<string, bigint>> {
  const rows = await read(client, 'registry_part');
  return new Map(rows.map((row) => [row.id, BigInt(toText(row, 'version'))]));
}

/**
 * All rows of one registry version, as of one instant. After an error the connection is inside a failed transaction and
 * has to be closed.
 * @param old what was loaded before from the same database, by this connection: parts whose tables have not moved since
 *   are taken over, the same arrays
 * @throws Error of the connection, or one that names the table and the row that cannot be read
 */
export async function loadRegistry(client: ClientBase, old?: LoadedRegistry): Promise<LoadedRegistry> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const version = await readVersion(client);
  const moved = await readMoved(client);
  // A version that no table accounts for was moved by hand: then nothing is known of the tables.
  const isTold = [...moved.values()].some((of) => of === version);
  const hasStayed = (table: string): boolean =>
    moved.has(table) && moved.get(table) === old?.moved.get(table);
  const load = async <Name extends keyof RegistryParts>(name: Name): Promise<RegistryParts[Name]> =>
    old && isTold && parts[name].tables.every(hasStayed) ? old.rows[name] : parts[name].load(client);
  const rows: RegistryRows = {
    version,
    units: await load('units'),
    successions: await load('successions'),
    systems: await load('systems'),
    mandates: await load('mandates'),
    officers: await load('officers'),
    services: await load('services'),
    grants: await load('grants'),
    revokedTokens: await load('revokedTokens'),
    sourcesOff: await load('sourcesOff'),
    sourceCredentials: await load('sourceCredentials'),
  };
  await client.query('COMMIT');
  return { rows, moved };
}
