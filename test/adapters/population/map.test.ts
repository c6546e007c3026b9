// What the adapter makes of records and confirmations, and what it cannot understand.
import assert from 'node:assert/strict';
import { parsePopulationSettings } from '../../../adapters/population/index.ts';
import { toConfirmation, toLookUpValue } from '../../../adapters/population/map.ts';
import { parseXml } from '../../../adapters/population/xml.ts';

const bounds = { elements: 1_000, depth: 32 };
const settings = parsePopulationSettings({
  url: 'http://127.0.0.1:9/population',
  route: { kind: 'direct', user: 'lamdong-test', secret: 'test-secret' },
  furtherPrefixes: ['999'],
});
const parse = (xml: string) => parseXml(Buffer.from(xml), bounds);
const name = '<HoVaTen><Ho/><ChuDem/><Ten>Y Thử</Ten></HoVaTen>';

/** What a collection with this one record comes to. */
async function read(record: string) {
  const { value, unknown } = toLookUpValue(
    await parse(`<CongdanCollection><CongDan>${record}</CongDan></CongdanCollection>`),
    settings,
  );
  return { citizen: value.outcome === 'found' ? value.citizen : undefined, outcome: value.outcome, unknown };
}

describe('population adapter: what it reads', () => {
  const names = [
    ['split', '<Ho>Nguyễn</Ho><ChuDem>Thị  Thử</ChuDem><Ten>Nghiệm</Ten>', 'Nguyễn Thị Thử Nghiệm'],
    ['whole in Ten', '<Ho/><ChuDem/><Ten>Nguyễn Thị Thử</Ten>', 'Nguyễn Thị Thử'],
    ['decomposed', `<Ten>${'Đỗ Thử'.normalize('NFD')}</Ten>`, 'Đỗ Thử'],
    ['of one word', '<Ten>Y</Ten>', 'Y'],
    ['plain', 'Y Thử', 'Y Thử'],
  ] as const;
  for (const [what, xml, expected] of names)
    it(`§10.9 reads a name ${what}`, async () => {
      assert.equal((await read(`<HoVaTen>${xml}</HoVaTen>`)).citizen?.fullName, expected);
    });

  const dates = [
    ['<Nam>1990</Nam>', '1990'],
    ['<NgayThangNam>19900215</NgayThangNam>', '1990-02-15'],
    ['<Nam>1990</Nam><NgayThangNam>19900215</NgayThangNam>', '1990-02-15'],
    ['<Nam/><NgayThangNam>19900000</NgayThangNam>', '1990'],
  ] as const;
  for (const [xml, expected] of dates)
    it(`§10.9 reads the birth date ${expected} from ${xml}`, async () => {
      const { citizen } = await read(`${name}<NgayThangNamSinh>${xml}</NgayThangNamSinh>`);
      assert.equal(citizen?.birthDate, expected);
    });

  it('§10.9 reads addresses with and without a district, with old and new commune codes', async () => {
    const { citizen } = await read(
      `${name}<ThuongTru><MaTinhThanh>68</MaTinhThanh><MaQuanHuyen>672</MaQuanHuyen><MaPhuongXa>24769</MaPhuongXa>
       <ChiTiet>Thôn Thử</ChiTiet><QuocGia>VN</QuocGia></ThuongTru>
       <NoiOHienTai><MaTinhThanh>68</MaTinhThanh><MaPhuongXa>24781</MaPhuongXa></NoiOHienTai><QueQuan/>`,
    );
    assert.deepEqual(citizen?.permanentAddress, {
      provinceCode: '68',
      districtCode: '672',
      communeCode: '24769',
      detail: 'Thôn Thử',
      country: 'VN',
    });
    assert.deepEqual(citizen?.currentAddress, { provinceCode: '68', communeCode: '24781' });
    assert.equal(citizen && 'origin' in citizen, false);
  });

  it('§10.9 gives an unusual number as it is and names the warning', async () => {
    const { citizen, unknown } = await read(`${name}<SoDinhDanh>100190000002</SoDinhDanh>`);
    assert.equal(citizen?.personalNumber, '100190000002');
    assert.deepEqual(unknown, ['CongDan/SoDinhDanh:prefix']);
  });

  it('§10.10 puts relatives and the household in fields of their own, so that a grant can withhold them', async () => {
    const relative = `${name}<SoDinhDanh>999060000005</SoDinhDanh><QuocTich>VN</QuocTich>`;
    const { citizen } = await read(
      `${name}<Cha>${relative}</Cha><ChuHo><QuanHe>Cha</QuanHe><HoVaTen>Y Thử</HoVaTen></ChuHo>`,
    );
    assert.deepEqual(citizen, {
      fullName: 'Y Thử',
      father: { fullName: 'Y Thử', personalNumber: '999060000005', nationality: 'VN' },
      householdHead: { relationship: 'Cha', fullName: 'Y Thử' },
    });
  });

  it('maps known codes and passes unknown ones on with their name reported', async () => {
    const { citizen, unknown } = await read(
      `${name}<GioiTinh>2</GioiTinh><TinhTrangHonNhan>8</TinhTrangHonNhan>`,
    );
    assert.equal(citizen?.sex, 'female');
    assert.equal(citizen?.maritalStatus, 'code:8');
    assert.deepEqual(unknown, ['CongDan/TinhTrangHonNhan:code']);
  });

  it('drops unknown fields and reports their names, never a name that could carry a value', async () => {
    const { citizen, unknown } = await read(
      `${name}<TrangThai>x</TrangThai><QuocTich>VN<Ma>1</Ma></QuocTich><So999190000002>x</So999190000002>`,
    );
    assert.deepEqual(citizen, { fullName: 'Y Thử', nationality: 'VN' });
    assert.deepEqual(unknown, ['CongDan/QuocTich/Ma', 'CongDan/TrangThai', 'unnamed']);
  });

  it('§10.8 takes an empty collection, and a record whose Ten is null, for not found', async () => {
    const empty = await parse('<CongdanCollection><SoCongDan>0</SoCongDan></CongdanCollection>');
    assert.deepEqual(toLookUpValue(empty, settings).value, { outcome: 'notFound' });
    const nulled = await read('<SoDinhDanh>999190000002</SoDinhDanh><HoVaTen><Ho/><Ten/></HoVaTen>');
    assert.equal(nulled.outcome, 'notFound');
  });

  const unreadable = [
    ['two records', `<CongDan>${name}</CongDan><CongDan>${name}</CongDan>`, 'several-records'],
    ['a count without a record', '<SoCongDan>1</SoCongDan>', 'record-missing'],
    ['a repeated field', `<CongDan>${name}${name}</CongDan>`, 'repeated-field'],
    [
      'an impossible birth date',
      `<CongDan>${name}<NgayThangNamSinh><NgayThangNam>19900231</NgayThangNam></NgayThangNamSinh></CongDan>`,
      'birth-date',
    ],
    [
      'two birth years',
      `<CongDan>${name}<NgayThangNamSinh><Nam>1989</Nam><NgayThangNam>19900215</NgayThangNam></NgayThangNamSinh></CongDan>`,
      'birth-date',
    ],
  ] as const;
  for (const [what, xml, code] of unreadable)
    it(`§10.14 cannot read ${what}, and does not say not found`, async () => {
      const collection = await parse(`<CongdanCollection>${xml}</CongdanCollection>`);
      assert.throws(() => toLookUpValue(collection, settings), { code });
    });

  it('reads a confirmation in each of its shapes', async () => {
    const paths = settings.confirmation.answers;
    const shapes = [
      '<KetQuaXacThucResponse><TonTai>true</TonTai></KetQuaXacThucResponse>',
      '<ns:KetQuaXacThuc xmlns:ns="urn:x"><ns:TonTai> 1 </ns:TonTai></ns:KetQuaXacThuc>',
      '<KetQuaXacThuc>TRUE</KetQuaXacThuc>',
    ];
    for (const xml of shapes) assert.equal(toConfirmation(await parse(`<Body>${xml}</Body>`), paths), true);
  });

  it('§10.14 cannot read a confirmation that is absent, doubled or no boolean', async () => {
    const twice = '<KetQuaXacThuc>true</KetQuaXacThuc>'.repeat(2);
    for (const xml of ['', '<KetQuaXacThuc/>', '<KetQuaXacThuc>yes</KetQuaXacThuc>', twice]) {
      const body = await parse(`<Body>${xml}</Body>`);
      assert.throws(() => toConfirmation(body, settings.confirmation.answers), { name: 'UnreadableAnswer' });
    }
  });
});

