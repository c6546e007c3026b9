// The roles by which a hub reaches its database, their addresses, and those of an embedded cluster. The owner is no
// superuser; the others own nothing.
import type { Client } from 'pg';
import type { Credentials } from './cluster.ts';
import { StartError } from './start-error.ts';

/** Owns the database and all in it; migrates. */
export const ownerRole = 'lgsp_owner';
/** The hub's own role: only what migrations grant it. */
export const hubRole = 'lgsp_hub';
/** Name of the embedded database. */
export const databaseName = 'lgsp';

/** The roles that own nothing, by the word that names them in a migration. */
export const roleKinds = ['hub', 'sequencer', 'retention', 'registry'] as const;
/** One of `roleKinds`. */
export type RoleKind = (typeof roleKinds)[number];

/** Names of the roles of an embedded cluster. */
export const embeddedRoles: Readonly<Record<'owner' | RoleKind, string>> = {
  owner: ownerRole,
  hub: hubRole,
  sequencer: 'lgsp_sequencer',
  retention: 'lgsp_retention',
  registry: 'lgsp_registry',
};

/** Addresses of one database by the roles that the hub takes there. */
export interface DatabaseUrls {
  /** `DATABASE_URL`: the hub's own role, which adds entries and reads. */
  readonly hubUrl: string;
  /** `DATABASE_OWNER_URL`: owns the database; may be left out where the other three are given and the schema is current. */
  readonly ownerUrl?: string | undefined;
  /** `DATABASE_SEQUENCER_URL`: numbers entries, keeps the tree, its heads and what is searched; default the owner's. */
  readonly sequencerUrl?: string | undefined;
  /** `DATABASE_RETENTION_URL`: deletes what may no longer be kept; default the owner's. */
  readonly retentionUrl?: string | undefined;
  /** `DATABASE_REGISTRY_URL`: writes the registry, and does what is due every day; default the owner's. */
  readonly registryUrl?: string | undefined;
}

/** Every address that a hub process uses. */
export interface WorkingUrls {
  readonly hubUrl: string;
  readonly sequencerUrl: string;
  readonly retentionUrl: string;
  readonly registryUrl: string;
}

/** The variable of each role. */
export const roleSettings = {
  owner: 'DATABASE_OWNER_URL',
  hub: 'DATABASE_URL',
  sequencer: 'DATABASE_SEQUENCER_URL',
  retention: 'DATABASE_RETENTION_URL',
  registry: 'DATABASE_REGISTRY_URL',
} as const satisfies Readonly<Record<'owner' | RoleKind, string>>;

/** The variables of roles whose work the owner does. */
export const toOwnersWork = (urls: DatabaseUrls): readonly string[] => [
  ...(urls.sequencerUrl === undefined ? [roleSettings.sequencer] : []),
  ...(urls.retentionUrl === undefined ? [roleSettings.retention] : []),
  ...(urls.registryUrl === undefined ? [roleSettings.registry] : []),
];

/** Puts the owner in the place of roles that are not there. @throws StartError when there is no owner either */
export function toWorkingUrls(urls: DatabaseUrls): WorkingUrls {
  const [missing] = toOwnersWork(urls);
  const { hubUrl, ownerUrl = '', sequencerUrl = ownerUrl, retentionUrl = ownerUrl } = urls;
  if (missing !== undefined && ownerUrl === '')
    throw new StartError(`${missing} is missing, and DATABASE_OWNER_URL in its place`);
  return { hubUrl, sequencerUrl, retentionUrl, registryUrl: urls.registryUrl ?? ownerUrl };
}

/** Makes what is missing; may be cut off anywhere and called again. */
export async function createRoles(
  client: Client,
  credentials: Pick<Credentials, 'owner' | RoleKind>,
): Promise<void> {
  const names = Object.values(embeddedRoles);
  const roles = await client.query<{ name: string }>(
    'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1)',
    [names],
  );
  const known = new Set(roles.rows.map((row) => row.name));
  for (const kind of ['owner', ...roleKinds] as const)
    if (!known.has(embeddedRoles[kind]))
      await client.query(
        `CREATE ROLE ${embeddedRoles[kind]} LOGIN PASSWORD ${client.escapeLiteral(credentials[kind])}`,
      );
  const databases = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
  if (databases.rowCount === 0)
    await client.query(`CREATE DATABASE ${databaseName} OWNER ${ownerRole} TEMPLATE template0`);
  await client.query(`REVOKE ALL ON DATABASE ${databaseName} FROM PUBLIC`);
  for (const kind of roleKinds)
    await client.query(`GRANT CONNECT ON DATABASE ${databaseName} TO ${embeddedRoles[kind]}`);
  await client.query('REVOKE ALL ON DATABASE postgres FROM PUBLIC');
}
