// The two roles and the one database of an embedded cluster. The owner is no superuser; the hub's role owns nothing.
import type { Client } from 'pg';
import type { Credentials } from './cluster.ts';

/** Owns the database and all in it; migrates, sequences, purges. */
export const ownerRole = 'lgsp_owner';
/** The hub's own role: only what migrations grant it. */
export const hubRole = 'lgsp_hub';
/** Name of the embedded database. */
export const databaseName = 'lgsp';

/** Makes what is missing; may be cut off anywhere and called again. */
export async function createRoles(
  client: Client,
  credentials: Pick<Credentials, 'owner' | 'hub'>,
): Promise<void> {
  const roles = await client.query<{ name: string }>(
    'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1)',
    [[ownerRole, hubRole]],
  );
  const known = new Set(roles.rows.map((row) => row.name));
  for (const [role, password] of [
    [ownerRole, credentials.owner],
    [hubRole, credentials.hub],
  ] as const)
    if (!known.has(role))
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
  const databases = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
  if (databases.rowCount === 0)
    await client.query(`CREATE DATABASE ${databaseName} OWNER ${ownerRole} TEMPLATE template0`);
  await client.query(`REVOKE ALL ON DATABASE ${databaseName} FROM PUBLIC`);
  await client.query(`GRANT CONNECT ON DATABASE ${databaseName} TO ${hubRole}`);
  await client.query('REVOKE ALL ON DATABASE postgres FROM PUBLIC');
}
