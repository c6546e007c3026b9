// The log by month: where rows land, what is read to find them, and the months that are made ahead of time.
import assert from 'node:assert/strict';
import pg from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { seal, toEntry } from '../../src/evidence/entry.ts';
import { recordBatch } from '../../src/evidence/record-batch.ts';
import { createMonths, toMonthsAhead } from '../../src/schedule/months.ts';
import { keys, someFacts } from '../evidence/support.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const quiet = pino({ level: 'silent' });
const today = new Date();
const toPart = (at: Date): string => `entry_${at.toISOString().slice(0, 7).replace('-', '_')}`;

describe('The log by month', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  /** In whose role the daily work is done. */
  let registry: pg.Pool;
  let hub: pg.Client;

  before(async () => {
    database = await freshDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
    registry = new pg.Pool({ connectionString: database.registryUrl, max: 2 });
    hub = new pg.Client(database.hubUrl);
    await hub.connect();
  });
  after(async () => {
    await hub.end();
    await owner.end();
    await registry.end();
    await database.drop();
  });

  /** Records one refusal of an exchange that began at `at`. */
  async function record(at: Date): Promise<string> {
    const facts = someFacts({ exchangeId: uuidv7({ msecs: at.getTime() }) });
    const part = { problem: 'grant-missing', status: 403 };
    const entry = toEntry('refused', facts, { at, databaseAt: at }, part, seal({}, keys, at));
    assert.deepEqual(await recordBatch(hub, [{ entry }], facts.exchangeId), ['written']);
    return facts.exchangeId;
  }
  async function partOf(exchangeId: string, table = 'entry'): Promise<string | undefined> {
    const sql = `SELECT tableoid::regclass::text AS part FROM ${table} WHERE exchange_id = $1`;
    return (await owner.query<{ part: string }>(sql, [exchangeId])).rows[0]?.part;
  }
  async function plan(sql: string): Promise<string> {
    const { rows } = await hub.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${sql}`,
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }
  /** Which partitions of a table a plan reads. */
  const readParts = (text: string, table: string): string[] => [
    ...new Set(
      text
        .split('\n')
        .filter((line) => !line.includes('never executed'))
        .flatMap((line) => line.match(new RegExp(`\\b${table}_(\\d{4}_\\d\\d|default)\\b(?!_)`)) ?? [])
        .filter((name) => name.startsWith(table)),
    ),
  ];

  it('has a month for what is recorded now and in the three months after, and nothing beside them', async () => {
    for (const month of toMonthsAhead(today.toISOString().slice(0, 10))) {
      const exchangeId = await record(new Date(`${month}T12:00:00Z`));
      assert.equal(await partOf(exchangeId), toPart(new Date(month)));
      assert.equal(
        await partOf(exchangeId, 'entry_private'),
        toPart(new Date(month)).replace('entry', 'entry_private'),
      );
    }
    const { rows } = await owner.query<{ n: number }>(
      'SELECT (SELECT count(*) FROM entry_default)::int + (SELECT count(*) FROM entry_private_default)::int AS n',
    );
    assert.equal(rows[0]?.n, 0);
  });

  it('changes the month with the first millisecond of UTC', async () => {
    const [, next = ''] = toMonthsAhead(today.toISOString().slice(0, 10));
    const first = new Date(`${next}T00:00:00.000Z`);
    const last = new Date(first.getTime() - 1);
    assert.equal(await partOf(await record(last)), toPart(last));
    assert.equal(await partOf(await record(first)), toPart(first));
  });

  it('is read in one month only by whoever names an exchange', async () => {
    const exchangeId = await record(today);
    const text = await plan(`SELECT e.text, p.text FROM entry e
      LEFT JOIN leaf l ON l.entry_id = e.id
      LEFT JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
      WHERE e.exchange_id = '${exchangeId}' ORDER BY e.id`);
    assert.deepEqual(readParts(text, 'entry'), [toPart(today)]);
    assert.deepEqual(readParts(text, 'entry_private'), [toPart(today).replace('entry', 'entry_private')]);
  });

  it('is read in the months of their exchanges only by the sequencer, however the planner was taught', async () => {
    await record(today);
    const text = await plan(`WITH taken AS MATERIALIZED (
        SELECT entry_id, exchange_id FROM entry_pending WHERE exchange_id < first_exchange_id(now() + interval '1 hour'))
      SELECT t.entry_id, e.leaf_hash FROM taken t CROSS JOIN LATERAL (
        SELECT x.leaf_hash FROM entry x WHERE x.exchange_id = t.exchange_id AND x.id = t.entry_id LIMIT 1) e`);
    assert.ok(!readParts(text, 'entry').includes('entry_default'), text);
    assert.ok(readParts(text, 'entry').includes(toPart(today)), text);
  });

  it('lets the role of the hub choose no id and write past no month', async () => {
    const values = `SELECT 1, exchange_id, 'closed', text, leaf_hash FROM entry LIMIT 1`;
    for (const sql of [
      `INSERT INTO entry (id, exchange_id, kind, text, leaf_hash) ${values}`,
      `INSERT INTO ${toPart(today)} (id, exchange_id, kind, text, leaf_hash) ${values}`,
      `SELECT setval('entry_id_seq', 1)`,
      `DELETE FROM ${toPart(today)}`,
      "SELECT make_month('2030-01-01')",
    ])
      await assert.rejects(hub.query(sql), /permission denied/, sql);
  });

  it('has its months made ahead over the end of a year, again and again', async () => {
    assert.deepEqual(toMonthsAhead('2031-11-30'), ['2031-11-01', '2031-12-01', '2032-01-01', '2032-02-01']);
    const months = createMonths(registry, quiet);
    for (const day of ['2031-12-31', '2032-01-01', '2032-01-01']) await months.run(day);
    assert.equal(await partOf(await record(new Date('2031-12-31T23:59:59.999Z'))), 'entry_2031_12');
    assert.equal(await partOf(await record(new Date('2032-01-01T00:00:00.000Z'))), 'entry_2032_01');
    assert.equal(await partOf(await record(new Date('2032-04-30T00:00:00.000Z'))), 'entry_2032_04');
  });

  it('keeps what comes before its month was made, and moves it there', async () => {
    const exchangeId = await record(new Date('2040-05-05T00:00:00.000Z'));
    assert.equal(await partOf(exchangeId), 'entry_default');
    const said: unknown[] = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => void said.push(JSON.parse(line)) });
    await createMonths(registry, logger).run('2032-01-02');
    assert.deepEqual(
      said.map((line) => (typeof line === 'object' && line && 'tables' in line ? line.tables : line)),
      [['entry', 'entry_private']],
    );
    await createMonths(registry, logger).run('2040-05-06');
    assert.equal(await partOf(exchangeId), 'entry_2040_05');
    assert.equal(await partOf(exchangeId, 'entry_private'), 'entry_private_2040_05');
    assert.equal(said.length, 1);
  });
});
