// Connections of the hub to PostgreSQL: bounded in number and in time, and an idle one that breaks never ends the process.
import pg from 'pg';

/** Settings of a pool. */
export interface PoolOptions {
  /** Most connections at once. */
  readonly max: number;
  /** Shown in `pg_stat_activity`, at most 63 bytes. */
  readonly applicationName: string;
  /** Longest wait for a connection, new or from the pool; default 5,000. */
  readonly connectMs?: number;
  /** Longest statement on the server; default 15,000. A server that hangs is given up 2 s later. */
  readonly statementMs?: number;
  /** Longest pause inside a transaction; default 15,000. */
  readonly idleInTransactionMs?: number;
}

const hangMs = 2_000;
const rollback: pg.QueryConfig & { readonly query_timeout: number } = {
  text: 'ROLLBACK',
  query_timeout: 2_000,
};
const { builtins } = pg.types;

/** Our parsers before those of `pg`; of this pool only, the process's defaults stay. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary' && oid === builtins.INT8) return BigInt;
    if (format !== 'binary' && oid === builtins.DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format);
  },
};

/**
 * Opens a pool; it connects at first use.
 *
 * `bigint` (also of `count(*)`) comes back as `bigint`, `timestamptz` as `Date`, `date` as `YYYY-MM-DD` text, `numeric`
 * as text, `json` and `jsonb` parsed, `bytea` as `Buffer`. A connection that breaks while idle is dropped in silence:
 * no work was lost, and the next use connects anew or fails itself.
 */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const { connectMs = 5_000, statementMs = 15_000, idleInTransactionMs = 15_000 } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    lock_timeout: statementMs,
    query_timeout: statementMs + hangMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    types,
  });
  const ignore = () => {};
  pool.on('error', ignore);
  // The pool listens only while a connection is idle; between two queries of a borrowed one nobody else does.
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
}

/**
 * Runs `work` in one transaction (read committed) on one connection: commits what resolves, rolls back what rejects.
 * A connection that cannot roll back in 2 s is closed, which rolls back too.
 * @throws what `work` or the commit throws; after a failed commit the outcome is not known
 */
export async function withTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query(rollback).catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

const tries = 3;

/** SQLSTATE 40001 and 40P01: another transaction was let go first, and nothing of this one is there. */
const isBeaten = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === '40001' || error.code === '40P01');

/**
 * The same for work that may be begun again: what the database ended for another's sake, by a deadlock for instance, is tried
 * three times in all. `work` leaves nothing behind outside its transaction.
 */
export async function withRepeatedTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (let left = tries - 1; ; left -= 1)
    try {
      return await withTransaction(pool, work);
    } catch (error) {
      if (left === 0 || !isBeaten(error)) throw error;
    }
}
