// Import of units through the hub: preview, refusal, all or nothing; CSV and XLSX.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { startTestHub, type TestHub } from '../../../support/sandbox-hub.ts';
import { type Administration, createAdministration } from '../support.ts';
import { type TestCell, toCsv, toXlsx } from './files.ts';

const headings = [
  'STT',
  'Mã',
  'Tên',
  'Loại',
  'Đơn vị cấp trên',
  'Cấp độ',
  'Hiệu lực từ',
  'Đến',
  'Mã định danh',
  'Mã dân cư',
];
type Row = Record<string, string>;

/** 166 new units: one body, and communes below it that stand before it in the file. */
const rows: readonly Row[] = Array.from({ length: 166 }, (_, index) => ({
  STT: String(index + 1),
  Mã: index === 165 ? 'cq-moi' : `xa-moi-${index}`,
  Tên: index === 165 ? 'Cơ quan Mới' : `Xã Mới ${index}`,
  Loại: index === 165 ? 'cấp tỉnh' : 'Xã',
  'Đơn vị cấp trên': index === 165 ? 'cq-00' : 'cq-moi',
  'Hiệu lực từ': '1/7/2025',
  'Mã định danh': `H99.M${index}`,
}));

/** A mistake of each kind: which column is to be named, and what the row says instead. */
const mistakes: readonly (readonly [column: string, Row])[] = [
  ['Loại', { Loại: 'huyện' }],
  ['Mã', { Mã: 'xa-moi-0' }],
  ['Mã định danh', { 'Mã định danh': 'H99.08' }],
  ['Đơn vị cấp trên', { 'Đơn vị cấp trên': 'xa-khong-co' }],
  ['Hiệu lực từ', { 'Hiệu lực từ': '30/2/2026' }],
  ['Tên', { Tên: '' }],
  ['Mã', { Mã: '=cmd|calc!A1' }],
  ['Cấp độ', { 'Cấp độ': '7' }],
  ['Đến', { Đến: '1/1/2020' }],
  ['Mã định danh', { 'Mã định danh': 'H99.M1' }],
];
const firstBad = 20;
const badRows = rows.map((row, index) => ({ ...row, ...mistakes[index - firstBad]?.[1] }));
const toTable = (list: readonly Row[]) => [
  headings,
  ...list.map((row) => headings.map((name) => row[name] ?? '')),
];

