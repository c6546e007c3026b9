// Imports and other changes that narrow, at the same moment: they wait in one order, and a deadlock is no fault.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { toRefusal } from '../../../../src/services/admin/refusal.ts';
import { query } from '../../../support/embedded.ts';
import { startTestHub, type TestHub } from '../../../support/sandbox-hub.ts';
import { type Administration, createAdministration } from '../support.ts';
import { toCsv } from './files.ts';

const reason = 'thử';
const takeGround = "SELECT pg_advisory_xact_lock(hashtextextended('administration ground', 0))";
const lockUnit = "SELECT FROM unit WHERE id = 'cq-03' FOR UPDATE";

describe('An import of units beside another change', () => {
  let hub: TestHub;
  let admin: Administration;
  let other: pg.PoolClient;

  /** The other change takes a lock; the answer waits for a request that waits for it, and tells that one's connection. */
  const take = async (lock: string) => {
    const { rows } = await other.query('SELECT pg_backend_pid() AS pid');
    await other.query('BEGIN');
    await other.query(lock);
    return async (): Promise<number> => {
      const query = 'SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))';
      const end = performance.now() + 10_000;
      for (;;) {
        const [waiting] = (await hub.owner.query(query, [rows[0].pid])).rows;
        if (waiting) return waiting.pid;
        if (performance.now() > end) throw new Error('nobody waits');
      }
    };
  };

  before(async () => {
    hub = await startTestHub('unit-import-locks');
    admin = createAdministration(hub);
    other = await hub.owner.connect();
  });
  after(async () => {
    other.release();
    await hub.stop();
  });

  it('waits before it holds a unit, so that neither waits for the other', async () => {
    const file = toCsv([
      ['Mã', 'Đến'],
      ['cq-03', '1/1/2027'],
    ]);
    const content = file.toString('base64');
    const { body } = await admin.act('POST', '/unit-imports', { format: 'csv', fileName: 'a.csv', content });
    const waiting = await take(takeGround);
    const applied = admin.act('POST', `/unit-imports/${body.id}/application`, { reason });
    await waiting();
    await other.query(`${lockUnit} NOWAIT`);
    await other.query('COMMIT');
    assert.equal((await applied).status, 200);
  });

  it('leaves hub-busy, to be tried again, where the database ends a change that waits', async () => {
    const key = randomUUID();
    const suspend = () => admin.act('PUT', '/units/cq-03/state', { state: 'suspended', reason }, { key });
    const waiting = await take(lockUnit);
    const suspended = suspend();
    // A role may cancel what its own sessions do.
    await query(hub.database.registryUrl, `SELECT pg_cancel_backend(${await waiting()})`);
    const { status, body, headers } = await suspended;
    assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'hub-busy', '2']);
    await other.query('COMMIT');
    assert.equal((await suspend()).status, 200);
    const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    assert.equal(Object(toRefusal(deadlock)).code, 'hub-busy');
  });
});
