// The columns of a file of units: headings in Vietnamese and English. docs/unit-import.md tells them to people.
import { Problem, type ProblemPlace } from '../../../problem.ts';
import type { SheetRow } from './sheet.ts';

/** Code systems that have a column. */
export const codeSchemes = ['agency', 'administrative', 'population'] as const;

/** What a column says of a unit; the English heading too. */
export type Column =
  | 'id'
  | 'name'
  | 'kind'
  | 'parentId'
  | 'contact'
  | 'securityLevel'
  | 'validFrom'
  | 'validTo'
  | 'formedFrom'
  | (typeof codeSchemes)[number];

const headings: Readonly<Record<Column, readonly string[]>> = {
  id: ['Mã', 'Mã đơn vị', 'id'],
  name: ['Tên', 'Tên đơn vị', 'name'],
  kind: ['Loại', 'Loại đơn vị', 'kind'],
  parentId: ['Đơn vị cấp trên', 'parentId', 'parent'],
  contact: ['Liên hệ', 'contact'],
  securityLevel: ['Cấp độ', 'Cấp độ an toàn', 'securityLevel'],
  validFrom: ['Hiệu lực từ', 'Từ', 'validFrom'],
  validTo: ['Đến', 'Hết hiệu lực từ', 'validTo'],
  formedFrom: ['Thành lập từ', 'formedFrom'],
  agency: ['Mã định danh', 'agency'],
  administrative: ['Mã ĐVHC', 'administrative'],
  population: ['Mã dân cư', 'population'],
};

/** Columns that people keep for themselves. */
const passedOver: readonly string[] = ['STT', 'TT', 'No', 'Ghi chú', 'Note'];

const fold = (heading: string): string =>
  heading
    .normalize('NFC')
    .replace(/[\s*]+/g, ' ')
    .trim()
    .toLocaleLowerCase('vi');

const ignored = new Set(passedOver.map(fold));
const known = new Map(
  Object.entries(headings).flatMap(([column, names]) => names.map((name) => [fold(name), column])),
);
const isColumn = (text: string | undefined): text is Column => text !== undefined && text in headings;

/** The Vietnamese heading of a column. */
export const toHeading = (column: Column): string => headings[column][0] ?? column;

/** The first row of a file. */
export interface Headings {
  /** Where each column stands in the rows. */
  readonly places: ReadonlyMap<Column, number>;
  /** Places that have a heading, also one that is passed over. */
  readonly titled: ReadonlySet<number>;
}

/** @throws Problem request-invalid naming each heading that cannot be taken, or that there is none for the ids */
export function readHeadings(row: SheetRow | undefined): Headings {
  const places = new Map<Column, number>();
  const titled = new Set<number>();
  const errors: ProblemPlace[] = [];
  const refuse = (place: number, vi: string, en: string) =>
    errors.push({ where: `/body/content: row ${row?.number}, column ${place + 1}`, vi, en });
  for (const [place, { text }] of row?.cells.entries() ?? []) {
    if (fold(text) === '') continue;
    titled.add(place);
    const column = known.get(fold(text));
    if (isColumn(column)) {
      if (places.has(column))
        refuse(
          place,
          `là cột thứ hai cho ${toHeading(column)} (${column})`,
          `is a second column for ${toHeading(column)} (${column})`,
        );
      else places.set(column, place);
    } else if (!ignored.has(fold(text))) {
      refuse(
        place,
        'có tiêu đề không biết; docs/unit-import.md liệt kê các tiêu đề',
        'has a heading that is not known; docs/unit-import.md lists them',
      );
    }
  }
  if (!places.has('id'))
    errors.push({
      where: '/body/content',
      vi: 'không có cột Mã (id); dòng đầu là dòng tiêu đề',
      en: 'has no column Mã (id); the first row holds the headings',
    });
  if (errors.length > 0) throw new Problem('request-invalid', { errors });
  return { places, titled };
}