describe('population adapter: XML that is not trusted', () => {
  const deep = (levels: number): string => '<a>'.repeat(levels) + '</a>'.repeat(levels);
  const refused: readonly (readonly [string, string | Buffer, string])[] = [
    ['a DTD', '<!DOCTYPE a><a/>', 'dtd'],
    ['an entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'dtd'],
    ['an entity in a comment', '<a><!-- <!ENTITY x "y"> --></a>', 'dtd'],
    ['a DTD in UTF-16', Buffer.from('\ufeff<!DOCTYPE a><a/>', 'utf16le'), 'not-utf-8'],
    ['a DTD in UTF-16 without a mark', Buffer.from('<!DOCTYPE a><a/>', 'utf16le'), 'not-utf-8'],
    ['another declared encoding', '<?xml version="1.0" encoding="UTF-7"?><a/>', 'not-utf-8'],
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff]), 'not-utf-8'],
    ['an unknown entity', '<a>&x;</a>', 'not-xml'],
    ['a cut document', '<a><b>1</b>', 'not-xml'],
    ['two roots', '<a/><b/>', 'not-xml'],
    ['text behind the root', '<a/>x', 'not-xml'],
    ['nothing', '', 'not-xml'],
    ['depth', deep(33), 'too-deep'],
    ['half a million unended declarations', '<!'.repeat(500_000), 'dtd'],
    ['a million elements', `<a>${'<b/>'.repeat(250_000)}</a>`, 'too-many-elements'],
  ];
  for (const [what, xml, reason] of refused)
    it(`§10.1 refuses ${what}`, async () => {
      await assert.rejects(parseXml(Buffer.from(xml), bounds), { name: 'XmlError', reason });
    });

  it('reads what only looks dangerous', async () => {
    const root = await parse('<a><__proto__>1</__proto__><toString>2</toString><p:b xmlns:p="u">3</p:b></a>');
    assert.deepEqual(root.children.map(({ text }) => text).filter(Boolean), ['1', '2', '3']);
    assert.equal((await parse(deep(32))).name, 'a');
  });
});
