// Fresh databases for tests, made from a template that was migrated once a run. Real PostgreSQL, real roles.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { prepareDatabase } from '../../src/database/migrate.ts';

/** Under this name the processes of one run of mocha are told what their databases' names begin with. */
export const runVariable = 'TEST_RUN';

/** What the names of a run's databases begin with. */
export const toRunName = (): string => `lgsp_test_${process.pid}`;

/** A migrated database of its own. */
export interface FreshDatabase {
  readonly hubUrl: string;
  readonly ownerUrl: string;
  readonly sequencerUrl: string;
  readonly retentionUrl: string;
  readonly registryUrl: string;
  /** Cuts every connection and removes the database. */
  drop(): Promise<void>;
}

const ownPart = `${process.pid}_${randomBytes(3).toString('hex')}`;
/** Whoever loads this file names its own, after the name of the run. */
const toPrefix = (): string => `${readVariable(runVariable)}_${ownPart}`;
const templates = new Map<string, Promise<string>>();
let count = 0;

function readVariable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: is test/support/global.ts loaded (.mocharc.cjs)?`);
  return value;
}

/** The same address with another database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** Runs one statement on the server's first database as the owner's role. */
async function run(sql: string): Promise<void> {
  const client = new pg.Client(readVariable('TEST_DATABASE_OWNER_URL'));
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const toUrls = (name: string) => ({
  hubUrl: withDatabase(readVariable('TEST_DATABASE_URL'), name),
  ownerUrl: withDatabase(readVariable('TEST_DATABASE_OWNER_URL'), name),
  sequencerUrl: withDatabase(readVariable('TEST_DATABASE_SEQUENCER_URL'), name),
  retentionUrl: withDatabase(readVariable('TEST_DATABASE_RETENTION_URL'), name),
  registryUrl: withDatabase(readVariable('TEST_DATABASE_REGISTRY_URL'), name),
});

/** The addresses of a database, one for each role: each may end its own sessions only. */
export const toUrlOfEachRole = (database: FreshDatabase): readonly string[] => [
  database.hubUrl,
  database.ownerUrl,
  database.sequencerUrl,
  database.retentionUrl,
  database.registryUrl,
];

/** Does something in the role for retention. */
export async function asRetention<T>(
  { retentionUrl }: FreshDatabase,
  work: (pool: pg.Pool) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({ connectionString: retentionUrl, max: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** What a hub process on a database is told of it. */
export const toDatabaseVariables = (database: FreshDatabase): Record<string, string> => ({
  DATABASE_URL: database.hubUrl,
  DATABASE_OWNER_URL: database.ownerUrl,
  DATABASE_SEQUENCER_URL: database.sequencerUrl,
  DATABASE_RETENTION_URL: database.retentionUrl,
  DATABASE_REGISTRY_URL: database.registryUrl,
});

async function makeTemplate(environment: string): Promise<string> {
  const name = `${toPrefix()}_${environment}`;
  await run(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  await prepareDatabase({ ...toUrls(name), environment });
  return name;
}

/** Keeps what a database's log says, for the scan at the end of a full run. */
export async function keepEntries(name: string, ownerUrl: string): Promise<void> {
  const folder = process.env['TEST_WRITTEN'];
  if (!folder) return;
  const client = new pg.Client(ownerUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ text: string; sealed: string | null }>(
      'SELECT e.text, p.text AS sealed FROM entry e LEFT JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id ORDER BY e.id',
    );
    if (rows.length === 0) return;
    const lines = rows.map(({ text, sealed }) => `${text}\n${sealed ?? ''}\n`);
    writeFileSync(join(folder, `${name}.entries`), lines.join(''));
  } finally {
    await client.end();
  }
}

const dropAttempts = 20;

/** A connection that is being closed may be the hub role's, whom the owner cannot cut: then it is tried again. */
async function dropDatabase(name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    } catch (error) {
      if (attempt >= dropAttempts) throw error;
      await setTimeout(100);
    }
}

function toDatabase(name: string): FreshDatabase {
  return {
    ...toUrls(name),
    async drop() {
      await keepEntries(name, toUrls(name).ownerUrl).catch(() => undefined);
      await dropDatabase(name);
    },
  };
}

function nextName(): string {
  count += 1;
  return `${toPrefix()}_${count}`;
}

/** A new database with this program's schema and nothing in it. */
export async function freshDatabase(environment = 'sandbox'): Promise<FreshDatabase> {
  let template = templates.get(environment);
  if (!template) {
    template = makeTemplate(environment);
    templates.set(environment, template);
  }
  const name = nextName();
  await run(`CREATE DATABASE ${name} TEMPLATE ${await template}`);
  return toDatabase(name);
}

/** A copy of a database that nobody uses any more, as of a backup that is put back. */
export async function copyDatabase({ ownerUrl }: Pick<FreshDatabase, 'ownerUrl'>): Promise<FreshDatabase> {
  const [name, from] = [nextName(), new URL(ownerUrl).pathname.slice(1)];
  for (let attempt = 1; ; attempt += 1)
    try {
      await run(`CREATE DATABASE ${name} TEMPLATE ${from}`);
      return toDatabase(name);
    } catch (error) {
      // The server notices a moment later that a connection was closed.
      if (attempt >= dropAttempts) throw error;
      await setTimeout(100);
    }
}

/** A new database without any table. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  const name = nextName();
  await run(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  return toDatabase(name);
}

/** Removes every database of a run, on a server that outlives it. */
export async function dropDatabases(runName: string): Promise<void> {
  const client = new pg.Client(readVariable('TEST_DATABASE_OWNER_URL'));
  await client.connect();
  const { rows } = await client
    .query<{ name: string }>('SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)', [
      runName,
    ])
    .finally(() => client.end());
  for (const { name } of rows) await dropDatabase(name);
}
