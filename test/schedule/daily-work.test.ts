// Daily work: once in a cluster, again after a crash, and what the purge deletes.
import assert from 'node:assert/strict';
import pg from 'pg';
import { pino } from 'pino';
import { type DailyWork, type DailyWorks, startDailyWork } from '../../src/schedule/daily-work.ts';
import { createEndingCredentials } from '../../src/schedule/ending-credentials.ts';
import { createPurge } from '../../src/schedule/purge.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

describe('Daily work', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  const started: DailyWorks[] = [];

  before(async () => {
    database = await freshDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 3 });
  });
  afterEach(async () => {
    for (const works of started.splice(0)) await works.stop();
  });
  after(async () => {
    await owner.end();
    await database.drop();
  });

  const start = (works: readonly DailyWork[], errors: unknown[] = []): DailyWorks => {
    const works_ = startDailyWork(owner, works, (error) => errors.push(error));
    started.push(works_);
    return works_;
  };

  it('is done once a day by two processes that check again and again', async () => {
    let runs = 0;
    const work = {
      name: 'once',
      async run() {
        runs += 1;
      },
    };
    const [one, two] = [start([work]), start([work])];
    await Promise.all([one.check(), two.check(), one.check(), two.check()]);
    assert.equal(runs, 1);
  });

  it('is done again after its lease when it failed, and the next one is done all the same', async () => {
    let runs = 0;
    const failing = {
      name: 'failing',
      async run() {
        runs += 1;
        throw new Error('on purpose');
      },
    };
    let next = 0;
    const following = {
      name: 'next',
      async run() {
        next += 1;
      },
    };
    const errors: unknown[] = [];
    const works = start([failing, following], errors);
    await works.check();
    assert.deepEqual([runs, next, errors.length], [1, 1, 1]);
    await owner.query(
      "UPDATE daily_work SET taken_until = now() - interval '1 second' WHERE name = 'failing'",
    );
    await works.check();
    assert.equal(runs, 2);
  });

  it('deletes old counts and dead processes, and keeps what is new or still open', async () => {
    await owner.query(`
      INSERT INTO quota_use VALUES ('g', 'u', current_date - 50, 1), ('g', 'u', current_date, 1);
      INSERT INTO hub_process (id, host, pid, lease_until) VALUES
        ('00000000-0000-4000-8000-000000000001', 'h', 1, now() - interval '50 days'),
        ('00000000-0000-4000-8000-000000000002', 'h', 2, now() - interval '50 days'),
        ('00000000-0000-4000-8000-000000000003', 'h', 3, now());
      INSERT INTO revoked_token (jti, forget_at) VALUES ('old', now() - interval '1 second'), ('new', now() + interval '1 hour');
      INSERT INTO open_exchange VALUES ('00000000-0000-7000-8000-000000000009', '00000000-0000-4000-8000-000000000002')`);
    await start([createPurge(owner)]).check();
    const { rows: processes } = await owner.query('SELECT pid FROM hub_process ORDER BY pid');
    assert.deepEqual(
      processes.map(({ pid }) => pid),
      [2, 3],
    );
    assert.equal((await owner.query('SELECT FROM quota_use')).rowCount, 1);
    assert.deepEqual((await owner.query('SELECT jti FROM revoked_token')).rows, [{ jti: 'new' }]);
  });

  it('warns of each account at a source that ends within 30 days or has ended, and of no other', async () => {
    await owner.query(`
      INSERT INTO source_credential (id, source, account, sealed_secret, valid_from, valid_to, state)
        SELECT id, source, 'a', '\\x00', '2020-01-01Z', now() + days * interval '1 day', state FROM (VALUES
          ('tk-soon', 'one', 29, 'active'), ('tk-late', 'two', 31, 'active'), ('tk-over', 'three', -1, 'suspended'),
          ('tk-proposed', 'four', 1, 'proposed')) AS row (id, source, days, state)`);
    const lines: string[] = [];
    const logger = pino({ base: null }, { write: (line: string) => lines.push(line) });
    await createEndingCredentials(owner, logger).run('2026-11-26');
    const said = lines.map((line): unknown => JSON.parse(line)).map(Object);
    assert.deepEqual(
      said.map(({ level, credential, unit }) => [level, credential, unit]),
      [
        [40, 'tk-over', null],
        [40, 'tk-soon', null],
      ],
    );
  });
});
