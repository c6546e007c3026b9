// What the mock takes of dossiers and progress lines, and what it refuses.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { isDossierCode } from '../../../mocks/portal/checks.ts';
import {
  control,
  nextCode,
  openPortal,
  type Portal,
  type Reply,
  toCodes,
  toDossier,
  toLine,
} from './client.ts';

const textOf = ({ message = '' }: Reply): string => message;
const lookedUp = ({ result }: Reply) =>
  Array.isArray(result) ? (result[0] as object | undefined) : undefined;

describe('the portal mock: dossiers', () => {
  let portal: Portal;
  before(async () => {
    portal = await openPortal({ requiredFields: ['MaHoSo', 'MaTTHC', 'ChuHoSo', 'TrangThaiHoSo'] });
  });
  after(() => portal.close());
  const statusTo = async (...statuses: readonly string[]) => {
    const dossier = toDossier({ TrangThaiHoSo: statuses[0] });
    const codes = [(await portal.create(dossier)).error_code];
    for (const TrangThaiHoSo of statuses.slice(1))
      codes.push((await portal.update({ ...dossier, TrangThaiHoSo })).error_code);
    return codes;
  };

  it('10.5 create of a known dossier says so with 3, update of an unknown one fails', async () => {
    const dossier = toDossier();
    assert.equal((await portal.create(dossier)).error_code, 0);
    const again = await portal.create({ ...dossier, ChuHoSo: 'Người Khác' });
    assert.equal(again.error_code, 3);
    assert.match(textOf(again), /đã tồn tại/);
    assert.equal((await portal.update(toDossier())).error_code, -1);
    assert.deepEqual((await portal.held(dossier.MaHoSo))['fields'], dossier);
  });

  it('10.5 the code of a known dossier may be -3 and a text', async () => {
    const other = await openPortal({ codes: { exists: -3 }, errorCodeForm: '0' });
    const dossier = toDossier();
    await other.create(dossier);
    const { error_code } = await other.create(dossier);
    await other.close();
    assert.equal(error_code, '-3');
  });

  it('10.5 isUpdating is the text True or False and nothing else', async () => {
    for (const isUpdating of [false, 'false', undefined])
      assert.equal(
        (await portal.integrate('DongBoHoSoMC', { isUpdating, data: [toDossier()] })).error_code,
        -1,
      );
  });

  it('10.6 takes the five forms of a dossier code and no other', () => {
    for (const code of [
      ...['000.00.01.H99-251123-0001', 'H99.10-251123-0001', 'H99.129-251123-0035'],
      ...['G22.99.01-251123-0007', 'G99.20-20251123-0000012'],
    ])
      assert.ok(isDossierCode(code), code);
    for (const code of [
      ...['H99.10-251123-1', 'H99.10-251323-0001', 'H99.10-250229-0001', 'h99.10-251123-0001'],
      ...['H99.1-251123-0001', 'H99.10-20251123-0001', ' H99.10-251123-0001', ''],
    ])
      assert.ok(!isDossierCode(code), code);
  });

  it('10.6 names what is wrong with a dossier: fields, dates, statuses, lengths, kinds', async () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ MaHoSo: 'H99.10-251123-1' }, /MaHoSo không đúng cấu trúc/],
      [{ ChuHoSo: '' }, /thiếu trường ChuHoSo/],
      [{ NgayHenTra: '20250229080000' }, /NgayHenTra không đúng định dạng/],
      [{ NgayTra: '2025-11-23' }, /NgayTra không đúng định dạng/],
      [{ TrangThaiHoSo: '11' }, /TrangThaiHoSo không hợp lệ/],
      [{ TrichYeuHoSo: 'x'.repeat(1_001) }, /TrichYeuHoSo vượt quá 1000/],
      [{ TaiLieuNop: [{ TenTepDinhKem: 'x'.repeat(4_001) }] }, /TenTepDinhKem vượt quá 4000/],
      [{ DanhSachGiayToKetQua: [{ TenGiayTo: 'x'.repeat(2_001) }] }, /TenGiayTo vượt quá 2000/],
      [{ LoaiDoiTuong: '9' }, /LoaiDoiTuong không hợp lệ/],
      [{ KenhThucHien: '4' }, /KenhThucHien không hợp lệ/],
      [{ DinhDanhCHS: { LoaiDinhDanh: '1', SoDinhDanh: '999' } }, /DinhDanhCHS không hợp lệ/],
      [{ DanhSachHoSoBoSung: [{ NgayBoSung: 'x' }] }, /NgayBoSung không đúng định dạng/],
      [{ DanhSachLePhi: 'none' }, /DanhSachLePhi phải là danh sách/],
    ];
    for (const [fields, text] of wrong) {
      const answer = await portal.create({ ...toDossier(), ...fields });
      assert.equal(answer.error_code, -1);
      assert.match(textOf(answer), text);
    }
  });

  it('10.6 keeps the good records of a batch and answers each', async () => {
    const [good, known, bad] = [toDossier(), toDossier(), toDossier({ NgayTiepNhan: 'x' })];
    await portal.create(known);
    const answer = await portal.create(good, known, bad, good);
    assert.equal(answer.error_code, -1);
    assert.deepEqual(toCodes(answer), [0, 3, -1, 3]);
    const names = (answer.result as readonly { MaHoSo: string }[]).map(({ MaHoSo }) => MaHoSo);
    assert.deepEqual(names, [good.MaHoSo, known.MaHoSo, bad.MaHoSo, good.MaHoSo]);
    assert.deepEqual((await portal.held(good.MaHoSo))['fields'], good);
    assert.equal((await portal.held(bad.MaHoSo))['error'], 'no such dossier');
  });

  it('10.6 refuses more records than a call may bring', async () => {
    const code = nextCode();
    await portal.create(toDossier({ MaHoSo: code }));
    const lines = Array.from({ length: 11 }, (_, place) => toLine(code, { NoiDungXuLy: `Bước ${place}` }));
    assert.equal((await portal.progress(...lines)).error_code, -1);
    assert.equal((await portal.progress(...lines.slice(1))).error_code, 0);
  });

  it('10.7 statuses follow each other by the table, the same one again is taken', async () => {
    assert.deepEqual(
      await statusTo('1', '2', '4', '4', '5', '4', '6', '4', '9', '10', '10'),
      Array(11).fill(0),
    );
    assert.deepEqual(await statusTo('1', '4'), [0, -1]);
    assert.deepEqual(await statusTo('2', '10'), [0, -1]);
    assert.deepEqual(await statusTo('9', '4'), [0, -1]);
    for (const final of ['3', '7', '8', '10'])
      assert.deepEqual(await statusTo(final, '4', final), [0, -1, 0]);
  });

  it('10.8 refuses progress of a dossier that it does not hold', async () => {
    const dossier = toDossier();
    assert.equal((await portal.progress(toLine(dossier.MaHoSo))).error_code, -1);
    await portal.create(dossier);
    assert.equal((await portal.progress(toLine(dossier.MaHoSo))).error_code, 0);
    const long = toLine(dossier.MaHoSo, { NguoiXuLy: 'x'.repeat(51) });
    assert.match(textOf(await portal.progress(long)), /NguoiXuLy vượt quá 50/);
  });

  it('10.11 a look-up shows what was pushed, in any letter case of its input', async () => {
    const dossier = toDossier();
    const line = toLine(dossier.MaHoSo);
    assert.deepEqual((await portal.integrate('TraCuuHoSo', { mahoso: dossier.MaHoSo })).result, []);
    await portal.create(dossier);
    await portal.progress(line);
    const answer = await portal.integrate('TraCuuHoSo', { MAHOSO: dossier.MaHoSo });
    assert.deepEqual(lookedUp(answer), { ...dossier, DanhSachTienDo: [line] });
  });

  it('10.11 a look-up may lag behind', async () => {
    const dossier = toDossier();
    await portal.create(dossier);
    await sleep(400);
    await portal.update({ ...dossier, TrangThaiHoSo: '4' });
    const look = async () => lookedUp(await portal.integrate('TraCuuHoSo', { mahoso: dossier.MaHoSo }));
    await portal.setFault({ mode: 'readLag', delayMs: 380, count: 1 });
    assert.equal(((await look()) as { TrangThaiHoSo: string }).TrangThaiHoSo, '2');
    await portal.setFault({ mode: 'readLag', delayMs: 60_000, count: 1 });
    assert.equal(await look(), undefined);
    assert.equal(((await look()) as { TrangThaiHoSo: string }).TrangThaiHoSo, '4');
  });

  it('10.11 a look-up may answer in another letter case, and an unknown dossier with an error', async () => {
    const other = await openPortal({ answerCase: 'upper', lookMiss: 'error' });
    const dossier = toDossier();
    await other.create(dossier);
    const found = lookedUp(await other.integrate('TraCuuHoSo', { mahoso: dossier.MaHoSo }));
    const { error_code } = await other.integrate('TraCuuHoSo', { mahoso: nextCode() });
    await other.close();
    assert.ok(found && 'MAHOSO' in found && 'DANHSACHTIENDO' in found);
    assert.equal(error_code, -1);
  });

  it('gives the same TechID for the same number, and none for a wrong provider', async () => {
    const ask = (mstorcmnd: string, provider = 'wso2is') =>
      portal.integrate('TraCuuTechID', { provider, mstorcmnd });
    const [first, again] = [await ask('999085000001'), await ask('999085000001')];
    assert.match(JSON.stringify(first.result), /"TechID":"[0-9a-f-]{26}"/);
    assert.deepEqual(first, again);
    assert.equal((await ask('999085000001', 'other')).error_code, -1);
    assert.equal((await ask('999085000000')).error_code, -1);
    assert.equal((await ask('abc')).error_code, -1);
  });

  it('keeps questions and answers', async () => {
    const listed = await portal.share('LayDanhSachHoiDapGuiTuDVCQG');
    const [{ HOIDAPID } = { HOIDAPID: '' }] = listed.result as readonly { HOIDAPID: string }[];
    const answered = { HOIDAPID, NOIDUNGTRALOI: 'Ba ngày làm việc' };
    assert.equal(
      (await portal.integrate('DongBoKetQuaHoiDapGuiTuDVCQG', { data: [answered] })).error_code,
      0,
    );
    const sent = { HOIDAPID: 'HD-DP-1', NOIDUNG: 'Câu hỏi', MATTHCDP: '1.900002' };
    assert.equal((await portal.integrate('DongBoHoiDap', { data: [sent] })).error_code, 0);
    await portal.restart();
    const shown = await portal.integrate('LayNoiDungTraLoiTheoCauHoi', { cauhoiid: HOIDAPID });
    assert.equal((shown.result as { NOIDUNGTRALOI: string }).NOIDUNGTRALOI, 'Ba ngày làm việc');
    assert.match(JSON.stringify(await portal.integrate('LayDanhSachHoiDapBoCoQuan')), /HD-DP-1/);
    const { status } = await fetch(portal.mock.dossiersUrl);
    assert.equal(status, 404);
    assert.ok((await control(portal.mock.journalUrl))['count']);
  });
});
