// The pool: types, transactions, time-outs, and connections that break.
import { strict as assert } from 'node:assert';
import type pg from 'pg';
import { createPool, withTransaction } from '../../src/database/pool.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { query, until } from '../support/embedded.ts';

describe('the pool', () => {
  let database: FreshDatabase;
  let pool: pg.Pool;

  before(async () => {
    database = await freshDatabase();
    await query(database.ownerUrl, 'CREATE TABLE thing (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)');
  });
  beforeEach(() => {
    const limits = { connectMs: 500, statementMs: 300, idleInTransactionMs: 300 };
    pool = createPool(database.ownerUrl, { max: 1, applicationName: 'pool test', ...limits });
  });
  afterEach(() => pool.end());
  after(() => database.drop());

  it('gives bigint as bigint, instants as Date, days and decimals as text, json parsed', async () => {
    const { rows } = await pool.query(
      `SELECT 9007199254740993 AS big, '2026-01-02T03:04:05Z'::timestamptz AS instant, '2026-01-02'::date AS day,
       1.10 AS decimal, '{"a": 1}'::jsonb AS json`,
    );
    assert.deepEqual(rows, [
      {
        big: 9007199254740993n,
        instant: new Date('2026-01-02T03:04:05Z'),
        day: '2026-01-02',
        decimal: '1.10',
        json: { a: 1 },
      },
    ]);
  });

  it('commits what resolves and rolls back what rejects', async () => {
    await withTransaction(pool, (client) => client.query('INSERT INTO thing VALUES (1)'));
    const failing = withTransaction(pool, async (client) => {
      await client.query('INSERT INTO thing VALUES (2)');
      throw new Error('refused by the work');
    });
    await assert.rejects(failing, /refused by the work/);
    assert.deepEqual((await pool.query('TABLE thing')).rows, [{ id: 1 }]);
  });

  it('rejects when the commit itself fails', async () => {
    const failing = withTransaction(pool, (client) => client.query('INSERT INTO thing VALUES (3), (3)'));
    await assert.rejects(failing, /duplicate key/);
    assert.equal((await pool.query('SELECT FROM thing WHERE id = 3')).rowCount, 0);
  });

  it('outlives connections that break while idle and between two statements of a transaction', async () => {
    const kill = () =>
      query(
        database.ownerUrl,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pool test'",
      );
    await pool.query('SELECT');
    await kill();
    await until(() => pool.totalCount === 0);
    const cut = withTransaction(pool, async (client) => {
      await kill();
      await client.query('SELECT');
    });
    await assert.rejects(cut);
    assert.equal((await pool.query('SELECT')).rowCount, 1);
  });

  it('ends statements and transactions that take too long, and waits for a connection only so long', async () => {
    await assert.rejects(pool.query('SELECT pg_sleep(5)'), /statement timeout/);
    const client = await pool.connect();
    await assert.rejects(pool.connect(), /timeout/);
    await client.query('BEGIN');
    await new Promise((resolve) => client.once('end', resolve));
    client.release(true);
  });
});
