// One row of a file as what it says of a unit. Nothing is altered but spaces at the ends and the Unicode form, and both
// are noted; what cannot be taken is an error that names its column.
import type { components } from '../../../../openapi/types/admin.v1.ts';
import { type Column, codeSchemes, type Headings } from './columns.ts';
import { parseDate } from './dates.ts';
import { quote, type Remark, toRemark } from './remarks.ts';
import { type Cell, type SheetRow, toTextCell } from './sheet.ts';

type NewUnit = components['schemas']['NewUnit'];

/** What a row says. A cell that is empty says nothing: what the registry holds stays. */
export interface Wish {
  readonly row: number;
  readonly id: string;
  readonly members: Partial<Omit<NewUnit, 'id' | 'codes'>>;
  /** Code by scheme. */
  readonly codes: ReadonlyMap<string, string>;
  readonly errors: Remark[];
  readonly notes: Remark[];
}

const kinds: Readonly<Record<string, NewUnit['kind']>> = {
  xã: 'commune',
  commune: 'commune',
  phường: 'ward',
  ward: 'ward',
  'đặc khu': 'special-zone',
  'special-zone': 'special-zone',
  tỉnh: 'provincial',
  'cấp tỉnh': 'provincial',
  provincial: 'provincial',
};

const wordsLength = 1_000;
const codeLength = 100;
const formers = 50;
const idForm = /^[a-z0-9][a-z0-9-]{1,62}$/;
const control = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;
// A spreadsheet would run what begins so, when it is given a table made from the registry.
const formulaStart = /^([=@\t]|[+-](?![\d\s(]))/;

/** Reads single cells of one row and keeps what is to be said of them. */
function createReader(cells: readonly Cell[], { places }: Headings) {
  const errors: Remark[] = [];
  const notes: Remark[] = [];
  const refuse = (column: Column, vi: string, en: string): undefined => {
    errors.push(toRemark(column, vi, en));
  };
  const note = (column: Column, vi: string, en: string) => notes.push(toRemark(column, vi, en));
  const toCell = (column: Column): Cell => cells[places.get(column) ?? -1] ?? toTextCell('');

  /** The cell's text in NFC without spaces at its ends, or undefined when it is empty or cannot be taken. */
  function readText(column: Column, longest = wordsLength): string | undefined {
    const { text, form, isFormula } = toCell(column);
    const trimmed = text.trim();
    const whole = trimmed.normalize('NFC');
    if (whole === '') return undefined;
    if (control.test(whole))
      return refuse(column, 'có ký tự điều khiển hoặc ký tự ẩn', 'holds a control or invisible character');
    if (form === 'error')
      return refuse(column, `ô báo lỗi ${quote(whole)}`, `the cell shows ${quote(whole)}`);
    if (whole.length > longest)
      return refuse(column, `dài hơn ${longest} ký tự`, `is longer than ${longest} characters`);
    if (trimmed !== text) note(column, 'đã bỏ dấu cách ở đầu hoặc cuối', 'spaces at the ends were left out');
    if (whole !== trimmed) note(column, 'đã đổi sang Unicode dựng sẵn (NFC)', 'was put into Unicode NFC');
    if (isFormula)
      note(column, 'là giá trị đã lưu của công thức', 'is the stored value of a formula, not computed again');
    if (formulaStart.test(whole))
      note(
        column,
        'bắt đầu như công thức; được giữ như văn bản',
        'begins as a formula does; it is kept as text',
      );
    return whole;
  }

  function readCode(column: Column, longest = codeLength): string | undefined {
    const text = readText(column, longest);
    if (text !== undefined && toCell(column).form === 'number')
      note(
        column,
        'là ô kiểu số: số 0 ở đầu (nếu có) đã mất từ trước',
        'is a number in the file: zeros that it began with were lost before',
      );
    return text;
  }

  function readDate(column: Column): string | undefined {
    const text = readText(column);
    if (text === undefined) return undefined;
    const date = toCell(column).form === 'number' ? undefined : parseDate(text);
    return (
      date ??
      refuse(
        column,
        `${quote(text)} không phải ngày có thật; viết như 1/7/2025 hoặc 2025-07-01`,
        `${quote(text)} is no day of the calendar; write 1/7/2025 or 2025-07-01`,
      )
    );
  }
  return { errors, notes, refuse, readText, readCode, readDate };
}

type Reader = ReturnType<typeof createReader>;

function readId({ readCode, refuse }: Reader, column: 'id' | 'parentId'): string | undefined {
  const text = readCode(column);
  if (text === undefined || idForm.test(text)) return text;
  return refuse(
    column,
    `${quote(text)} không phải mã: 2 đến 63 chữ thường không dấu, chữ số, dấu gạch ngang`,
    `${quote(text)} is no id: 2 to 63 lower-case letters, digits and hyphens`,
  );
}

function readKind({ readText, refuse }: Reader): NewUnit['kind'] | undefined {
  const text = readText('kind');
  if (text === undefined) return undefined;
  const names = ['xã', 'phường', 'đặc khu', 'cấp tỉnh'];
  return (
    kinds[text.toLocaleLowerCase('vi')] ??
    refuse(
      'kind',
      `không có loại ${quote(text)}; có ${names.join(', ')}`,
      `there is no kind ${quote(text)}; there are commune, ward, special-zone, provincial`,
    )
  );
}

function readLevel({ readText, refuse }: Reader): number | undefined {
  const text = readText('securityLevel');
  if (text === undefined) return undefined;
  return /^[1-5]$/.test(text)
    ? Number(text)
    : refuse(
        'securityLevel',
        `${quote(text)} không phải cấp độ 1 đến 5`,
        `${quote(text)} is no level 1 to 5`,
      );
}

function readFormers({ readText, refuse }: Reader): string[] | undefined {
  const list = readText('formedFrom', wordsLength * 10)
    ?.split(';')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (list && (list.length > formers || list.some((name) => name.length > wordsLength)))
    return refuse(
      'formedFrom',
      `quá ${formers} tên hoặc tên quá dài`,
      `has over ${formers} names, or too long ones`,
    );
  return list;
}

const withoutNone = <T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  // What is left has no undefined in it.
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** @param headings of the file */
export function readRow({ number, cells }: SheetRow, headings: Headings): Wish {
  const reader = createReader(cells, headings);
  const { errors, notes, readText, readCode, readDate, refuse } = reader;
  const id = readId(reader, 'id');
  if (id === undefined && errors.length === 0) refuse('id', 'thiếu mã', 'is missing');
  const members = withoutNone({
    name: readText('name'),
    kind: readKind(reader),
    parentId: readId(reader, 'parentId'),
    contact: readText('contact'),
    securityLevel: readLevel(reader),
    validFrom: readDate('validFrom'),
    validTo: readDate('validTo'),
    formedFrom: readFormers(reader),
  });
  const codes = new Map<string, string>();
  for (const scheme of codeSchemes) {
    const code = readCode(scheme);
    if (code !== undefined) codes.set(scheme, code);
  }
  if (cells.some(({ text }, place) => text.trim() !== '' && !headings.titled.has(place)))
    refuse('id', 'dòng có ô nằm ở cột không có tiêu đề', 'the row has a cell in a column without a heading');
  return { row: number, id: id ?? '', members, codes, errors, notes };
}
