// The dictionaries of the mock, and what a test changes in them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { control, openPortal, type Portal, type Reply, toDossier } from './client.ts';

type Row = Readonly<Record<string, unknown>>;
// The mock's own answer, whose members each test asserts on.
const rowsOf = ({ result }: Reply) => result as readonly Row[];
const codeOf = (row: Row | undefined): string => String(row?.['MATTHC']);

describe('the portal mock: dictionaries', () => {
  let portal: Portal;
  before(async () => {
    portal = await openPortal();
  });
  after(() => portal.close());
  const put = (change: object) => control(portal.mock.catalogueUrl, 'PUT', change);
  const list = async () => rowsOf(await portal.share('LayDanhSachTTHC'));

  it('10.9 lists 2,225 procedures with upper-case names, each once', async () => {
    const rows = await list();
    assert.equal(rows.length, 2_225);
    assert.equal(new Set(rows.map(codeOf)).size, 2_225);
    assert.equal(new Set(rows.map((row) => row['TENTTHC'])).size, 2_225);
    for (const name of Object.keys(rows[0] ?? {})) assert.equal(name, name.toUpperCase());
    for (const form of [/^1\.\d{6}\.000\.00\.00\.H99$/, /^2\.\d{6}\.H99$/, /^1\.\d{6}$/, /^2\.\d{6}$/])
      assert.ok(rows.some((row) => form.test(codeOf(row))));
  });

  it('10.9 shows one procedure whole: steps, channels with fees, papers, results, legal bases', async () => {
    const { result } = await portal.share('LayThuTuc', { maTTHC: '1.900002' });
    const { MATTHC, CACHTHUCTHUCHIEN, THANHPHANHOSO, KETQUATHUCHIEN, TRINHTUTHUCHIEN, CANCUPHAPLY } =
      result as Record<string, readonly Row[]>;
    assert.equal(MATTHC, '1.900002');
    for (const part of [CACHTHUCTHUCHIEN, THANHPHANHOSO, KETQUATHUCHIEN, TRINHTUTHUCHIEN, CANCUPHAPLY])
      assert.ok(part && part.length > 0);
  });

  it('10.9 lists agencies, fields, result papers and public services', async () => {
    assert.equal(rowsOf(await portal.share('LayDanhMucCoQuan')).length, 120);
    const fields = rowsOf(await portal.share('LayDanhMucLinhVuc'));
    assert.ok(fields.some((row) => row['TENLINHVUC'] === 'Hộ tịch'));
    const results = rowsOf(await portal.share('LayDanhMucKetQua'));
    for (const form of [/^KQ\.G99\.\d{6}$/, /^000\.00\.00\.G99-KQ\d{6}$/])
      assert.ok(results.some((row) => form.test(String(row['MAKETQUA']))));
    const [service] = rowsOf(await portal.share('LayDanhSachDVC'));
    assert.equal(service?.['MADVC'], `${codeOf(service)}.01`);
  });

  it('10.9 pages its lists, and streams large ones', async () => {
    const page = await portal.share('LayDanhSachTTHC', { pageIndex: 3, pageSize: 1_000 });
    assert.deepEqual([rowsOf(page).length, page.total], [225, 2_225]);
    await put({ agencies: 20_000, dirty: true });
    const agencies = rowsOf(await portal.share('LayDanhMucCoQuan'));
    await put({ agencies: 120, dirty: false });
    assert.equal(agencies.length, 20_007);
    assert.ok(agencies.some((row) => row['MADONVI'] === null));
    assert.ok(agencies.some((row) => String(row['MADONVI']).includes('#')));
  });

  it('10.9 the version moves when codes are withdrawn, renamed, added or priced, and outlives the process', async () => {
    const before = await control(portal.mock.catalogueUrl);
    const [first, second] = await list();
    await put({ withdraw: [codeOf(first)], rename: [{ code: codeOf(second), name: 'Tên mới' }] });
    await put({ add: [{ code: '1.999999', name: 'Thêm mới' }], fees: [{ code: '1.999999', amount: 123 }] });
    await portal.restart();
    assert.equal((await control(portal.mock.catalogueUrl))['version'], Number(before['version']) + 2);
    const rows = await list();
    assert.deepEqual(
      [codeOf(rows[0]), rows[0]?.['TENTTHC'], rows.length],
      [codeOf(second), 'Tên mới', 2_225],
    );
    assert.match(JSON.stringify(rows.at(-1)), /"MATTHC":"1\.999999".*"SOTIEN":"123"/);
    await put({ restore: [codeOf(first)] });
  });

  it('10.10 refuses a dossier of an unknown or a withdrawn procedure', async () => {
    assert.match(String((await portal.create(toDossier({ MaTTHC: '1.000000' }))).message), /không tồn tại/);
    const dossier = toDossier({ MaTTHC: '2.900004' });
    assert.equal((await portal.create(dossier)).error_code, 0);
    await put({ withdraw: ['2.900004'] });
    assert.match(String((await portal.create(toDossier({ MaTTHC: '2.900004' }))).message), /bãi bỏ/);
    assert.equal((await portal.update(dossier)).error_code, -1);
    await put({ restore: ['2.900004'] });
    assert.equal((await portal.update(dossier)).error_code, 0);
  });

  it('10.10 may let an open dossier of a withdrawn procedure go on', async () => {
    const lenient = await openPortal({ withdrawnOn: 'create', procedures: 10 });
    const dossier = toDossier();
    await lenient.create(dossier);
    await control(lenient.mock.catalogueUrl, 'PUT', { withdraw: [dossier.MaTTHC] });
    const { error_code } = await lenient.update(dossier);
    await lenient.close();
    assert.equal(error_code, 0);
  });
});
