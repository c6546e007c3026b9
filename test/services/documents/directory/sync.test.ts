// The lists of the axis written into the tables: long ones, broken ones, changed ones.
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Pool } from 'pg';
import type { AxisUnit } from '../../../../adapters/document-axis/index.ts';
import { createPool } from '../../../../src/database/pool.ts';
import { createAgencySync } from '../../../../src/services/documents/directory/sync.ts';
import { type FreshDatabase, freshDatabase } from '../../../support/database.ts';
import { agencyRow, makeSource, unitRow } from './agencies.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
/** What is held, without what only waits to be collected. */
function usedBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

describe('the synchronisation of agencies', () => {
  let database: FreshDatabase;
  let pool: Pool;

  beforeEach(async () => {
    database = await freshDatabase();
    pool = createPool(database.hubUrl, { max: 3, applicationName: 'test' });
  });

  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const range = (count: number, make: (index: number) => AxisUnit) =>
    Array.from({ length: count }, (_, index) => make(index));
  const plain = (count: number) => range(count, (index) => unitRow(`G99.${index}`));
  const sync = (units: readonly AxisUnit[], qd20 = [agencyRow('K99')], old = [agencyRow('K99')]) =>
    createAgencySync(
      pool,
      makeSource(
        () => units,
        () => qd20,
        () => old,
      ),
    ).run();
  const read = async (sql: string): Promise<unknown[]> =>
    (await pool.query({ text: sql, rowMode: 'array' })).rows;
  const versions = (code: string) =>
    read(`SELECT name, valid_to IS NULL FROM agency WHERE code = '${code}' ORDER BY id`);

  it('adapter 9.15: reads 111,000 rows with flat memory, and a second run changes nothing', async function () {
    this.timeout(120_000);
    const rows = 111_000;
    let peak = 0;
    const units = function* () {
      for (let index = 0; index < rows; index += 1) {
        if (index % 5_000 === 0) peak = Math.max(peak, usedBytes());
        yield unitRow(`G${10 + (index % 80)}.${index}`, { name: `Ủy ban nhân dân xã số ${index}` });
      }
    };
    const sync = createAgencySync(pool, makeSource(units));
    const before = usedBytes();
    const first = await sync.run();
    assert.deepEqual([first.rowsSeen, first.versionsMade, first.problem], [rows, rows, undefined]);
    assert.ok(peak - before < 100 * 2 ** 20, `${(peak - before) >> 20} MiB`);
    const second = await sync.run();
    assert.deepEqual([second.rowsSeen, second.versionsMade, second.agenciesClosed], [rows, 0, 0]);
    assert.deepEqual(await read('SELECT count(*)::int, count(valid_to)::int FROM agency'), [[rows, 0]]);
  });

  it('adapter 9.15: a run that died in the middle leaves what it wrote, closes nothing, and the next one goes on', async () => {
    await sync(plain(500));
    const units = async function* () {
      yield* range(250, (index) => unitRow(`G99.${index}`, { name: `Tên mới ${index}` }));
      throw new Error('the list broke off');
    };
    const broken = createAgencySync(pool, { ...makeSource(() => []), units }, { batchRows: 100 });
    await assert.rejects(broken.run(), /broke off/);
    const progress = await broken.progress();
    assert.deepEqual([progress?.rowsSeen, progress?.agenciesClosed], [200, 0]);
    assert.match(progress?.problem ?? '', /broke off/);
    assert.deepEqual(await read('SELECT count(*)::int FROM agency WHERE valid_to IS NULL'), [[501]]);
    assert.equal((await sync(plain(500))).versionsMade, 200);
  });

  it('a new name, parent or code begins a version; a code that is no more stays as an alias', async () => {
    await sync([...plain(20), unitRow('G98.1', { id: 'x' })]);
    await sync([...plain(20), unitRow('G98.1', { id: 'x', name: 'Tên mới' })]);
    await sync([...plain(20), unitRow('G98.1', { id: 'x', name: 'Tên mới', mail: 'x@lgsp.example' })]);
    await sync([...plain(20), unitRow('G98.001', { id: 'x', name: 'Tên mới' })]);
    assert.deepEqual(await versions('G98.1'), [
      ['Cơ quan G98.1', false],
      ['Tên mới', false],
    ]);
    assert.deepEqual(await versions('G98.001'), [['Tên mới', true]]);
    assert.deepEqual(
      await read("SELECT code, valid_to IS NULL FROM agency_code WHERE key = 'id:x' ORDER BY code"),
      [
        ['G98.001', true],
        ['G98.1', false],
      ],
    );
  });

  it('closes by date what vanished or was deleted, and opens what comes back', async () => {
    await sync(plain(20));
    const without = [...plain(18), unitRow('G99.18', { isDeleted: true })];
    assert.equal((await sync(without, [agencyRow('K99'), agencyRow('G99.18')])).agenciesClosed, 2);
    assert.equal((await sync(without)).versionsMade, 0);
    assert.deepEqual(await versions('G99.18'), [['Cơ quan G99.18', false]]);
    await sync(plain(20));
    assert.deepEqual(await versions('G99.19'), [
      ['Cơ quan G99.19', false],
      ['Cơ quan G99.19', true],
    ]);
  });

  it('refuses to close more than a fifth at once, and says so', async () => {
    await sync(plain(100));
    const { problem, agenciesClosed } = await sync(plain(50));
    assert.match(problem ?? '', /^refused to close 50 of 101 rows of agency/);
    assert.equal(agenciesClosed, 0);
    assert.match((await sync([])).problem ?? '', /refused to close 100 of 101/);
    assert.deepEqual(await read('SELECT count(*)::int FROM agency WHERE valid_to IS NULL'), [[101]]);
  });

  it('leaves out rows without a usable code or name, counts them, and stores odd characters', async () => {
    const rows = [
      unitRow('null'),
      unitRow('01.K99#79.H99'),
      unitRow('G99.1', { name: ' ' }),
      unitRow('G99.2', { name: 'Tên\u0000 \ud800 đủ', mail: '\ud800' }),
      unitRow('G99.3'),
      unitRow('G99.3'),
    ];
    assert.equal((await sync(rows)).rowsUnusable, 4);
    assert.deepEqual(await versions('G99.2'), [['Tên đủ', true]]);
    assert.deepEqual(await versions('G99.3'), [['Cơ quan G99.3', true]]);
  });

  it('takes pairs of codes from both lists for one agency, whatever id they give it', async () => {
    await sync(
      [unitRow('G99.1')],
      [agencyRow('G99.1', { code102: '000.00.01.G99' })],
      [agencyRow('G99.1', { oldCode: '01.G99', name: 'Tên khác' })],
    );
    assert.deepEqual(await versions('G99.1'), [['Cơ quan G99.1', true]]);
    assert.deepEqual(await read("SELECT code FROM agency_code WHERE key = 'id:u-G99.1' ORDER BY code"), [
      ['000.00.01.G99'],
      ['01.G99'],
      ['G99.1'],
    ]);
  });

  it('is done by one process at a time, on demand or as daily work', async () => {
    let other: Promise<unknown> = Promise.resolve();
    const source = makeSource(() => plain(3));
    const first = createAgencySync(pool, {
      ...source,
      async *units(call) {
        other = createAgencySync(pool, source).work.run('2026-05-01');
        await assert.rejects(other, /another process/);
        yield* source.units(call);
      },
    });
    assert.equal((await first.run()).rowsSeen, 3);
    await first.work.run('2026-05-01');
  });
});
