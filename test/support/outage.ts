// Databases that fail: one that takes no entries, and one that takes nobody.
import type { ClientBase, Pool } from 'pg';
import { type FreshDatabase, toUrlOfEachRole, withDatabase } from './database.ts';
import { query } from './embedded.ts';

/** From now on the hub may not write entries, until the returned function is called. */
export async function forbidEntries(
  { hubUrl }: FreshDatabase,
  owner: Pool | ClientBase,
): Promise<() => Promise<unknown>> {
  const role = new URL(hubUrl).username;
  await owner.query(`REVOKE INSERT ON entry FROM ${role}`);
  return () => owner.query(`GRANT INSERT ON entry TO ${role}`);
}

/** Cuts all connections to a database and lets nobody in, until the returned function is called. */
export async function cutDatabase(database: FreshDatabase): Promise<() => Promise<void>> {
  const { hubUrl, ownerUrl } = database;
  const name = new URL(hubUrl).pathname.slice(1);
  // From the server's first database, since one's own cannot be closed.
  const first = (url: string): string =>
    withDatabase(url, new URL(process.env['TEST_DATABASE_URL'] ?? url).pathname.slice(1));
  const allow = async (isAllowed: boolean): Promise<void> => {
    await query(first(ownerUrl), `ALTER DATABASE ${name} ALLOW_CONNECTIONS ${isAllowed}`);
  };
  await allow(false);
  for (const url of toUrlOfEachRole(database))
    await query(
      first(url),
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = '${name}' AND usename = current_user`,
    );
  return () => allow(true);
}
