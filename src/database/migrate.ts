// Brings a database to this program's schema, or says in one sentence why the hub must not run on it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { rootFolder } from '../root.ts';
import { checkServer, checkSession, connect, type Session } from './session-check.ts';
import { StartError, toMessage, toSystemCode } from './start-error.ts';

/** The database of a hub and the environment that the hub runs in. */
export interface DatabaseTarget {
  /** `DATABASE_URL`: the hub's own role. */
  readonly hubUrl: string;
  /** `DATABASE_OWNER_URL`: the role that owns the database. */
  readonly ownerUrl: string;
  /** `sandbox`, `test` or `production`. */
  readonly environment: string;
  /** Where the numbered files lie; default `src/database/migrations` of this checkout. */
  readonly migrationsFolder?: string;
  /** Number of the last migration to apply; default all. */
  readonly upTo?: number;
}

/** A migration file. */
export interface Migration {
  readonly number: number;
  /** The file's name. */
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
}

type AppliedRow = Omit<Migration, 'text'>;

/** `lgsp` and `mig` in ASCII: the advisory lock that one migrating process holds in a database. */
const lockKeys = [0x6c677370, 0x6d6967] as const;
/** How long to wait for another process that migrates. */
const lockWaitMs = 5 * 60_000;
/** Source: PostgreSQL 15, appendix A. */
const lockNotAvailable = '55P03';
const placeholder = ':"hub_role"';

/** The migrations of this program in their order. @param folder where they lie; default those of this checkout */
export function readMigrations(
  folder: string = join(rootFolder, 'src', 'database', 'migrations'),
): readonly Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.map((name, index) => {
    const number = /^(\d{4})_[a-z0-9-_]+\.sql$/.exec(name)?.[1];
    if (number === undefined) throw new StartError(`${name} is not named like a migration: NNNN_name.sql`);
    if (names[index - 1]?.startsWith(`${number}_`))
      throw new StartError(`two migrations have the number ${number}`);
    const text = readFileSync(join(folder, name), 'utf8');
    return { number: Number(number), name, sha256: createHash('sha256').update(text).digest('hex'), text };
  });
}

async function readApplied(client: pg.Client): Promise<readonly AppliedRow[]> {
  const result = await client.query<AppliedRow>('SELECT number, name, sha256 FROM migration ORDER BY number');
  return result.rows;
}

/** @throws StartError when the database's past is not a beginning of this program's list */
function checkHistory(applied: readonly AppliedRow[], known: readonly Migration[]): void {
  for (const [index, row] of applied.entries()) {
    const file = known[index];
    if (!file || row.number > (known.at(-1)?.number ?? 0))
      throw new StartError(
        `the database has the newer schema of ${row.name}, which this program does not know; start the newer program`,
      );
    if (file.number < row.number)
      throw new StartError(
        `${file.name} comes before ${row.name}, which is already applied; give it the next number`,
      );
    if (file.number !== row.number)
      throw new StartError(`${row.name} was applied to the database but is missing from this program`);
    if (file.sha256 !== row.sha256)
      throw new StartError(`${file.name} was changed after it was applied; write a new migration instead`);
  }
}

async function checkEnvironment(client: pg.Client, environment: string): Promise<void> {
  const found = await client.query<{ environment: string }>('SELECT environment FROM hub');
  const actual = found.rows[0]?.environment;
  if (actual !== environment)
    throw new StartError(
      `the database belongs to the environment ${actual}; this hub runs as ${environment}`,
    );
}

async function applyMigration(
  owner: Session,
  hubRole: string,
  environment: string,
  file: Migration,
): Promise<void> {
  const { client } = owner;
  const text = file.text.replaceAll(placeholder, () => client.escapeIdentifier(hubRole));
  try {
    await client.query('BEGIN');
    await client.query("SELECT set_config('lgsp.environment', $1, true)", [environment]);
    await client.query(text);
    await client.query('INSERT INTO migration (number, name, sha256) VALUES ($1, $2, $3)', [
      file.number,
      file.name,
      file.sha256,
    ]);
    await client.query('COMMIT');
  } catch (error) {
    throw new StartError(
      `the migration ${file.name} failed and left nothing behind: ${toMessage(error)}`,
      error,
    );
  }
}

