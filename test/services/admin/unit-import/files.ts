// Makes files of units for tests: CSV, and XLSX part by part, so that no binary file comes from outside.
import { crc32, deflateRawSync } from 'node:zlib';

/** A cell: text, a number, a date by its serial number, or a formula with its stored value. */
export type TestCell =
  | string
  | number
  | { readonly date: number }
  | { readonly formula: string; readonly value: string };

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const toLetters = (column: number): string => String.fromCharCode(65 + column);

/** A part of a ZIP file; `unpacked` lies about its size. */
export interface ZipPart {
  readonly name: string;
  readonly bytes: Buffer;
  readonly unpacked?: number;
}

/** A ZIP file of these parts. Source: APPNOTE 6.3.10 §4.3. */
export function toZip(parts: readonly ZipPart[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, unpacked = bytes.length } of parts) {
    const packed = deflateRawSync(bytes);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(unpacked, 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, rest, Buffer.from(name)]),
    );
    files.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, entries, end]);
}

const toCellXml = (cell: TestCell, address: string): string => {
  if (typeof cell === 'number') return `<c r="${address}"><v>${cell}</v></c>`;
  if (typeof cell === 'string')
    return `<c r="${address}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(cell)}</t></is></c>`;
  if ('date' in cell) return `<c r="${address}" s="1"><v>${cell.date}</v></c>`;
  return `<c r="${address}" t="str"><f>${escapeXml(cell.formula)}</f><v>${escapeXml(cell.value)}</v></c>`;
};

/** The parts of an XLSX file with one sheet; style 1 shows a date. */
export function toXlsxParts(rows: readonly (readonly TestCell[])[]): readonly ZipPart[] {
  const sheet = rows
    .map((cells, row) => {
      const inside = cells.map((cell, column) =>
        cell === '' ? '' : toCellXml(cell, `${toLetters(column)}${row + 1}`),
      );
      return `<row r="${row + 1}">${inside.join('')}</row>`;
    })
    .join('');
  const texts: Readonly<Record<string, string>> = {
    'xl/workbook.xml':
      '<workbook xmlns:r="r"><sheets><sheet name="x" state="hidden" r:id="rId9"/><sheet name="a" r:id="rId1"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    'xl/styles.xml':
      '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="d/m/yyyy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>',
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${sheet}</sheetData></worksheet>`,
  };
  return Object.entries(texts).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
}

/** An XLSX file with one sheet. */
export const toXlsx = (rows: readonly (readonly TestCell[])[]): Buffer => toZip(toXlsxParts(rows));

/** A CSV file; cells are quoted where they must be. */
export function toCsv(rows: readonly (readonly string[])[], delimiter = ',', lineEnd = '\r\n'): Buffer {
  const toText = (cell: string) => (/[",;\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return Buffer.from(rows.map((cells) => cells.map(toText).join(delimiter)).join(lineEnd));
}
