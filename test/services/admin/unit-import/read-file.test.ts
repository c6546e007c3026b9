// Files of units: what is read, and what hostile ones cost.
import assert from 'node:assert/strict';
import { readCsv } from '../../../../src/services/admin/unit-import/read-csv.ts';
import { readFileRows } from '../../../../src/services/admin/unit-import/read-file.ts';
import { readXlsx } from '../../../../src/services/admin/unit-import/read-xlsx.ts';
import { FileError } from '../../../../src/services/admin/unit-import/sheet.ts';
import { toCsv, toXlsx, toXlsxParts, toZip } from './files.ts';

const read = (format: 'csv' | 'xlsx', bytes: Buffer) => (format === 'csv' ? readCsv(bytes) : readXlsx(bytes));
const texts = (format: 'csv' | 'xlsx', bytes: Buffer) =>
  read(format, bytes).map(({ number, cells }) => [number, ...cells.map(({ text }) => text)]);
const isFault = (fault: string) => (error: unknown) => error instanceof FileError && error.fault === fault;
const refuses = (format: 'csv' | 'xlsx', bytes: Buffer, fault: string) =>
  assert.throws(() => read(format, bytes), isFault(fault));

describe('Reading a file of units', () => {
  it('takes CSV with and without byte order mark, comma, semicolon or tab, quoted cells and any line ends', () => {
    const rows = [['Mã', 'Tên'], ['a-1', 'Xã "Một", hai; ba\nbốn'], [], ['a-2', 'Đà Lạt']];
    const expected = [
      [1, 'Mã', 'Tên'],
      [2, 'a-1', 'Xã "Một", hai; ba\nbốn'],
      [4, 'a-2', 'Đà Lạt'],
    ];
    for (const delimiter of [',', ';', '\t'])
      for (const lineEnd of ['\n', '\r\n']) {
        const file = toCsv(rows, delimiter, lineEnd);
        assert.deepEqual(texts('csv', file), expected);
        assert.deepEqual(texts('csv', Buffer.concat([Buffer.from('\ufeff'), file])), expected);
      }
  });

  it('takes XLSX: texts, numbers, dates and the stored values of formulas, of the first sheet that is shown', () => {
    const file = toXlsx([
      ['Mã', 'Số'],
      [],
      ['a & b', 22918, { date: 45_839 }, { formula: 'cmd|calc', value: 'x' }],
    ]);
    const [, row] = read('xlsx', file);
    assert.deepEqual(row, {
      number: 3,
      cells: [
        { text: 'a & b', form: 'text', isFormula: false },
        { text: '22918', form: 'number', isFormula: false },
        { text: '2025-07-01', form: 'date', isFormula: false },
        { text: 'x', form: 'text', isFormula: true },
      ],
    });
  });

  it('refuses other encodings, open quotes, other formats, and files with a password', () => {
    refuses('csv', Buffer.from('M\xe3,T\xean', 'latin1'), 'not-utf8');
    refuses('csv', Buffer.from('Mã', 'utf16le'), 'not-utf8');
    refuses('csv', Buffer.from('Mã,Tên\n"a,b'), 'not-csv');
    refuses('xlsx', Buffer.from('Mã,Tên'), 'not-xlsx');
    refuses('xlsx', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'encrypted');
  });

  it('refuses more than 2,000 rows and 40 columns', () => {
    const rows = (count: number) => Array.from({ length: count + 1 }, (_, index) => [`a-${index}`]);
    assert.equal(read('csv', toCsv(rows(2000))).length, 2001);
    refuses('csv', toCsv(rows(2001)), 'too-many-rows');
    refuses('xlsx', toXlsx(rows(2001)), 'too-many-rows');
    refuses('csv', toCsv([Array.from({ length: 41 }, () => 'a')]), 'too-many-columns');
  });

  it('passes over empty lines, and takes only so many between others', () => {
    const empty = '\r\n'.repeat(350_000);
    assert.deepEqual(texts('csv', Buffer.from(`\uFEFFMã\r\n\r\na${empty}`)), [
      [1, 'Mã'],
      [3, 'a'],
    ]);
    assert.deepEqual(
      readCsv(Buffer.from('Mã\n\na\n')).map(({ number }) => number),
      [1, 3],
    );
    refuses('csv', Buffer.from(`Mã${empty}a`), 'too-many-rows');
    refuses('csv', Buffer.from(`Mã\n${' ,,\n'.repeat(250_000)}a,b`), 'too-many-rows');
  });

  it('never unpacks a bomb, whether the file tells its size or lies', () => {
    const bomb = Buffer.alloc(200 * 1024 * 1024, 0x20);
    const parts = toXlsxParts([['a']]).filter(({ name }) => !name.includes('sheet1'));
    const part = { name: 'xl/worksheets/sheet1.xml', bytes: bomb };
    refuses('xlsx', toZip([...parts, part]), 'too-large');
    refuses('xlsx', toZip([...parts, { ...part, unpacked: 1000 }]), 'not-xlsx');
  });

  it('declares no entity, goes not too deep, and takes each part once', () => {
    const withSheet = (text: string) =>
      toXlsxParts([['a']]).map((part) =>
        part.name.includes('sheet1') ? { ...part, bytes: Buffer.from(text) } : part,
      );
    const external = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>';
    refuses('xlsx', toZip(withSheet(external)), 'not-xlsx');
    refuses('xlsx', toZip(withSheet('<a>'.repeat(100))), 'not-xlsx');
    refuses('xlsx', toZip([...withSheet('<worksheet/>'), ...withSheet('<worksheet/>')]), 'not-xlsx');
    refuses('xlsx', toXlsx([['a']]).subarray(0, -40), 'not-xlsx');
    const far = '<worksheet><row r="1"><c r="XFD1"><v>1</v></c></row></worksheet>';
    refuses('xlsx', toZip(withSheet(far)), 'too-many-columns');
  });

  it('is done in a process of its own, which says the same; a file whose turn comes too late is not read', async () => {
    const signal = AbortSignal.timeout(20_000);
    const bytes = toXlsx([['Mã'], ['a-1']]);
    const task = { format: 'xlsx', bytes } as const;
    assert.deepEqual(await readFileRows(task, signal), readXlsx(bytes));
    await assert.rejects(readFileRows({ format: 'csv', bytes }, signal), isFault('not-utf8'));
    await assert.rejects(readFileRows(task, AbortSignal.abort()), isFault('too-slow'));
  });
});
