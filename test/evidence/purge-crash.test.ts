// Retention killed at two points: inside a batch nothing of it has happened; between the record and the key's file, the next
// run ends it. A month's key is destroyed in every folder and never made again.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { withTransaction } from '../../src/database/pool.ts';
import { followMonthKeys } from '../../src/evidence/month-keys.ts';
import { createKeys, type Keys, openKeys } from '../../src/keys.ts';
import { createRetention } from '../../src/schedule/retention.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { type InventedExchange, numberAll, openOwner, writeExchange } from './retention-support.ts';
import { until } from './support.ts';

const now = '2026-09-15T00:00:00.000Z';
const lookUp = (time: string): InventedExchange => ({
  ...{ service: 'population.v1', operation: 'lookUpCitizen', kinds: ['opened', 'closed'] },
  times: [new Date(time), new Date(time)],
  person: { number: '999000000001' },
});

describe('Retention, killed', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  let folder: string;
  let keys: Keys;
  beforeEach(async () => {
    database = await freshDatabase();
    owner = openOwner(database);
    folder = mkdtempSync(join(tmpdir(), 'lgsp-purge-'));
    createKeys(join(folder, 'keys'), 'test');
    keys = openKeys(join(folder, 'keys'), 'test');
    await owner.query('UPDATE retention_class SET least_months = 3, months = 3');
    const times = ['2026-02-10T00:00:00Z', '2026-02-20T00:00:00Z', '2026-08-01T00:00:00Z'];
    await withTransaction(owner, async (client) => {
      for (const time of times) await writeExchange(client, lookUp(time), keys);
    });
    await numberAll(database.ownerUrl);
  });
  afterEach(async () => {
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  const start = (stopAt: string): ChildProcess =>
    spawn(
      process.execPath,
      [
        ...['--import', 'tsx', fileURLToPath(new URL('purge-process.ts', import.meta.url))],
        ...[database.ownerUrl, join(folder, 'keys'), now, stopAt],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
  async function kill(child: ChildProcess): Promise<void> {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
  const count = async (what: string): Promise<number> =>
    (await owner.query(`SELECT FROM ${what}`)).rowCount ?? 0;
  const noticesOf = (name: string) =>
    count(`entry WHERE kind = 'notice' AND text LIKE '%"notice":"${name}"%'`);
  const finish = () => createRetention(owner, keys, () => new Date(now)).run('2026-09-15');

  it('inside a batch has purged nothing of it, and the next run purges each leaf once', async () => {
    const blocker = await owner.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE purge_batch IN SHARE ROW EXCLUSIVE MODE');
    const child = start('never');
    await until(
      async () =>
        (await count(
          "pg_stat_activity WHERE application_name = 'purge-process' AND wait_event_type = 'Lock'",
        )) > 0,
    );
    await kill(child);
    await blocker.query('ROLLBACK');
    blocker.release();
    assert.deepEqual([await count('entry_private'), await noticesOf('purged')], [6, 0]);

    await finish();
    const left = 2 + (await noticesOf('purged')) + (await noticesOf('month-key-destroyed'));
    assert.deepEqual([await noticesOf('purged'), await count('entry_private')], [1, left]);
    await finish();
    assert.equal(await noticesOf('purged'), 1);
  });

  it('between the record and the file leaves the key for the next run, in every folder; it is never made again', async () => {
    cpSync(join(folder, 'keys'), join(folder, 'other'), { recursive: true });
    const child = start('key');
    if (!child.stdout) throw new Error('no output');
    await once(createInterface(child.stdout), 'line');
    await kill(child);
    assert.deepEqual([keys.months().includes('2026-02'), await noticesOf('month-key-destroyed')], [true, 1]);

    await finish();
    assert.deepEqual([keys.months().includes('2026-02'), await noticesOf('month-key-destroyed')], [false, 1]);
    assert.deepEqual([keys.readMonth('2026-02'), keys.readMonth('2026-08')?.length], [undefined, 32]);
    assert.throws(() => keys.month(new Date('2026-02-11T00:00:00Z')), /2026-02 is destroyed/);
    assert.throws(
      () => openKeys(join(folder, 'keys'), 'test').month(new Date('2026-02-11T00:00:00Z')),
      /is destroyed/,
    );
    assert.match(readFileSync(join(folder, 'keys', 'month-2026-02.json'), 'utf8'), /"key":"destroyed"/);

    const other = openKeys(join(folder, 'other'), 'test');
    assert.ok(other.readMonth('2026-02'));
    await followMonthKeys(owner, other);
    assert.equal(other.readMonth('2026-02'), undefined);
  });
});
