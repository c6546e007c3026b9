// Invented units: as many as asked for, the same for the same number; and the fixed ones of the merger scenario and of
// real-life dirt. Source: document-axis.md §4.2, §8.6, §8.8; units-and-codes.md §1, §5.

/** A unit of the directory. */
export interface Unit {
  readonly id: string;
  readonly parentId: string;
  readonly code: string;
  readonly name: string;
  /** The same unit's code in the old form (`oldCode`, `code102`). */
  readonly oldCode?: string;
  /** The connecting centre. */
  readonly centerCode: string;
  readonly version: number;
  readonly deleted: boolean;
  readonly locked: boolean;
  /** `yyyy/MM/dd`. */
  readonly modifyDate: string;
  /** Known to the mock and named in refusals only: the axis has no such member. */
  readonly successor?: string;
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** `.05`, `.129`, `.01.234`: second levels of two and three digits, then third levels. */
function toGroups(number: number): string {
  if (number < 100) return pad(number, 2);
  return number < 1_000 ? pad(number, 3) : `${pad(Math.floor(number / 1_000), 2)}.${pad(number % 1_000, 3)}`;
}

/** `VVV.ZZ.YY.` of the old form, read right to left. */
function toOldGroups(number: number): string {
  return `${pad(Math.floor(number / 10_000), 3)}.${pad(Math.floor(number / 100) % 100, 2)}.${pad(number % 100, 2)}`;
}

/** The codes alone, for an index of them. */
export function toGeneratedCodes(index: number): { readonly code: string; readonly oldCode?: string } {
  const number = Math.floor(index / 3) + 1;
  if (index % 3 === 0) return { code: `G99.${toGroups(number)}` };
  if (index % 3 === 1) return { code: `H98.${toGroups(number)}`, oldCode: `${toOldGroups(number)}.H98` };
  return { code: `${toOldGroups(number)}.H97` };
}

const kinds = ['Sở', 'Xã', 'Phường', 'Cục', 'Vụ', 'Ban Quản lý', 'Trung tâm', 'Chi cục'];

/** The generated unit of an index from 0. */
export function toGeneratedUnit(index: number): Unit {
  const { code, oldCode } = toGeneratedCodes(index);
  const unit = {
    id: String(100_000 + index),
    parentId: String(100_000 + (index % 3)),
    code,
    name: `${kinds[index % kinds.length] ?? 'Đơn vị'} Thử nghiệm số ${index + 1}`,
    centerCode: '00.98.W00',
    version: 1 + (index % 4),
    deleted: false,
    locked: false,
    modifyDate: `2024/0${1 + (index % 9)}/1${index % 10}`,
  };
  return oldCode === undefined ? unit : { ...unit, oldCode };
}

type Fixed = Partial<Unit> & Pick<Unit, 'code' | 'name'>;

/** A unit with what is left unsaid filled in. */
export function toFixedUnit(unit: Fixed, number: number): Unit {
  return {
    id: String(9_000 + number),
    parentId: '9000',
    centerCode: '00.99.W00',
    version: 1,
    deleted: false,
    locked: false,
    modifyDate: '2024/01/15',
    ...unit,
  };
}

const day = '2025/07/01';

/**
 * Closed codes of three merged provinces with the units that came after them, and one unit under both of its codes.
 * A successor shows the closed code as its old one: more the lists of the axis do not say.
 */
export const mergerUnits: readonly Fixed[] = [
  closed('000.00.05.H11', 'Sở Thử nghiệm (tỉnh cũ thứ nhất)', 'H98.9005'),
  closed('000.01.77.H11', 'Ủy ban nhân dân huyện Thử (tỉnh cũ thứ nhất)', 'H98.9077'),
  closed('000.00.05.H16', 'Sở Thử nghiệm (tỉnh cũ thứ hai)', 'H98.9006'),
  closed('000.00.98.H36', 'Sở Mẫu (trước khi sắp xếp)', 'H98.9098'),
  { code: 'H98.9005', name: 'Sở Thử nghiệm hợp nhất', oldCode: '000.00.05.H11', version: 2, modifyDate: day },
  { code: 'H98.9077', name: 'Xã Thử', oldCode: '000.01.77.H11', version: 2, modifyDate: day },
  { code: 'H98.9006', name: 'Chi cục Thử nghiệm', oldCode: '000.00.05.H16', version: 2, modifyDate: day },
  { code: 'H98.9098', name: 'Sở Mẫu', oldCode: '000.00.98.H36', version: 2, modifyDate: day },
  { code: 'H98.9021', name: 'Văn phòng hai mã', oldCode: '000.90.21.H98' },
];

function closed(code: string, name: string, successor: string): Fixed {
  return { code, name, successor, deleted: true, version: 2, modifyDate: day };
}

/** What real lists also hold: units-and-codes.md §5.5. Listed on demand; nothing can be sent to them. */
export const dirtyUnits: readonly Fixed[] = [
  { code: '000.1199.H98', name: 'Mã sai dạng' },
  { code: 'null', name: 'Mã là chữ null' },
  { code: '01.K99#79.H99', name: 'Hai mã nối nhau' },
  { code: 'H98.9901', name: 'Sở Thử nghiệm số 1'.normalize('NFD') },
  { code: 'H98.9902', name: 'Tên có hai lần' },
  { code: 'H98.9903', name: 'Tên có hai lần' },
];
