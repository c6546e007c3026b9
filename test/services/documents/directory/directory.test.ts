// Where codes lead: units of ours with aliases and successors, agencies outside, and what is told where nothing is found.
import assert from 'node:assert/strict';
import type { Pool } from 'pg';
import { createPool } from '../../../../src/database/pool.ts';
import { createDirectory } from '../../../../src/services/documents/directory/directory.ts';
import { toResolutionCode, toResolutionPlace } from '../../../../src/services/documents/directory/place.ts';
import { createAgencySync } from '../../../../src/services/documents/directory/sync.ts';
import type { Directory, Resolution } from '../../../../src/services/documents/directory/types.ts';
import { type FreshDatabase, freshDatabase } from '../../../support/database.ts';
import { agencyRow, july2025, makeSource, makeUnits, now, unitRow } from './agencies.ts';

const later = new Date('2025-09-01T00:00:00Z');
const may2025 = new Date('2025-05-01T00:00:00Z');

const registry = makeUnits(
  {
    so: { name: 'Sở mới', codes: [['H99.08'], ['000.00.08.H99', undefined, july2025]] },
    'xa-a': {
      name: 'Xã A',
      from: july2025,
      codes: [
        ['H99.101', july2025],
        ['00.09.H99', july2025],
      ],
    },
    'xa-b': { name: 'Xã B', from: july2025, codes: [['H99.102', july2025]] },
    'cu-gop': {
      name: 'Sở cũ',
      to: july2025,
      codes: [
        ['H98.01', undefined, july2025],
        ['000.00.01.H98', undefined, july2025],
      ],
    },
    'cu-tach': { name: 'Xã tách', to: july2025, codes: [['H98.21', undefined, july2025]] },
    'cu-het': { name: 'Huyện cũ', to: july2025, codes: [['H98.30', undefined, july2025]] },
    'cu-xua': { name: 'Sở xưa', to: may2025, codes: [['H98.02', undefined, may2025]] },
    'cu-ma': { name: 'Bị thu hồi', state: 'revoked', codes: [['H98.66']] },
    dau: { name: 'Đơn vị trước', to: july2025, codes: [['H99.77', undefined, july2025]] },
    sau: { name: 'Đơn vị sau', from: july2025, codes: [['H99.77', july2025]] },
    mai: {
      name: 'Đơn vị ngày mai',
      from: new Date('2027-01-01T00:00:00Z'),
      codes: [['H99.88', new Date('2027-01-01T00:00:00Z')]],
    },
  },
  [
    { unitId: 'cu-xua', successorId: 'cu-gop', at: may2025 },
    { unitId: 'cu-gop', successorId: 'so', at: july2025 },
    { unitId: 'cu-tach', successorId: 'xa-a', at: july2025 },
    { unitId: 'cu-tach', successorId: 'xa-b', at: july2025 },
    { unitId: 'dau', successorId: 'xa-b', at: july2025 },
  ],
);