async function lockMigrations(client: pg.Client): Promise<void> {
  try {
    await client.query(`SET statement_timeout = 0; SET lock_timeout = ${lockWaitMs}`);
    await client.query('SELECT pg_advisory_lock($1, $2)', [...lockKeys]);
  } catch (error) {
    if (toSystemCode(error) !== lockNotAvailable) throw error;
    throw new StartError('another process has been migrating the database for more than five minutes', error);
  }
}

async function createMigrationTable(client: pg.Client, role: string): Promise<void> {
  try {
    await client.query(`CREATE TABLE IF NOT EXISTS public.migration (
      number integer PRIMARY KEY,
      name text NOT NULL,
      sha256 text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
  } catch (error) {
    throw new StartError(
      `the role ${role} of DATABASE_OWNER_URL may not make tables; it must own the database`,
      error,
    );
  }
}

async function migrate(owner: Session, hubRole: string, target: DatabaseTarget): Promise<string[]> {
  const { client } = owner;
  const known = readMigrations(target.migrationsFolder);
  await lockMigrations(client);
  await client.query('SET search_path = public');
  const found = await client.query<{ made: boolean }>(
    "SELECT to_regclass('public.migration') IS NOT NULL AS made",
  );
  if (!found.rows[0]?.made) await createMigrationTable(client, owner.role);
  const applied = await readApplied(client);
  checkHistory(applied, known);
  if (applied.length > 0) await checkEnvironment(client, target.environment);
  const names: string[] = [];
  const { upTo = Number.POSITIVE_INFINITY } = target;
  for (const file of known.slice(applied.length).filter(({ number }) => number <= upTo)) {
    await applyMigration(owner, hubRole, target.environment, file);
    names.push(file.name);
  }
  return names;
}

/** Both addresses must lead to the same database: each hub database has an id of its own. */
async function checkSameDatabase(owner: Session, hub: Session): Promise<void> {
  const read = async ({ client }: Session): Promise<string | undefined> => {
    const result = await client.query<{ id: string }>('SELECT id FROM public.hub');
    return result.rows[0]?.id;
  };
  const own = await read(owner);
  const seen = await read(hub).catch((error: unknown) => {
    throw new StartError(`the role ${hub.role} of DATABASE_URL cannot read the hub's tables`, error);
  });
  if (own !== seen) throw new StartError('DATABASE_URL and DATABASE_OWNER_URL lead to different databases');
}

/**
 * Checks the server as both roles see it, applies what is missing, in order, each file in a transaction of its own and
 * under a lock, and checks that both addresses lead to the same database.
 * @returns names of the files that were applied now
 * @throws StartError in one sentence: cannot connect; server older than 15, a standby, or not UTF8; `fsync` or
 *   `synchronous_commit` off; one user for both roles; another environment; a newer, changed or failing migration
 */
export async function prepareDatabase(target: DatabaseTarget): Promise<{ applied: string[] }> {
  const owner = await connect(target.ownerUrl, 'DATABASE_OWNER_URL');
  try {
    const hub = await connect(target.hubUrl, 'DATABASE_URL');
    try {
      await checkServer(owner);
      await checkSession(owner);
      await checkSession(hub);
      if (owner.role === hub.role)
        throw new StartError(
          `DATABASE_URL and DATABASE_OWNER_URL name the same user ${hub.role}; the hub needs a role that owns nothing`,
        );
      await checkHubRole(owner, hub.role);
      const applied = await migrate(owner, hub.role, target);
      await checkSameDatabase(owner, hub);
      return { applied };
    } finally {
      await hub.client.end();
    }
  } finally {
    await owner.client.end();
  }
}

/** The exchange log rests on a hub that can add entries and not change them. */
async function checkHubRole(owner: Session, hubRole: string): Promise<void> {
  const found = await owner.client.query<{ strong: boolean }>(
    `SELECT rolsuper OR pg_has_role(rolname, current_user, 'MEMBER') AS strong FROM pg_roles WHERE rolname = $1`,
    [hubRole],
  );
  if (found.rows[0]?.strong !== false)
    throw new StartError(
      `the role ${hubRole} of DATABASE_URL is a superuser or a member of ${owner.role}; the hub needs a role that owns nothing`,
    );
}
