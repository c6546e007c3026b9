// Cells of a sheet of an XLSX file. Source: ECMA-376 part 1, §18.3.1.4 (c), §18.17.4 (dates), §22.4.2.4 (_xHHHH_).
import { type Cell, createSheet, FileError, type SheetRow, sheetLimits, toTextCell } from './sheet.ts';
import { walkXml } from './walk-xml.ts';

/** What cells refer to. */
export interface Workbook {
  readonly strings: readonly string[];
  /** By number of the style: whether it shows a date. */
  readonly dateStyles: readonly boolean[];
  readonly is1904: boolean;
}

/** A cell as its element says. */
interface RawCell {
  readonly type: string;
  readonly style: number;
  readonly value: string;
  readonly isFormula: boolean;
}

const dayMs = 86_400_000;
const lastSerial = 2_958_465;

/** Number of a column from an address such as `AB12`, from 0. */
function toColumn(address: string): number {
  const [letters = ''] = /^[A-Z]{1,3}(?=\d)/.exec(address) ?? [];
  if (letters === '') throw new FileError('not-xlsx');
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

/** `yyyy-MM-dd`, with `Thh:mm:ss` where there is a time of day; undefined for what Excel itself shows as no date. */
function toDate(serial: number, is1904: boolean): string | undefined {
  // Excel counts a 29 February 1900 that never was; before it, serial numbers are a day off.
  const days = is1904 ? serial + 1462 : serial;
  if (!(days >= 61 && days < lastSerial + 1)) return undefined;
  const text = new Date(Math.round((days - 25_569) * 86_400) * 1000).toISOString();
  return Math.round(days * dayMs) % dayMs === 0 ? text.slice(0, 10) : text.slice(0, 19);
}

/** A number as a person sees it: whole ones without exponent, others as stored. */
const toNumberText = (value: string): string =>
  Number.isSafeInteger(Number(value)) ? String(Number(value)) : value;

const unescapeText = (text: string): string =>
  text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

function toCell({ type, style, value, isFormula }: RawCell, book: Workbook): Cell {
  if (value === '') return { ...toTextCell(''), isFormula };
  if (type === 's') {
    const text = book.strings[Number(value)];
    if (text === undefined) throw new FileError('not-xlsx');
    return { ...toTextCell(unescapeText(text)), isFormula };
  }
  if (type === 'e') return { text: value, form: 'error', isFormula };
  if (type === 'd') return { text: value, form: 'date', isFormula };
  if (type !== 'n') return { ...toTextCell(unescapeText(value)), isFormula };
  if (Number.isNaN(Number(value))) throw new FileError('not-xlsx');
  const date = book.dateStyles[style] ? toDate(Number(value), book.is1904) : undefined;
  return date === undefined
    ? { text: toNumberText(value), form: 'number', isFormula }
    : { text: date, form: 'date', isFormula };
}

/** The rows that hold something. @throws FileError */
export function readCells(part: Buffer, book: Workbook): readonly SheetRow[] {
  const sheet = createSheet();
  let row = 0;
  let cells: Cell[] = [];
  let column = -1;
  let cell: { type: string; style: number; value: string; isFormula: boolean } | undefined;
  let isValue = false;
  let isPhonetic = false;
  const openRow = (number: number) => {
    if (!(Number.isSafeInteger(number) && number > row)) throw new FileError('not-xlsx');
    [row, cells, column] = [number, [], -1];
  };
  const openCell = (attributes: ReadonlyMap<string, string>) => {
    const address = attributes.get('r');
    column = address === undefined ? column + 1 : toColumn(address);
    if (column < cells.length) throw new FileError('not-xlsx');
    const style = Number(attributes.get('s') ?? 0);
    cell = { type: attributes.get('t') ?? 'n', style, value: '', isFormula: false };
  };
  const closeCell = (raw: RawCell) => {
    const read = toCell(raw, book);
    if (read.text.trim() === '') return;
    if (column >= sheetLimits.columns) throw new FileError('too-many-columns');
    while (cells.length < column) cells.push(toTextCell(''));
    cells.push(read);
  };
  walkXml(part, {
    open(name, attributes) {
      if (name === 'row') openRow(Number(attributes.get('r') ?? row + 1));
      if (name === 'c') openCell(attributes);
      if (name === 'f' && cell) cell.isFormula = true;
      if (name === 'rPh') isPhonetic = true;
      if (name === 'v' || name === 't') isValue = true;
    },
    text(piece) {
      if (cell && isValue && !isPhonetic) cell.value += piece;
    },
    close(name) {
      if (name === 'v' || name === 't') isValue = false;
      if (name === 'rPh') isPhonetic = false;
      if (name === 'c' && cell) {
        closeCell(cell);
        cell = undefined;
      }
      if (name === 'row') sheet.add(row, cells);
    },
  });
  return sheet.rows;
}
