// Which units the portal knows, and the rows of its list of agencies. Codes are compared, never read.
// Source: units-and-codes.md §5; public-service-portal.md §2, §10.2.
import { isMatch } from '../parts/glob.ts';
import type { ClosedUnit, Settings } from './config.ts';

/** A row of `LayDanhMucCoQuan`. */
export interface AgencyRow {
  readonly MADONVI: string | null;
  readonly TENDONVI: string;
  /** 1 province, 2 department, 3 commune. */
  readonly CAPDONVI: string;
}

const mergedUnits: readonly ClosedUnit[] = [
  { code: '000.00.10.H11', successor: 'H99.10' },
  { code: '000.00.16.H16', successor: 'H99.16' },
  { code: '000.00.36.H36', successor: 'H99.36' },
  { code: 'H36.36', successor: 'H99.36' },
];

/** Rows as real lists have them. §5.5 */
const dirtyRows: readonly AgencyRow[] = [
  { MADONVI: '000.1137.H99', TENDONVI: 'Đơn vị Thử nghiệm mã sai', CAPDONVI: '2' },
  { MADONVI: null, TENDONVI: 'Đơn vị Thử nghiệm không mã', CAPDONVI: '2' },
  { MADONVI: 'null', TENDONVI: 'Đơn vị Thử nghiệm mã null', CAPDONVI: '2' },
  { MADONVI: '01.H99#79.H99', TENDONVI: 'Đơn vị Thử nghiệm hai mã', CAPDONVI: '2' },
  { MADONVI: 'H99.901', TENDONVI: 'Xã Thử nghiệm Tân Hà'.normalize('NFD'), CAPDONVI: '3' },
  { MADONVI: 'H99.902', TENDONVI: 'Xã Thử nghiệm Trùng tên', CAPDONVI: '3' },
  { MADONVI: 'H99.903', TENDONVI: 'Xã Thử nghiệm Trùng tên', CAPDONVI: '3' },
];

const kinds = ['Sở', 'Ban Quản lý', 'Trung tâm', 'Chi cục'];

function toRow(index: number): AgencyRow {
  if (index === 0) return { MADONVI: 'H99', TENDONVI: 'Ủy ban nhân dân tỉnh Thử nghiệm', CAPDONVI: '1' };
  const isBody = index < 100;
  const tail = isBody ? String(index).padStart(2, '0') : String(index).padStart(3, '0');
  const kind = isBody ? kinds[index % kinds.length] : index % 6 === 0 ? 'Phường' : 'Xã';
  return { MADONVI: `H99.${tail}`, TENDONVI: `${kind} Thử nghiệm số ${index}`, CAPDONVI: isBody ? '2' : '3' };
}

/** The rows, made while they are read. */
export function* listAgencies(count: number, isDirty: boolean): Iterable<AgencyRow> {
  for (let index = 0; index < count; index += 1) yield toRow(index);
  if (isDirty) yield* dirtyRows;
}

/** Why a unit is refused; undefined when it is known and open. */
export function checkUnit(code: string, { units, closedUnits, merger }: Settings): string | undefined {
  const closed = [...closedUnits, ...(merger ? mergedUnits : [])].find((unit) => unit.code === code);
  if (closed?.successor !== undefined) return `đơn vị đã ngừng hoạt động, đơn vị kế thừa ${closed.successor}`;
  if (closed) return 'đơn vị đã ngừng hoạt động';
  return units.some((pattern) => isMatch(pattern, code)) ? undefined : 'mã đơn vị không tồn tại';
}
