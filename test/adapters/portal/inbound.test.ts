// Dossiers that the portal hands over: read, and answered, also as the mock sends them.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createPortalAdapter,
  type InboundReading,
  parsePortalSettings,
} from '../../../adapters/portal/index.ts';
import { control, openPortal } from '../../mocks/portal/client.ts';

const portal = createPortalAdapter(
  parsePortalSettings({
    ...{ authUrl: 'http://portal.test/auth', integrationUrl: 'http://portal.test/i' },
    ...{ username: 'u', password: 'p', dstcode: 'd', madonvi: 'H99' },
  }),
);

const body = {
  ...{ mahoso: 'G22.99.01-251123-0007', MATTHC: '1.900002', MaDonVi: 'H99.10', chuHoSo: 'Nguyễn Văn Thử' },
  ...{ LoaiDoiTuong: 1, NgayNopHoSo: '20251123080000', KenhThucHien: '2', TrichYeuHoSo: 'Một\nhai' },
  DinhDanhCHS: { LOAIDINHDANH: '1', SoDinhDanh: '999085000001' },
  TaiLieuNop: [{ TenTepDinhKem: 'Đơn.pdf', Base64: 'JVBERg==' }],
  TepDonDangKy: { TENTEPDINHKEM: 'Tờ khai.pdf', BASE64: 'AAAA' },
};

