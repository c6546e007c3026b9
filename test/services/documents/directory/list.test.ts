// The directory as it is listed and searched, inside and outside, as of a date.
import assert from 'node:assert/strict';
import type { Pool } from 'pg';
import { createPool } from '../../../../src/database/pool.ts';
import { type AgencyLists, createAgencyLists } from '../../../../src/services/documents/directory/list.ts';
import { toPageQuery } from '../../../../src/services/documents/directory/list-outside.ts';
import { createAgencySync } from '../../../../src/services/documents/directory/sync.ts';
import type { AgencyQuery } from '../../../../src/services/documents/directory/types.ts';
import { type FreshDatabase, freshDatabase } from '../../../support/database.ts';
import { agencyRow, july2025, makeSource, makeUnits, unitRow } from './agencies.ts';

const registry = makeUnits(
  {
    ubnd: { name: 'Ủy ban nhân dân tỉnh', codes: [['H99']] },
    so: {
      name: 'Sở Khoa học và Công nghệ',
      parentId: 'ubnd',
      codes: [['H99.08'], ['000.00.08.H99', undefined, july2025]],
    },
    cu: { name: 'Sở Thông tin', parentId: 'ubnd', to: july2025, codes: [['H99.901', undefined, july2025]] },
    moi: { name: 'Đặc khu mới', from: july2025, parentId: 'ubnd', codes: [['H99.224', july2025]] },
  },
  [{ unitId: 'cu', successorId: 'so', at: july2025 }],
);

describe('the list of agencies and units', () => {
  let database: FreshDatabase;
  let pool: Pool;
  let lists: AgencyLists;
  let between: string;

  before(async () => {
    database = await freshDatabase();
    pool = createPool(database.hubUrl, { max: 3, applicationName: 'test' });
    lists = createAgencyLists(registry, pool);
    const pairs = () => [agencyRow('G99', { code102: '000.00.00.G99' })];
    const many = Array.from({ length: 3_000 }, (_, index) =>
      unitRow(`G98.${index}`, { name: `Trường số ${index}` }),
    );
    const units = (name: string) => [
      unitRow('G99', { name: 'Bộ thử nghiệm' }),
      unitRow('G99.1', { parentId: 'u-G99', name }),
      unitRow('H99.08'),
      ...many,
    ];
    await createAgencySync(
      pool,
      makeSource(() => units('Cục Đường bộ'), pairs),
    ).run();
    const { rows } = await pool.query('SELECT clock_timestamp() AS at');
    between = rows[0].at.toISOString();
    await createAgencySync(
      pool,
      makeSource(() => units('Cục Đường sắt').slice(0, -1), pairs),
    ).run();
    await pool.query("INSERT INTO agency_successor VALUES ('id:u-G98.2999', 'H99.08', now(), 'thử nghiệm')");
    await pool.query('ANALYZE agency, agency_code');
  });

  after(async () => {
    await pool.end();
    await database.drop();
  });

  const find = async (query: AgencyQuery) => (await lists.listAgencies(query)).items.map(({ code }) => code);

  it('units 6.8: finds names with and without diacritics, and codes, inside and outside', async () => {
    assert.deepEqual(await find({ q: 'khoa hoc' }), ['H99.08']);
    assert.deepEqual(await find({ q: 'KHOA HỌC' }), ['H99.08']);
    assert.deepEqual(await find({ q: 'duong sat' }), ['G99.1']);
    assert.deepEqual(await find({ q: '000.00.00.g99' }), ['G99']);
    assert.deepEqual(await find({ q: '000.00.08' }), ['H99.08']);
    assert.deepEqual(await find({ q: '%' }), []);
  });

  it('units 6.2: shows names and states as of a date', async () => {
    const name = async (at?: string) => (await lists.getAgency('G99.1', at)).name;
    assert.deepEqual([await name(between), await name()], ['Cục Đường bộ', 'Cục Đường sắt']);
    assert.deepEqual(await find({ q: 'duong bo', at: between }), ['G99.1']);
    assert.deepEqual(await find({ q: 'duong bo' }), []);
    const old = await lists.getAgency('H99.901', '2025-01-01T00:00:00Z');
    assert.deepEqual([old.state, old.successors], ['active', []]);
    assert.deepEqual(await find({ kind: 'inside', q: 'dac khu', at: '2025-01-01T00:00:00Z' }), []);
  });

  it('units 6.5: shows ended ones with their successors, inside and outside', async () => {
    const successors = [{ code: 'H99.08', name: 'Sở Khoa học và Công nghệ' }];
    const { state, to, ...inside } = await lists.getAgency('H99.901');
    assert.deepEqual([state, to, inside.successors], ['closed', july2025.toISOString(), successors]);
    const outside = await lists.getAgency('G98.2999');
    assert.deepEqual(
      [outside.kind, outside.state, outside.successors.map(({ code }) => code)],
      ['outside', 'closed', ['H99.08']],
    );
  });

  it('shows every code with its form, and the code above', async () => {
    const { parent, codes } = await lists.getAgency('000.00.08.H99');
    assert.equal(parent, 'H99');
    assert.deepEqual(
      codes.map(({ code, form, to }) => [code, form, to !== undefined]),
      [
        ['H99.08', 'qd20', false],
        ['000.00.08.H99', 'old', true],
      ],
    );
    assert.equal((await lists.getAgency('G99.1')).parent, 'G99');
    assert.deepEqual(await find({ parent: 'G99' }), ['G99.1']);
    assert.deepEqual(await find({ parent: 'H99' }), ['H99.08', 'H99.224', 'H99.901']);
  });

  it('pages through all, ours first and once, although the axis lists them too', async () => {
    const codes: string[] = [];
    let cursor: string | undefined;
    do {
      const { items, next } = await lists.listAgencies({ limit: 700, cursor });
      codes.push(...items.map(({ code }) => code));
      cursor = next ?? undefined;
    } while (cursor !== undefined);
    assert.equal(codes.length, 4 + 3_002);
    assert.equal(new Set(codes).size, codes.length);
    assert.deepEqual(codes.slice(0, 4), ['H99', 'H99.08', 'H99.224', 'H99.901']);
    for (const limit of [1, 3, 4]) {
      const { next } = await lists.listAgencies({ limit });
      assert.deepEqual(await find({ limit: 1, cursor: next ?? '' }), [codes[limit]]);
    }
  });

  it('refuses a cursor that is none, and a code that nobody has', async () => {
    await assert.rejects(find({ cursor: 'abc' }), { code: 'request-invalid' });
    await assert.rejects(find({ cursor: Buffer.from('["inside",1,2]').toString('base64url') }), {
      code: 'request-invalid',
    });
    await assert.rejects(lists.getAgency('H97.1'), { code: 'record-not-found' });
  });

  it('searches by the indexes', async () => {
    const explain = async (question: Partial<Parameters<typeof toPageQuery>[0]>) => {
      const { text, values } = toPageQuery({
        at: new Date(),
        q: undefined,
        parent: undefined,
        after: undefined,
        limit: 51,
        ours: ['H99'],
        ...question,
      });
      const client = await pool.connect();
      // The table of the test is too small to be worth an index.
      await client.query('SET enable_seqscan = off');
      const { rows } = await client.query(`EXPLAIN ${text}`, [...values]).finally(() => client.release(true));
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    const search = await explain({ q: 'duong sat' });
    assert.match(search, /agency_search/);
    assert.match(search, /agency_code_search/);
    const page = await explain({ after: { kind: 'outside', code: 'G98.2', id: 'id:u-G98.2' } });
    assert.match(page, /Index.*agency_by_code/);
  });
});
