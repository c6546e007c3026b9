// Brings a database to this program's schema, or says in one sentence why the hub must not run on it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { rootFolder } from '../root.ts';
import { fillRoles, grantToRoles, type RoleNames } from './role-grants.ts';
import { type DatabaseUrls, type RoleKind, roleKinds, roleSettings, toWorkingUrls } from './roles.ts';
import { checkServer, checkSession, connect, type Session } from './session-check.ts';
import { StartError, toMessage, toSystemCode } from './start-error.ts';

/** The database of a hub and the environment that the hub runs in. */
export interface DatabaseTarget extends DatabaseUrls {
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
  { client }: Session,
  roles: RoleNames,
  environment: string,
  file: Migration,
): Promise<void> {
  const text = fillRoles(client, file.text, roles);
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

const readKnown = ({ migrationsFolder }: DatabaseTarget): readonly Migration[] =>
  readMigrations(migrationsFolder ?? join(rootFolder, 'src', 'database', 'migrations'));

async function migrate(owner: Session, roles: RoleNames, target: DatabaseTarget): Promise<string[]> {
  const { client } = owner;
  const known = readKnown(target);
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
    await applyMigration(owner, roles, target.environment, file);
    names.push(file.name);
  }
  await grantToRoles(client, owner.role, roles, known);
  return names;
}

type Sessions = ReadonlyMap<RoleKind, Session>;

/** All addresses must lead to the same database: each hub database has an id of its own. */
async function checkSameDatabase(sessions: readonly Session[]): Promise<void> {
  let first: { readonly id: string | undefined; readonly setting: string } | undefined;
  for (const { client, role, setting } of sessions) {
    const found = await client.query<{ id: string }>('SELECT id FROM public.hub').catch((error: unknown) => {
      throw new StartError(`the role ${role} of ${setting} cannot read the hub's tables`, error);
    });
    const id = found.rows[0]?.id;
    first ??= { id, setting };
    if (id !== first.id) throw new StartError(`${setting} and ${first.setting} lead to different databases`);
  }
}

/** What each role may do rests on its being one of its own, which owns nothing. @param owner the owner's name */
async function checkRoles(client: pg.Client, owner: Session | undefined, sessions: Sessions): Promise<void> {
  const seen = new Map(owner && [[owner.role, owner.setting]]);
  for (const { role, setting } of sessions.values()) {
    const other = seen.get(role);
    if (other !== undefined)
      throw new StartError(
        `${setting} and ${other} name the same user ${role}; the hub needs a role that owns nothing`,
      );
    seen.set(role, setting);
    const found = await client.query<{ strong: boolean; owner: string }>(
      `SELECT r.rolsuper OR pg_has_role(r.oid, o.oid, 'MEMBER') AS strong, o.rolname AS owner FROM pg_roles r, pg_roles o
       WHERE r.rolname = $1 AND (o.rolname = $2 OR $2 IS NULL AND o.oid = (
         SELECT relowner FROM pg_class WHERE oid = to_regclass('public.migration')))`,
      [role, owner?.role ?? null],
    );
    if (found.rows[0]?.strong !== false)
      throw new StartError(
        `the role ${role} of ${setting} is a superuser or a member of ${found.rows[0]?.owner ?? 'the owner'}; the hub needs a role that owns nothing`,
      );
  }
}

/** A process without the owner's address changes nothing: the schema must be the program's, and granted to its roles. */
async function checkCurrent(client: pg.Client, sessions: Sessions, target: DatabaseTarget): Promise<void> {
  const advice = 'run npx lgsp migrate with DATABASE_OWNER_URL, or start once with it';
  const known = readKnown(target);
  const applied = await readApplied(client).catch((error: unknown) => {
    throw new StartError(`the database holds no hub that this role can read; ${advice}`, error);
  });
  checkHistory(applied, known);
  const next = known[applied.length];
  if (next) throw new StartError(`the database lacks ${next.name}; ${advice}`);
  await checkEnvironment(client, target.environment);
  const { rows } = await client.query<{ kind: string; role: string }>(
    'SELECT kind, role FROM database_role WHERE through >= $1',
    [known.at(-1)?.number ?? 0],
  );
  for (const [kind, { role, setting }] of sessions)
    if (kind !== 'hub' && !rows.some((row) => row.kind === kind && row.role === role))
      throw new StartError(`nothing was granted to the role ${role} of ${setting}; ${advice}`);
}

async function hasRoles(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ made: boolean }>(
    "SELECT to_regclass('public.database_role') IS NOT NULL AS made",
  );
  return rows[0]?.made ?? false;
}

async function prepare(
  owner: Session | undefined,
  sessions: Sessions,
  hub: Session,
  target: DatabaseTarget,
): Promise<{ applied: string[] }> {
  const first = owner ?? hub;
  const all = [...(owner ? [owner] : []), ...sessions.values()];
  await checkServer(first);
  for (const session of all) await checkSession(session);
  await checkRoles(first.client, owner, sessions);
  if (!owner) await checkCurrent(hub.client, sessions, target);
  const nameOf = (kind: RoleKind): string => sessions.get(kind)?.role ?? first.role;
  const roles: RoleNames = {
    hub: hub.role,
    sequencer: nameOf('sequencer'),
    retention: nameOf('retention'),
    registry: nameOf('registry'),
  };
  const applied = owner ? await migrate(owner, roles, target) : [];
  // Before there is a table of roles nothing is granted to any but the hub's own.
  await checkSameDatabase((await hasRoles(first.client)) ? all : [...(owner ? [owner] : []), hub]);
  return { applied };
}

/**
 * Checks the server as each role sees it, applies what is missing, in order, each file in a transaction of its own and
 * under a lock, and checks that all addresses lead to the same database. Without the owner's address nothing is applied:
 * the schema must be current.
 * @returns names of the files that were applied now
 * @throws StartError in one sentence: cannot connect; server older than 15, a standby, or not UTF8; `fsync` or
 *   `synchronous_commit` off; one user for two roles; another environment; a newer, older, changed or failing migration
 */
export async function prepareDatabase(target: DatabaseTarget): Promise<{ applied: string[] }> {
  toWorkingUrls(target);
  const open: Session[] = [];
  const openAs = async (kind: 'owner' | RoleKind, url: string): Promise<Session> => {
    const session = await connect(url, roleSettings[kind]);
    open.push(session);
    return session;
  };
  try {
    const owner = target.ownerUrl === undefined ? undefined : await openAs('owner', target.ownerUrl);
    const hub = await openAs('hub', target.hubUrl);
    const sessions = new Map<RoleKind, Session>([['hub', hub]]);
    for (const kind of roleKinds) {
      const url = target[`${kind}Url`];
      if (kind !== 'hub' && url !== undefined) sessions.set(kind, await openAs(kind, url));
    }
    return await prepare(owner, sessions, hub, target);
  } finally {
    await Promise.all(open.map(({ client }) => client.end()));
  }
}
