// The registry's own database connection: it hears notices and answers the version checks.
import pg from 'pg';

const connectTimeoutMs = 2_000;
const queryTimeoutMs = 4_000;
const closeTimeoutMs = 500;

/** An open connection that listens for registry notices. */
export interface RegistryConnection {
  readonly client: pg.Client;
  /** Ends it; a peer that does not answer within 500 ms is cut off. Never throws. */
  close(): Promise<void>;
}

async function close(client: pg.Client): Promise<void> {
  const cut = setTimeout(() => client.connection.stream.destroy(), closeTimeoutMs);
  await client.end();
  clearTimeout(cut);
}

/**
 * Connects and listens. Queries fail after 4 s.
 * @param hubUrl the database as the hub's own role
 * @param onEvent called for every notice, and when the connection breaks; the next query then says why it broke
 * @throws Error of the connection, after at most 2 s
 */
export async function openConnection(hubUrl: string, onEvent: () => void): Promise<RegistryConnection> {
  const client = new pg.Client({
    connectionString: hubUrl,
    application_name: 'lgsp registry',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
  });
  client.on('notification', onEvent);
  client.on('error', onEvent);
  try {
    await client.connect();
    await client.query('LISTEN registry');
    return { client, close: () => close(client) };
  } catch (error) {
    await close(client);
    throw error;
  }
}
