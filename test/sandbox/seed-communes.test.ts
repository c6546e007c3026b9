// The commune file with every point of units-and-codes.md §4.1.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from '../../src/root.ts';
import { foldName, parseCommunes } from '../../src/sandbox/seed-communes.ts';

const csv = readFileSync(join(rootFolder, 'src/sandbox/lam-dong-communes.csv'), 'utf8');
const communes = parseCommunes(csv);
const formers = communes.flatMap(({ formedFrom }) => formedFrom);
const find = (code: string) => communes.find((commune) => commune.code === code);
const withHeader = (...lines: string[]) => ['code,name,kind,formed_from', ...lines].join('\n');

describe('the communes of 1 July 2025 (units-and-codes §4.1, §6.10)', () => {
  it('are 103 communes, 20 wards and one special zone', () => {
    const count = (kind: string) => communes.filter((commune) => commune.kind === kind).length;
    assert.deepEqual([count('commune'), count('ward'), count('special-zone')], [103, 20, 1]);
    assert.equal(find('23272')?.name, 'Đặc khu Phú Quý');
  });

  it('have four that were kept as they were, without a list of parts', () => {
    const kept = communes.filter(({ formedFrom }) => formedFrom.length === 0);
    assert.deepEqual(
      kept.map(({ code }) => code),
      ['24616', '24620', '24736', '24985'],
    );
  });

  it('were formed from 327 parts, of which two split communes appear twice', () => {
    assert.equal(formers.length, 327);
    assert.equal(new Set(formers.map(({ name, place }) => `${name}|${place}`)).size, 325);
    const split = formers.filter(({ isSplit }) => isSplit).map(({ name }) => name);
    assert.deepEqual(split.sort(), ['Xã Hòa Thắng', 'Xã Hòa Thắng', 'Xã Phong Phú', 'Xã Phong Phú']);
    assert.ok(find('22972')?.formedFrom.some(({ name, isSplit }) => name === 'Xã Phong Phú' && isSplit));
  });

  it('keep apart old units of one name by their place', () => {
    const places = formers.filter(({ name }) => name === 'Xã Tân Hà').map(({ place }) => place);
    assert.deepEqual(places, ['huyện Đức Linh', 'huyện Hàm Tân', 'huyện Lâm Hà']);
    assert.equal(formers.filter(({ place }) => place !== undefined).length, 12);
  });

  it('read the same from decomposed text, with every name in Unicode NFC', () => {
    const decomposed = csv.normalize('NFD');
    assert.notEqual(decomposed, csv);
    assert.deepEqual(parseCommunes(decomposed), communes);
    for (const { name } of [...communes, ...formers]) assert.equal(name, name.normalize('NFC'));
  });

  it('compare equal whatever the apostrophe, letter case, spaces and Unicode form', () => {
    assert.equal(foldName('Phường B’Lao'), foldName("phường  B'LAO "));
    assert.equal(foldName('Xã Đạ Tẻh'.normalize('NFD')), foldName('XÃ ĐẠ TẺH'));
    const reused = communes.filter(({ name, formedFrom }) =>
      formedFrom.some((former) => foldName(former.name) === foldName(name)),
    );
    assert.equal(reused.length, 50);
  });

  it('have an old unit that the file begins in lower case', () => {
    assert.deepEqual(find('25114')?.formedFrom, [{ name: 'Xã Bà Gia', place: undefined, isSplit: false }]);
  });

  it('are refused when a line cannot be read or a code or name occurs twice', () => {
    const kept = 'giữ nguyên';
    const refused: [RegExp, string][] = [
      [/header/, '1,2'],
      [/cannot read the line/, withHeader(`2461,Xã A,commune,${kept}`)],
      [/cannot read the line/, withHeader(`24616,Xã A,commune,${kept},`)],
      [/kind does not fit/, withHeader(`24616,Xã A,ward,${kept}`)],
      [/cannot read the old unit/, withHeader('24616,Xã A,commune,Xã B (huyện C')],
      [/code 24616 occurs twice/, withHeader(`24616,Xã A,commune,${kept}`, `24616,Xã B,commune,${kept}`)],
      [
        /name xã b'a occurs twice/,
        withHeader(`24616,Xã B’A,commune,${kept}`, `24620,Xã B'a,commune,${kept}`),
      ],
    ];
    for (const [message, text] of refused) assert.throws(() => parseCommunes(text), message);
  });
});