describe('where a code leads', () => {
  let database: FreshDatabase;
  let pool: Pool;
  let directory: Directory;
  const at = new Date(Date.now() + 3_600_000);

  before(async () => {
    database = await freshDatabase();
    pool = createPool(database.hubUrl, { max: 4, applicationName: 'test' });
    const source = makeSource(
      () => [
        unitRow('G99.12'),
        unitRow('G99.66', { isDeleted: true }),
        unitRow('G99.67', { isDeleted: true }),
        unitRow('G99.68', { isDeleted: true }),
        unitRow('H99.08'),
        unitRow('000.1137.H97'),
      ],
      () => [
        agencyRow('G99.12', { code102: '000.00.12.G99' }),
        agencyRow('H99.08', { code102: '000.00.88.H99' }),
        agencyRow('K98.05', { code102: 'null' }),
        agencyRow('G99.66'),
      ],
    );
    await createAgencySync(pool, source).run();
    await pool.query(`INSERT INTO agency_successor VALUES ('id:u-G99.67', 'G99.12', '2026-01-01Z', 'thử nghiệm'),
      ('id:u-G99.68', 'G99.12', '2026-01-01Z', 'thử nghiệm'), ('id:u-G99.68', 'H99.08', '2026-01-01Z', 'thử nghiệm')`);
    directory = createDirectory({ registry, pool });
  });

  after(async () => {
    await pool.end();
    await database.drop();
  });

  const summary = (found: Resolution): string => {
    const { kind } = found;
    if (kind === 'inside') return `inside ${found.unit.id} ${found.status}`;
    if (kind === 'outside') return `outside ${found.agencyId} ${found.address} ${found.status}`;
    if (kind === 'closed')
      return ['closed', found.name, ...found.successors.map(({ code }) => code)].join(' ');
    if (kind === 'several') return ['several', ...found.candidates.map(({ code }) => code)].join(' ');
    return `unknown ${found.form}`;
  };
  const lead = async (code: string, ...more: [('new' | 'status')?, Date?]) =>
    summary(await directory.resolve(code, at, ...more));
  const place = async (code: string) => toResolutionPlace(await directory.resolve(code, at), '/to/0');

  it('units 6.2: leads to the unit that holds the code at the date, and answers with the code as written', async () => {
    assert.equal(await lead('H99.08'), 'inside so current');
    assert.equal(summary(await directory.resolve('H99.77', may2025)), 'inside dau current');
    assert.equal(await lead('H99.77'), 'inside sau current');
    assert.equal((await directory.resolve('00.09.H99', at)).code, '00.09.H99');
  });

  it('units 4.2.3: delivers by a dated alias, and by a second code, to the unit that goes on', async () => {
    assert.equal(await lead('000.00.08.H99'), 'inside so alias');
    assert.equal(await lead('00.09.H99'), 'inside xa-a alias');
  });

  it('units 6.5: refuses new traffic to a merged unit, naming the successor', async () => {
    for (const code of ['H98.01', '000.00.01.H98']) assert.equal(await lead(code), 'closed Sở cũ H99.08');
    const { vi, en } = (await place('H98.01')) ?? {};
    assert.equal(vi, 'Sở cũ đã kết thúc từ 2025-07-01; kế thừa: H99.08 (Sở mới)');
    assert.equal(en, 'Sở cũ has ended on 2025-07-01; successor: H99.08 (Sở mới)');
    assert.equal(toResolutionCode(await directory.resolve('H98.01', at)), 'receiver-closed');
  });

  it('units 6.5: still leads statuses about old documents to the successor, over several mergers', async () => {
    assert.equal(await lead('H98.01', 'status'), 'inside so successor');
    assert.equal(await lead('H98.02', 'status'), 'inside so successor');
    assert.equal(await lead('H98.02'), 'closed Sở xưa H99.08');
    assert.equal(await lead('H99.77', 'status', may2025), 'inside xa-b successor');
  });

  it('units 6.4: says of a split unit that a person has to choose, for statuses too', async () => {
    for (const purpose of ['new', 'status'] as const)
      assert.equal(await lead('H98.21', purpose), 'several H99.101 H99.102');
    const found = await directory.resolve('H98.21', at);
    assert.equal(toResolutionCode(found), 'receiver-ambiguous');
    assert.match(toResolutionPlace(found, '/to/1')?.vi ?? '', /H99\.101 \(Xã A\); H99\.102 \(Xã B\)/);
  });

  it('units 6.4: says where no successor is known, and guesses none', async () => {
    for (const purpose of ['new', 'status'] as const)
      assert.equal(await lead('H98.30', purpose), 'closed Huyện cũ');
    assert.match((await place('H98.30'))?.vi ?? '', /chưa biết cơ quan kế thừa/);
    assert.equal(await lead('H98.66'), 'closed Bị thu hồi');
  });

  it('adapter 9.15: leads outside by either code of the axis, to the code as it was written', async () => {
    assert.equal(await lead('G99.12'), 'outside id:u-G99.12 G99.12 current');
    assert.equal(await lead('000.00.12.G99'), 'outside id:u-G99.12 000.00.12.G99 alias');
    assert.equal(await lead('K98.05'), 'outside code:K98.05 K98.05 current');
    assert.equal(await lead('000.1137.H97'), 'outside id:u-000.1137.H97 000.1137.H97 current');
  });

  it('units 6.2: takes another form of a code of ours from the axis, never from arithmetic', async () => {
    assert.equal(await lead('000.00.88.H99'), 'inside so alias');
    assert.equal(await lead('000.00.101.H99'), 'unknown opaque');
    assert.equal(await lead('000.01.01.H99'), 'unknown old');
  });

  it('adapter 9.15: refuses new traffic to a deleted agency; statuses still go to it, or to the successor', async () => {
    assert.equal(await lead('G99.66'), 'closed Cơ quan G99.66');
    assert.equal(await lead('G99.66', 'status'), 'outside id:u-G99.66 G99.66 alias');
    assert.equal(await lead('G99.67'), 'closed Cơ quan G99.67 G99.12');
    assert.equal(await lead('G99.67', 'status'), 'outside id:u-G99.12 G99.12 successor');
    assert.equal(await lead('G99.68', 'status'), 'several G99.12 H99.08');
  });

  it('units 6.1: says of what is no code why, without repeating it', async () => {
    for (const code of ['null', '', '01.K99#79.H99', 'H99 01']) {
      assert.equal(await lead(code), 'unknown malformed');
      assert.match((await place(code))?.en ?? '', /^is no agency code: /);
    }
    assert.match((await place('01.K99#79.H99'))?.vi ?? '', /nhiều mã nối bằng dấu #/);
  });

  it('units 6.4: tells what is known of a code without a mapping', async () => {
    assert.match((await place('H99.08.05'))?.en ?? '', /known above it: H99\.08 \(Sở mới\)/);
    assert.match((await place('h99.08'))?.en ?? '', /its form is none.*almost like it: H99\.08/);
    assert.match((await place('00.12.G99'))?.en ?? '', /almost like it: 000\.00\.12\.G99/);
    assert.match((await place('H99.88'))?.en ?? '', /in force only from 2027-01-01/);
    assert.equal(toResolutionCode(await directory.resolve('H97.01', at)), 'receiver-unknown');
  });

  it('knows the code that a unit writes, and whose a code is or was', () => {
    assert.equal(directory.codeOf('xa-a', later), 'H99.101');
    assert.equal(directory.codeOf('nobody', later), undefined);
    const own = (code: string, unit: string) => directory.isCodeOf(code, unit, later);
    assert.deepEqual(
      ['H99.08', '000.00.08.H99', 'H98.01', 'H98.02'].map((code) => own(code, 'so')),
      [true, true, true, true],
    );
    assert.deepEqual(
      [own('H98.21', 'xa-a'), own('H99.08', 'xa-a'), own('G99.12', 'so')],
      [false, false, false],
    );
  });

  it('keeps what it read for a minute, and answers units of ours without a query', async () => {
    const closed = createPool(database.hubUrl, { max: 1, applicationName: 'test' });
    const kept = createDirectory({ registry, pool: closed });
    assert.equal((await kept.resolve('G99.12', at)).kind, 'outside');
    await closed.end();
    assert.equal((await kept.resolve('G99.12', now)).kind, 'outside');
    assert.equal((await kept.resolve('H98.01', at)).kind, 'closed');
    await assert.rejects(kept.resolve('H97.55', at));
  });
});
