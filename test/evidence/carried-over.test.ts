// A log that was written before it lay by month: everything is carried over, in its order, and goes on from there.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { prepareDatabase } from '../../src/database/migrate.ts';
import { seal, toEntry } from '../../src/evidence/entry.ts';
import { recordBatch } from '../../src/evidence/record-batch.ts';
import { rootFolder } from '../../src/root.ts';
import { emptyDatabase, type FreshDatabase } from '../support/database.ts';
import { keys, someFacts } from './support.ts';

const migrations = join(rootFolder, 'src', 'database', 'migrations');

describe('A log from before the months', () => {
  let database: FreshDatabase;
  let owner: pg.Client;
  let hub: pg.Client;
  let earlier: string;

  before(async () => {
    database = await emptyDatabase();
    earlier = mkdtempSync(join(tmpdir(), 'lgsp-earlier-'));
    for (const name of readdirSync(migrations).filter((file) => file < '0029'))
      copyFileSync(join(migrations, name), join(earlier, name));
    await prepareDatabase({ ...database, environment: 'sandbox', migrationsFolder: earlier });
    owner = new pg.Client(database.ownerUrl);
    hub = new pg.Client(database.hubUrl);
    await owner.connect();
    await hub.connect();
  });
  after(async () => {
    await hub.end();
    await owner.end();
    rmSync(earlier, { recursive: true });
    await database.drop();
  });

  /** An entry of an exchange that began so many days ago; written as it was then. */
  async function writeEarlier(daysAgo: number): Promise<string> {
    const at = new Date(Date.now() - daysAgo * 86_400_000);
    const facts = someFacts({ exchangeId: uuidv7({ msecs: at.getTime() }) });
    const { leaf, sealed } = toEntry('refused', facts, { at, databaseAt: at }, {}, seal({}, keys, at));
    await owner.query(
      `WITH e AS (INSERT INTO entry (exchange_id, kind, text, leaf_hash) VALUES ($1, 'refused', $2, $3) RETURNING id),
         p AS (INSERT INTO entry_private (entry_id, salt, text) SELECT id, $4, $5 FROM e),
         w AS (INSERT INTO entry_pending (entry_id) SELECT id FROM e)
       INSERT INTO leaf (leaf_index, entry_id) SELECT id, id FROM e`,
      [facts.exchangeId, leaf.text, leaf.hash, sealed.salt, sealed.text],
    );
    return facts.exchangeId;
  }

  it('is carried over with its private parts, marks and leaves, each row in its month', async () => {
    const ids = [await writeEarlier(70), await writeEarlier(0), await writeEarlier(40)];
    const old =
      'SELECT e.text, p.text AS sealed FROM entry e JOIN entry_private p ON p.entry_id = e.id ORDER BY e.id';
    const before = (await owner.query(old)).rows;
    await prepareDatabase({ ...database, environment: 'sandbox' });
    assert.deepEqual((await owner.query(old)).rows, before);
    const { rows } = await owner.query<{ exchange_id: string; isThere: boolean }>(
      `SELECT e.exchange_id, e.tableoid <> 'entry_default'::regclass AND p.salt IS NOT NULL AND l.leaf_index = e.id
         AND w.entry_id = e.id AS "isThere"
       FROM entry e LEFT JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
         LEFT JOIN leaf l ON l.exchange_id = e.exchange_id LEFT JOIN entry_pending w ON w.exchange_id = e.exchange_id
       ORDER BY e.id`,
    );
    assert.deepEqual(
      rows,
      ids.map((id) => ({ exchange_id: id, isThere: true })),
    );
  });

  it('goes on with the ids that come after', async () => {
    const at = new Date();
    const facts = someFacts({ exchangeId: uuidv7() });
    const entry = toEntry('refused', facts, { at, databaseAt: at }, {}, seal({}, keys, at));
    assert.deepEqual(await recordBatch(hub, [{ entry }], facts.exchangeId), ['written']);
    const { rows } = await owner.query('SELECT id FROM entry WHERE exchange_id = $1', [facts.exchangeId]);
    assert.deepEqual(rows, [{ id: '4' }]);
  });

  it('takes nothing from a program of before, and nothing of it stays half there', async () => {
    const count = async () => (await owner.query('SELECT FROM entry')).rowCount;
    const before = await count();
    await assert.rejects(writeEarlier(0), { code: '23502' });
    assert.equal(await count(), before);
  });
});
