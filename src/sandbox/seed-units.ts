// The 166 units of the sandbox province: the real communes, and provincial bodies that are invented and say so.
// Agency codes use the level-1 code H99, which no province has.
import type { Commune, FormerUnit } from './seed-communes.ts';

/** A unit and its codes as the registry's tables take them. */
export interface SeedUnit {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly parentId: string | undefined;
  readonly formedFrom: readonly string[];
  /** Code by scheme; bodies have no administrative code. */
  readonly codes: {
    readonly administrative?: string;
    readonly agency: string;
    readonly population: string;
    /** `MADONVI` of the public-service portal. */
    readonly portal: string;
  };
}

/** Ids of the bodies that own the sandbox's systems. */
export const bodyIds = {
  committee: 'cq-00',
  office: 'cq-01',
  technology: 'cq-08',
  inspectorate: 'cq-14',
  oneStop: 'cq-16',
} as const;

/** [name, number of the body above it]; a body's number is its place in the list and the tail of its codes. */
const bodies: readonly (readonly [name: string, parent?: number])[] = [
  ['Ủy ban nhân dân tỉnh'],
  ['Văn phòng Ủy ban nhân dân tỉnh', 0],
  ['Sở Nội vụ', 0],
  ['Sở Tư pháp', 0],
  ['Sở Tài chính', 0],
  ['Sở Công Thương', 0],
  ['Sở Xây dựng', 0],
  ['Sở Nông nghiệp và Môi trường', 0],
  ['Sở Khoa học và Công nghệ', 0],
  ['Sở Văn hóa, Thể thao và Du lịch', 0],
  ['Sở Giáo dục và Đào tạo', 0],
  ['Sở Y tế', 0],
  ['Sở Dân tộc và Tôn giáo', 0],
  ['Sở Ngoại vụ', 0],
  ['Thanh tra tỉnh', 0],
  ['Ban Quản lý các khu công nghiệp', 0],
  ['Trung tâm Phục vụ hành chính công tỉnh', 1],
  ['Trung tâm Chuyển đổi số', 8],
  ['Văn phòng Đăng ký đất đai', 7],
  ['Chi cục Kiểm lâm', 7],
  ['Chi cục Thủy lợi', 7],
  ['Chi cục Chăn nuôi và Thú y', 7],
  ['Chi cục Trồng trọt và Bảo vệ thực vật', 7],
  ['Chi cục Bảo vệ môi trường', 7],
  ['Chi cục Phát triển nông thôn', 7],
  ['Chi cục Quản lý thị trường', 5],
  ['Chi cục Tiêu chuẩn Đo lường Chất lượng', 8],
  ['Chi cục Dân số', 11],
  ['Chi cục An toàn vệ sinh thực phẩm', 11],
  ['Trung tâm Lưu trữ lịch sử', 2],
  ['Trung tâm Phát triển quỹ đất', 7],
  ['Trung tâm Dịch vụ việc làm', 2],
  ['Trung tâm Trợ giúp pháp lý', 3],
  ['Phòng Công chứng số 1', 3],
  ['Trung tâm Kiểm soát bệnh tật', 11],
  ['Trung tâm Xúc tiến đầu tư', 4],
  ['Trung tâm Khuyến nông', 7],
  ['Bảo tàng tỉnh', 9],
  ['Thư viện tỉnh', 9],
  ['Ban Quản lý dự án công trình giao thông', 0],
  ['Ban Quản lý dự án công trình dân dụng', 0],
  ['Quỹ Đầu tư phát triển', 0],
];

/** Population codes known to the source and registered for no unit: for trying what a new unit does. */
export const spareCodes: readonly string[] = ['TEST-DVC-MOI-1', 'TEST-DVC-MOI-2', 'TEST-DVC-MOI-3'];

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** Codes of agencies outside the province that whoever plays them may use on the mock of the document axis. */
export const outsideCodes: readonly string[] = [
  ...Array.from({ length: 30 }, (_, n) => `G99.${twoDigits(n + 1)}`),
  ...Array.from({ length: 30 }, (_, n) => `H98.${twoDigits(n + 1)}`),
];

function toBody([name, parent]: (typeof bodies)[number], index: number): SeedUnit {
  const tail = twoDigits(index);
  return {
    id: `cq-${tail}`,
    name: `${name} (thử nghiệm)`,
    kind: 'provincial',
    parentId: parent === undefined ? undefined : `cq-${twoDigits(parent)}`,
    formedFrom: [],
    codes: {
      agency: index === 0 ? 'H99' : `H99.${tail}`,
      population: index === 0 ? 'TEST-DVC-H99' : `TEST-DVC-H99.${tail}`,
      portal: index === 0 ? 'H99' : `H99.${tail}`,
    },
  };
}

const toFormerText = ({ name, place, isSplit }: FormerUnit): string =>
  [name, place && `(${place})`, isSplit && '(một phần)'].filter(Boolean).join(' ');

/** Communes have three digits at the second level of their agency code. Source: units-and-codes.md §2, form 3 */
const toCommuneUnit = (commune: Commune, index: number): SeedUnit => ({
  id: `xa-${commune.code}`,
  name: commune.name,
  kind: commune.kind,
  parentId: bodyIds.committee,
  formedFrom: commune.formedFrom.map(toFormerText),
  codes: {
    administrative: commune.code,
    agency: `H99.${101 + index}`,
    population: `TEST-DVC-${commune.code}`,
    portal: `H99.${101 + index}`,
  },
});

/** Provincial bodies first, parents before their parts, then the communes in the order of the file. */
export function toUnits(communes: readonly Commune[]): readonly SeedUnit[] {
  return [...bodies.map(toBody), ...communes.map(toCommuneUnit)];
}
