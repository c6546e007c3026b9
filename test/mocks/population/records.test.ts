// What the mock answers: shapes of the answers and every odd case of its people.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { element, parseXml, toXml } from '../../../mocks/population/xml.ts';
import {
  control,
  type Listed,
  listPeople,
  lookUp,
  send,
  toConfirmation,
  toEnvelope,
  toLookUp,
  toLookUpFields,
  withMock,
} from './client.ts';

/** Looks up the first people of a case and hands each answer to the test. */
async function each(name: string, check: (text: string, person: Listed) => void): Promise<void> {
  await withMock(async (mock) => {
    const people = await listPeople(mock, name);
    assert.ok(people.length > 0, name);
    for (const person of people) {
      const { status, text } = await lookUp(mock, person);
      assert.equal(status, 200);
      assert.match(text, /<SoCongDan>1</);
      check(text, person);
    }
  });
}

describe('the population mock: records', () => {
  it('§9.6 gives the KetQuaXacThuc forms by the switch', () =>
    withMock(async (mock) => {
      await control(mock.faultUrl, 'PUT', { confirmationShape: 'result' });
      assert.match((await send(mock, toConfirmation())).text, /<KetQuaXacThuc [^>]*><TonTai>true</);
      await control(mock.faultUrl, 'PUT', { confirmationShape: 'resultText' });
      assert.match((await send(mock, toConfirmation())).text, /<KetQuaXacThuc [^>]*>true</);
    }));

  it('§9.6 answers the vendor form with name, identifier and nationality of the parents', () =>
    withMock(async (mock) => {
      const body = toEnvelope('XacMinhThongTinNhanThan', 'http://gtel.vn/qldc', toLookUpFields());
      const { status, text } = await send(mock, body);
      assert.equal(status, 200);
      assert.match(
        text,
        /<CongdanCollection xmlns="http:\/\/gtel\.vn\/qldc"><SoCongDan>1<\/SoCongDan><GhiChu\/>/,
      );
      assert.match(text, /<Cha><HoVaTen>[^<]+<\/HoVaTen><SoDinhDanh>999060000005<\/SoDinhDanh><QuocTich>VN</);
    }));

  it('§9.7 answers not found as 200 with an empty collection, or a CongDan with null Ten', () =>
    withMock(async (mock) => {
      const ask = () => send(mock, toLookUp({ number: '999190999999' }));
      const empty = await ask();
      assert.equal(empty.status, 200);
      assert.match(empty.text, /<SoCongDan>0</);
      assert.ok(!empty.text.includes('<CongDan>'));
      await control(mock.faultUrl, 'PUT', { notFoundShape: 'nullName' });
      const nullName = await ask();
      assert.equal(nullName.status, 200);
      assert.match(nullName.text, /<CongDan><HoVaTen><Ten xsi:nil="true"\/><\/HoVaTen><\/CongDan>/);
    }));

  it('§9.7 answers a wrong name or birth date as not found, unless told to ignore them', () =>
    withMock(async (mock) => {
      const count = async (asked: Parameters<typeof toLookUp>[0]) =>
        /<SoCongDan>(\d)/.exec((await send(mock, toLookUp(asked))).text)?.[1];
      assert.equal(await count({ name: '  nguyễn thị  thử nghiệm'.normalize('NFD') }), '1');
      assert.equal(await count({ date: '1990' }), '1');
      assert.equal(await count({ name: 'NGUYEN THI THU NGHIEM' }), '0');
      assert.equal(await count({ date: '19900216' }), '0');
      await control(mock.faultUrl, 'PUT', { nameComparison: 'unaccented' });
      assert.equal(await count({ name: 'NGUYENTHITHUNGHIEM' }), '1');
      await control(mock.faultUrl, 'PUT', { ignoreName: true });
      assert.equal(await count({ name: 'TRẦN VĂN KHÁC', date: '19700101' }), '1');
    }));

  it('§9.8 serves names split and names whole in Ten', async () => {
    await each('split-name', (text) => assert.match(text, /<Ho>[^<]+<\/Ho><ChuDem>/));
    await each('whole-name', (text, { fullName }) =>
      assert.ok(text.includes(`<Ho/><ChuDem/><Ten>${fullName}</Ten>`) && fullName.includes(' ')),
    );
  });

  it('§9.8 serves names of one word and names with an apostrophe', async () => {
    await each('single-word-name', (text) => assert.match(text, /<Ho\/><ChuDem\/><Ten>[^ <]+<\/Ten>/));
    await each('apostrophe-name', (text) => assert.match(text, /<Ten>[^<]*['’][^<]*<\/Ten>/));
  });

  it('§9.8 serves names in NFC and in NFD', async () => {
    await each('nfd-name', (text, { fullName }) => {
      assert.notEqual(fullName, fullName.normalize('NFC'));
      assert.ok(text.includes(fullName.split(' ')[0] ?? '?'));
    });
    await each('fixed', (_text, { fullName }) => assert.equal(fullName, fullName.normalize('NFC')));
  });

  it('§9.8 serves a birth year alone, foreigners and the deceased', async () => {
    await each('birth-year-only', (text, { birthDate }) =>
      assert.ok(text.includes(`<NgayThangNamSinh><Nam>${birthDate}</Nam></NgayThangNamSinh>`)),
    );
    await each('foreign-nationality', (text) =>
      assert.match(text, /<\/NoiOHienTai><QuocTich>(?!VN)[A-Z]{2}</),
    );
    await each('deceased', (text) => assert.match(text, /<GhiChu>Công dân đã chết</));
  });

  it('§9.9 serves people with a new number, an old one, or both, under each of them', async () => {
    await each('new-number-only', (text, { oldNumber }) => {
      assert.equal(oldNumber, null);
      assert.match(text, /<CongDan><SoDinhDanh>999\d{9}<\/SoDinhDanh><HoVaTen>/);
    });
    await each('old-number-only', (text, { number }) => {
      assert.equal(number, null);
      assert.match(text, /<CongDan><SoCMND>999\d{6}<\/SoCMND><HoVaTen>/);
    });
    await withMock(async (mock) => {
      const [both] = await listPeople(mock, 'both-numbers');
      assert.ok(both?.number && both.oldNumber);
      for (const person of [both, { ...both, number: null }])
        assert.ok((await lookUp(mock, person)).text.includes(`<SoCMND>${both.oldNumber}</SoCMND>`));
    });
  });

  it('§9.9 serves identifiers of the old provinces 060, 067 and 068 in synthetic form', async () => {
    for (const prefix of ['060', '067', '068'])
      await each(`old-province-${prefix}`, (text, { number }) => {
        assert.equal(number?.slice(6, 9), prefix);
        assert.ok(text.includes(`<NoiDangKyKhaiSinh><MaTinhThanh>${prefix.slice(1)}</MaTinhThanh>`));
      });
  });

  it('§9.10 serves addresses with a district, without one, with old communes and split ones', async () => {
    const district = /<ThuongTru><MaTinhThanh>\d\d<\/MaTinhThanh><MaQuanHuyen>\d{3}</;
    await each('address-with-district', (text) => assert.match(text, district));
    await each('address-without-district', (text) => assert.doesNotMatch(text, district));
    await each('old-commune-without-district', (text) =>
      assert.match(text, /<ThuongTru><MaTinhThanh>6[078]<\/MaTinhThanh><MaPhuongXa>\d{5}</),
    );
    await each('split-commune', (text) => assert.match(text, /<ChiTiet>[^<]*Xã (Hòa Thắng|Phong Phú)/));
  });

  it('§9.11 includes relatives and household, and leaves them out by the switch', () =>
    withMock(async (mock) => {
      const groups = /<(Cha|Me|VoChong|ChuHo|SoSoHoKhau)>/g;
      const full = await send(mock, toLookUp());
      assert.equal(full.text.match(groups)?.length, 5);
      const [minor] = await listPeople(mock, 'with-representative');
      assert.ok(minor);
      assert.match((await lookUp(mock, minor)).text, /<NguoiDaiDien>/);
      await control(mock.faultUrl, 'PUT', { includeRelatives: false });
      assert.equal((await send(mock, toLookUp())).text.match(groups), null);
    }));

  it('escapes what it writes', () => {
    const written = toXml(element('A', [element('B', '<&">', { c: '"<' })]));
    assert.equal(written, '<A><B c="&quot;&lt;">&lt;&amp;&quot;&gt;</B></A>');
    assert.equal(parseXml(Buffer.from(written)).children[0]?.text, '<&">');
  });
});
