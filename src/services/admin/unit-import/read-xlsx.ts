// Reads the first visible sheet of an XLSX file, row by row. Formulas are not computed, links and macros not looked at.
// Source: ECMA-376 part 1, §18.
import { FileError, type SheetRow } from './sheet.ts';
import { type OpenPart, openZip } from './unzip.ts';
import { walkXml } from './walk-xml.ts';
import { readCells } from './xlsx-cells.ts';

const oleSignature = 0xd0cf11e0;

function readPart(open: OpenPart, name: string): Buffer {
  const part = open(name);
  if (!part) throw new FileError('not-xlsx');
  return part;
}

interface Workbook {
  /** Relation of the sheet. */
  readonly relation: string;
  /** Days are counted from 1904, not 1900. */
  readonly is1904: boolean;
}

function readWorkbook(open: OpenPart): Workbook {
  let relation: string | undefined;
  let is1904 = false;
  walkXml(readPart(open, 'xl/workbook.xml'), {
    open(name, attributes) {
      if (name === 'workbookPr') is1904 = ['1', 'true'].includes(attributes.get('date1904') ?? '');
      if (name === 'sheet' && (attributes.get('state') ?? 'visible') === 'visible')
        relation ??= attributes.get('id');
    },
  });
  if (relation === undefined) throw new FileError('not-xlsx');
  return { relation, is1904 };
}

function findSheet(open: OpenPart, relation: string): string {
  let target: string | undefined;
  walkXml(readPart(open, 'xl/_rels/workbook.xml.rels'), {
    open(name, attributes) {
      if (name === 'Relationship' && attributes.get('Id') === relation) target ??= attributes.get('Target');
    },
  });
  if (target === undefined) throw new FileError('not-xlsx');
  return target.startsWith('/') ? target.slice(1) : `xl/${target}`;
}

/** Texts that cells name by number; phonetic readings are left out. */
function readSharedStrings(open: OpenPart): readonly string[] {
  const strings: string[] = [];
  const part = open('xl/sharedStrings.xml');
  let text = '';
  let isText = false;
  let isPhonetic = false;
  if (part)
    walkXml(part, {
      open(name) {
        if (name === 'si') text = '';
        if (name === 'rPh') isPhonetic = true;
        if (name === 't') isText = true;
      },
      text(piece) {
        if (isText && !isPhonetic) text += piece;
      },
      close(name) {
        if (name === 'si') strings.push(text);
        if (name === 'rPh') isPhonetic = false;
        if (name === 't') isText = false;
      },
    });
  return strings;
}

const isDateNumber = (id: number): boolean =>
  (id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);

/** A format that shows a day or a year, apart from quoted words, colours and escaped signs. */
const isDateFormat = (code: string): boolean => /[dy]/i.test(code.replace(/"[^"]*"|\[[^\]]*\]|\\./g, ''));

/** Which styles of cells show a date, by their place in the list. */
function readDateStyles(open: OpenPart): readonly boolean[] {
  const styles: boolean[] = [];
  const dateFormats = new Set<number>();
  const part = open('xl/styles.xml');
  let isCellStyle = false;
  if (part)
    walkXml(part, {
      open(name, attributes) {
        const id = Number(attributes.get('numFmtId'));
        if (name === 'numFmt' && isDateFormat(attributes.get('formatCode') ?? '')) dateFormats.add(id);
        if (name === 'cellXfs') isCellStyle = true;
        if (name === 'xf' && isCellStyle) styles.push(isDateNumber(id) || dateFormats.has(id));
      },
      close(name) {
        if (name === 'cellXfs') isCellStyle = false;
      },
    });
  return styles;
}

/** The rows that hold something. @throws FileError */
export function readXlsx(file: Buffer): readonly SheetRow[] {
  // The older format, and what Excel makes of a file with a password.
  if (file.length > 4 && file.readUInt32BE(0) === oleSignature) throw new FileError('encrypted');
  const open = openZip(file);
  const { relation, is1904 } = readWorkbook(open);
  const sheet = readPart(open, findSheet(open, relation));
  return readCells(sheet, { strings: readSharedStrings(open), dateStyles: readDateStyles(open), is1904 });
}