describe('Import of units', () => {
  let hub: TestHub;
  let admin: Administration;
  const preview = (file: Buffer, format: 'csv' | 'xlsx' = 'csv', key = randomUUID()) => {
    const body = { format, fileName: `don-vi.${format}`, content: file.toString('base64') };
    return admin.act('POST', '/unit-imports', body, { key });
  };
  const apply = (id: string, key = randomUUID()) =>
    admin.act('POST', `/unit-imports/${id}/application`, { reason: 'QĐ 1/2026' }, { key });
  const count = async (): Promise<number> => {
    const { rows: found } = await hub.owner.query("SELECT count(*)::int FROM unit WHERE id LIKE '%-moi%'");
    return found[0].count;
  };

  before(async () => {
    hub = await startTestHub('unit-import');
    admin = createAdministration(hub);
  });
  after(() => hub.stop());

  for (const format of ['csv', 'xlsx'] as const)
    it(`${format}: names exactly the ten rows in error of 166, and refuses to apply them`, async () => {
      const table = toTable(badRows);
      const { status, body } = await preview(format === 'csv' ? toCsv(table, ';') : toXlsx(table), format);
      assert.equal(status, 201);
      const bad = body.rows.filter(({ act }: { act: string }) => act === 'error');
      assert.deepEqual(
        bad.map(({ row, errors }: { row: number; errors: readonly { column: string }[] }) => [
          row,
          errors[0]?.column,
        ]),
        mistakes.map(([column], index) => [firstBad + index + 2, column]),
      );
      assert.ok(bad.every(({ errors }: { errors: readonly unknown[] }) => errors.length === 1));
      assert.deepEqual(body.counts, { rows: 166, create: 156, change: 0, none: 0, errors: 10 });
      const refused = await apply(body.id);
      assert.equal(refused.body.code, 'import-in-error');
      assert.equal(refused.body.errors.length, 10);
      assert.equal(await count(), 0);
    });

  it('applies nothing when the last row fails, and nothing when it is cut off in the middle', async () => {
    const { body } = await preview(toCsv(toTable(rows)));
    const taken = { scheme: 'agency', code: 'H99.M164', validFrom: '2025-01-01T00:00:00+07:00' };
    const unit = {
      id: 'xa-khac',
      name: 'Xã Khác',
      kind: 'commune',
      validFrom: taken.validFrom,
      codes: [taken],
    };
    assert.equal((await admin.act('POST', '/units', unit)).status, 201);
    const refused = await apply(body.id);
    assert.equal(refused.body.code, 'period-overlaps');
    assert.equal(refused.body.errors[0].where, '/rows/166');
    assert.equal(await count(), 0);

    await hub.owner.query("DELETE FROM unit_code WHERE unit_id = 'xa-khac'");
    const holder = await hub.owner.connect();
    // Sees and ends what its own role does.
    const watcher = new pg.Client(hub.database.registryUrl);
    await watcher.connect();
    try {
      await holder.query(
        "BEGIN; INSERT INTO unit_code VALUES ('xa-khac', 'agency', 'H99.M164', now() - interval '9 years')",
      );
      const cut = apply(body.id);
      const waiting =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      let found: { rows: { pid: number }[] } = { rows: [] };
      for (let tries = 0; found.rows.length === 0 && tries < 100; tries += 1) {
        await setTimeout(50);
        found = await watcher.query(waiting);
      }
      await watcher.query('SELECT pg_terminate_backend($1)', [found.rows[0]?.pid]);
      assert.equal((await cut).status, 500);
      await holder.query('ROLLBACK');
    } finally {
      await watcher.end();
      holder.release();
    }
    assert.equal(await count(), 0);
  });

  it('applies the mended file whole, once, with a row of the history for each unit', async () => {
    const { body } = await preview(toCsv(toTable(rows)));
    const key = randomUUID();
    const applied = await apply(body.id, key);
    assert.equal(applied.status, 200, JSON.stringify(applied.body));
    assert.equal(applied.body.state, 'applied');
    assert.equal(await count(), 166);
    assert.deepEqual((await apply(body.id, key)).body, applied.body);
    assert.equal((await apply(body.id)).body.code, 'import-applied');
    const { rows: history } = await hub.owner.query(
      'SELECT kind, target, before, after FROM administration_change WHERE exchange_id = $1 ORDER BY number',
      [applied.exchangeId],
    );
    assert.equal(history.length, 167);
    const { body: made } = await admin.read('/units/xa-moi-7');
    assert.deepEqual(made.codes, [
      { scheme: 'agency', code: 'H99.M7', validFrom: '2025-06-30T17:00:00.000Z' },
    ]);
    assert.deepEqual(
      history.find(({ target }) => target === 'xa-moi-7'),
      {
        kind: 'unit',
        target: 'xa-moi-7',
        before: null,
        after: made,
      },
    );
  });

  it('changes units in XLSX with typed cells, leaves what is not said, and says what it altered', async () => {
    const table: readonly (readonly TestCell[])[] = [
      ['id', 'name', 'validTo', 'population'],
      ['xa-moi-1', ' Xã Đổi Tên'.normalize('NFD'), { date: 46_388 }, 12_345],
      ['xa-moi-2', { formula: 'A1', value: 'Xã Mới 2' }, '', ''],
    ];
    const { body } = await preview(toXlsx(table), 'xlsx');
    assert.deepEqual(
      body.rows.map(({ act }: { act: string }) => act),
      ['change', 'none'],
    );
    const notes = body.rows.map((row: { notes: readonly { en: string }[] }) =>
      row.notes.map(({ en }) => en.slice(0, 9)),
    );
    assert.deepEqual(notes, [['spaces at', 'was put i', 'is a numb'], ['is the st']]);
    assert.equal((await apply(body.id)).status, 200);
    const { body: changed } = await admin.read('/units/xa-moi-1');
    assert.deepEqual(changed, body.rows[0].after);
    assert.equal(changed.name, 'Xã Đổi Tên');
    assert.equal(changed.validTo, '2026-12-31T17:00:00.000Z');
    assert.equal(changed.parentId, 'cq-moi');
    assert.equal(changed.codes.length, 2);
  });

  it('is refused when a unit that it touches was changed since, naming its row', async () => {
    const { body } = await preview(
      toCsv([
        ['Mã', 'Liên hệ'],
        ['xa-moi-3', 'a@lgsp.example'],
        ['xa-moi-4', 'b@lgsp.example'],
      ]),
    );
    const change = { revision: 1, reason: 'thử', contact: 'c@lgsp.example' };
    assert.equal((await admin.act('PATCH', '/units/xa-moi-4', change)).status, 200);
    const refused = await apply(body.id);
    assert.equal(refused.body.code, 'revision-conflict');
    assert.deepEqual(
      refused.body.errors.map(({ where }: { where: string }) => where),
      ['/rows/3'],
    );
    assert.equal((await admin.read('/units/xa-moi-3')).body.contact, undefined);
  });

  it('does not end the unit that its author acts for', async () => {
    const { body } = await preview(
      toCsv([
        ['Mã', 'Đến'],
        ['cq-08', '1/1/2027'],
      ]),
    );
    assert.equal((await apply(body.id)).body.code, 'own-ground');
    assert.equal((await admin.read('/units/cq-08')).body.validTo, undefined);
  });

  it('names circles, codes that would be rewritten, days that would move, hidden signs, and cells without a heading', async () => {
    const { body } = await preview(
      toCsv([
        ['Mã', 'Đơn vị cấp trên', 'Mã định danh', 'Hiệu lực từ', ''],
        ['cq-moi', 'xa-moi-5', '', '', ''],
        ['xa-moi-5', 'cq-moi', '', '', ''],
        ['xa-moi-6', '', 'H99.KHAC', '', ''],
        ['xa-moi-7', '', '', '2/7/2025', ''],
        ['xa-moi-8', '', '', '', 'lạc'],
        ['xa-moi-9', '', 'H99.\u202e9', '', ''],
      ]),
    );
    assert.deepEqual(
      body.rows.map(({ act }: { act: string }) => act),
      ['error', 'error', 'error', 'error', 'error', 'error'],
    );
  });

  it('refuses unknown headings and unreadable files, and keeps an expired preview from being applied', async () => {
    const unknown = await preview(toCsv([['Mã', 'Huyện', 'Tên', 'name']]));
    assert.equal(unknown.body.code, 'request-invalid');
    assert.equal(unknown.body.errors.length, 2);
    const damaged = await preview(Buffer.from('PK'), 'xlsx');
    assert.deepEqual([damaged.status, damaged.body.code], [400, 'file-unreadable']);
    const { body } = await preview(
      toCsv([
        ['Mã', 'Liên hệ'],
        ['xa-moi-9', 'a@lgsp.example'],
      ]),
    );
    await hub.owner.query("UPDATE unit_import SET expires_at = now() - interval '1 second' WHERE id = $1", [
      body.id,
    ]);
    assert.equal((await apply(body.id)).body.code, 'import-expired');
    const listed = await admin.read('/unit-imports?limit=1');
    assert.deepEqual([listed.body.items[0].id, listed.body.items[0].state], [body.id, 'expired']);
    assert.equal((await admin.read(`/unit-imports/${randomUUID()}`)).body.code, 'record-not-found');
  });

  it('gives a repeat the same preview, and the auditor none', async () => {
    const key = randomUUID();
    const file = toCsv([['Mã'], ['xa-moi-1']]);
    const first = await preview(file, 'csv', key);
    assert.deepEqual((await preview(file, 'csv', key)).body, first.body);
    const body = { format: 'csv', fileName: 'a.csv', content: file.toString('base64') };
    const asAuditor = await admin.act('POST', '/unit-imports', body, { as: 'kiem-toan' });
    assert.equal(asAuditor.body.code, 'grant-missing');
  });
});