describe('portal adapter: inbound', () => {
  it('11.9 a dossier is read in any case of its names', () => {
    assert.deepEqual(portal.readInbound(body), {
      ...{ isRead: true, reference: 'G22.99.01-251123-0007', unitCode: 'H99.10' },
      dossier: {
        procedure: { code: '1.900002' },
        owner: {
          ...{ name: 'Nguyễn Văn Thử', kind: 'citizen' },
          identity: { kind: 'personal-number', number: '999085000001' },
        },
        ...{ summary: 'Một\nhai', channel: 'online', filedAt: '2025-11-23T08:00:00+07:00' },
      },
      papers: [
        { name: 'Tờ khai.pdf', bytes: Buffer.from('AAAA', 'base64') },
        { name: 'Đơn.pdf', bytes: Buffer.from('%PDF') },
      ],
      further: [],
    });
  });

  it('11.9 what has no place, or does not fit, is kept as it came and never guessed', () => {
    const odd = {
      ...{ MaHoSo: 'X-1', MaDonVi: 'H99', MaSoThue: '0199999999', TenThuongNhan: ' Công ty Thử ' },
      ...{
        LoaiDoiTuong: '9',
        NgayNopHoSo: '2025',
        DinhDanhCHS: { LoaiDinhDanh: '1', SoDinhDanh: '12' },
        Email: null,
      },
      ChuHoSo: 'x'.repeat(501),
    };
    const reading = portal.readInbound(odd);
    assert.ok(reading.isRead);
    assert.deepEqual(reading.dossier, {});
    assert.deepEqual(Object.fromEntries(reading.further.map(({ name, value }) => [name, value])), {
      ...{ MaSoThue: '0199999999', TenThuongNhan: ' Công ty Thử ', LoaiDoiTuong: '9', NgayNopHoSo: '2025' },
      ...{ DinhDanhCHS: '{"LoaiDinhDanh":"1","SoDinhDanh":"12"}', ChuHoSo: 'x'.repeat(501) },
    });
  });

  it('11.9 what only looks like a value, and what stands beside a paper, is kept as it came', () => {
    const odd =
      JSON.parse(`{"MaHoSo": "X-1", "MaDonVi": "H99", "KenhThucHien": "constructor", "TrangThaiHoSo": ["4"],
      "NgayNopHoSo": {"toString": 1, "valueOf": 1}, "LoaiDoiTuong": "__proto__",
      "DinhDanhCHS": {"LoaiDinhDanh": "1", "SoDinhDanh": "999085000001", "NgayCap": "20200101"},
      "TaiLieuNop": [{"TenTepDinhKem": "Đơn.pdf", "Base64": "JVBERg==", "MaThanhPhanHoSo": "TP1"}]}`);
    const reading = portal.readInbound(odd);
    assert.ok(reading.isRead);
    assert.deepEqual(reading.dossier, {});
    assert.deepEqual(Object.fromEntries(reading.further.map(({ name, value }) => [name, value])), {
      ...{ KenhThucHien: 'constructor', TrangThaiHoSo: '["4"]', LoaiDoiTuong: '__proto__' },
      ...{ NgayNopHoSo: '{"toString":1,"valueOf":1}', 'TaiLieuNop[0].MaThanhPhanHoSo': 'TP1' },
      DinhDanhCHS: '{"LoaiDinhDanh":"1","SoDinhDanh":"999085000001","NgayCap":"20200101"}',
    });
  });

  it('11.9 fields nested without end are answered, not thrown', () => {
    const deep = JSON.parse(
      `{"MaHoSo": "X-1", "MaDonVi": "H99", "Khac": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    );
    assert.deepEqual(portal.readInbound(deep), {
      ...{ isRead: false, mistakes: ['more than 100 levels of fields'] },
    });
  });

  it('11.9 an identity that says a field twice is kept as it came', () => {
    const twice = { LoaiDinhDanh: '1', SoDinhDanh: '999085000001', sodinhdanh: '999085000002' };
    const reading = portal.readInbound({ ...body, DinhDanhCHS: twice });
    assert.ok(reading.isRead);
    assert.equal(reading.dossier.owner?.identity, undefined);
    assert.deepEqual(reading.further, [{ name: 'DinhDanhCHS', value: JSON.stringify(twice) }]);
  });

  it('11.9 what cannot be taken says which fields, without their values', () => {
    const papers = [{ TenTepDinhKem: 'a', Base64: 'không' }, { Base64: 'AAAA' }, 'x'];
    const bad = [
      [{}, ['MaHoSo is missing or no code', 'MaDonVi is missing or no code']],
      [{ ...body, MaHoSo: 'X' }, ['a field is there twice']],
      [{ ...body, TaiLieuNop: 'x' }, ['TaiLieuNop is no list']],
      [
        { ...body, TaiLieuNop: [{ TenTepDinhKem: 'a', Base64: 'AAAA', base64: 'JVBERg==' }] },
        ['TaiLieuNop[0] has a field twice'],
      ],
    ] as const;
    for (const [one, mistakes] of bad) assert.deepEqual(portal.readInbound(one), { isRead: false, mistakes });
    const reading = portal.readInbound({ ...body, TaiLieuNop: papers });
    assert.deepEqual(!reading.isRead && reading.mistakes.map((mistake) => mistake.split(' ')[0]), [
      ...['TaiLieuNop[0].Base64', 'TaiLieuNop[1].TenTepDinhKem'],
      ...['TaiLieuNop[2].TenTepDinhKem', 'TaiLieuNop[2].Base64'],
    ]);
  });

  it('11.9 the portal understands 0, 1 and -1', async () => {
    const readings: InboundReading[] = [];
    const outcomes = ['failed', 'taken', 'repeated'] as const;
    const server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        readings.push(portal.readInbound(JSON.parse(Buffer.concat(pieces).toString())));
        response.end(JSON.stringify(portal.answerInbound(outcomes[readings.length - 1] ?? 'repeated')));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gatewayUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inbound`;
    const { mock, close } = await openPortal({ procedures: 40, inboundRetryMs: 10 });
    const order = { unit: 'H99.10', procedure: '1.900002', repeat: 1, gatewayUrl, wait: true };
    const { codes } = await control(mock.inboundUrl, 'POST', order);
    await close();
    server.close();
    assert.deepEqual(
      readings.map((one) => one.isRead && one.reference),
      [codes, codes, codes].flat(),
    );
    assert.ok(readings.every((one) => one.isRead && one.papers.length > 0 && one.dossier.owner?.identity));
    assert.deepEqual(
      outcomes.map((one) => portal.answerInbound(one).error_code),
      ['-1', '0', '1'],
    );
  });
});
