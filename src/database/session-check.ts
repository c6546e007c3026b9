// What a connection to the hub's database must be like before anything is entrusted to it.
import pg from 'pg';
import { StartError, toSystemCode } from './start-error.ts';

/** A connection and the role it runs as. */
export interface Session {
  readonly client: pg.Client;
  readonly role: string;
  /** The setting that held its address, for sentences. */
  readonly setting: string;
}

const connectMs = 10_000;
const leastVersion = 150_000;
/** Both wait until the commit is on this server's disk and, where one is named, on its synchronous standby's. */
const durable = new Set(['on', 'remote_apply']);

function toConnectError(error: unknown, setting: string): StartError {
  const code = toSystemCode(error);
  switch (code) {
    case '28P01':
    case '28000':
      return new StartError(`the database refuses the user or password of ${setting}`, error);
    case '3D000':
      return new StartError(`the database that ${setting} names does not exist`, error);
    case '42501':
      return new StartError(`the user of ${setting} may not connect to its database`, error);
    default:
      return new StartError(`the database of ${setting} does not answer (${code ?? 'no connection'})`, error);
  }
}

/** Connects with the address of a setting; the address itself never appears in an error. @throws StartError */
export async function connect(url: string, setting: string): Promise<Session> {
  let client: pg.Client;
  try {
    client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectMs,
      application_name: 'lgsp migrate',
    });
  } catch {
    throw new StartError(
      `${setting} is not a PostgreSQL address: postgresql://user:password@host:port/database`,
    );
  }
  // A connection that breaks fails the query that needs it; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    const result = await client.query<{ role: string }>('SELECT current_user AS role');
    return { client, role: result.rows[0]?.role ?? '', setting };
  } catch (error) {
    await client.end();
    throw toConnectError(error, setting);
  }
}

async function readSetting({ client }: Session, name: string): Promise<string> {
  const result = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
  return result.rows[0]?.value ?? '';
}

/** @throws StartError for a server older than 15, a standby, or a database that is not UTF8 */
export async function checkServer(session: Session): Promise<void> {
  if (Number(await readSetting(session, 'server_version_num')) < leastVersion)
    throw new StartError(
      `the database server has version ${await readSetting(session, 'server_version')}; the hub needs PostgreSQL 15 or later`,
    );
  const standby = await session.client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  if (standby.rows[0]?.standby)
    throw new StartError(`the database of ${session.setting} is a read-only standby; name the primary`);
  const encoding = await readSetting(session, 'server_encoding');
  if (encoding !== 'UTF8')
    throw new StartError(`the database has the encoding ${encoding}; the hub needs UTF8`);
}

/**
 * Refuses a session whose commits may be lost: the exchange log promises that an entry is durable once acknowledged.
 * A session sees what was set for the server, the database, the role or in its address. `local` and `remote_write` are
 * refused as `off` is: with a synchronous standby they acknowledge what a failover can lose.
 * @throws StartError
 */
export async function checkSession(session: Session): Promise<void> {
  if ((await readSetting(session, 'fsync')) !== 'on')
    throw new StartError(
      'the database server has fsync off, so that it can lose what it acknowledged; set it on',
    );
  const commit = await readSetting(session, 'synchronous_commit');
  if (!durable.has(commit))
    throw new StartError(
      `synchronous_commit is ${commit} for ${session.role}, so that a commit can be lost after it was acknowledged; set it on`,
    );
}
