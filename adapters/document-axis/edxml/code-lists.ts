// The code lists of edXML with their names, and the way from a type's name to its number. A number that is read is never
// changed by these. Source: document-axis.md §1.4, §1.5, §2.2
import type { DocumentType, Words } from './types.ts';

type CodeList = Readonly<Record<string, Words>>;

/** §1.5 Priority */
export const priorities: CodeList = {
  '0': { vi: 'thường', en: 'normal' },
  '1': { vi: 'khẩn', en: 'urgent' },
  '2': { vi: 'thượng khẩn', en: 'very urgent' },
  '3': { vi: 'hỏa tốc', en: 'express' },
  '4': { vi: 'hỏa tốc hẹn giờ', en: 'timed express' },
};

/** §1.5 SteeringType; nothing is routed by it. */
export const steeringTypes: CodeList = {
  '0': { vi: 'không chỉ đạo', en: 'none' },
  '1': { vi: 'chỉ đạo', en: 'steering' },
  '2': { vi: 'chỉ đạo, có báo cáo', en: 'steering and report' },
};

/** §1.4 BussinessDocType */
export const businessTypes: CodeList = {
  '0': { vi: 'văn bản mới', en: 'new' },
  '1': { vi: 'thu hồi', en: 'revoke' },
  '2': { vi: 'cập nhật', en: 'update' },
  '3': { vi: 'thay thế', en: 'replace' },
};

/** §2.2 StatusCode: the ones that are sent. */
export const statusCodes: CodeList = {
  '01': { vi: 'đã đến', en: 'arrived' },
  '02': { vi: 'từ chối tiếp nhận', en: 'refused' },
  '03': { vi: 'đã tiếp nhận', en: 'registered' },
  '04': { vi: 'phân công', en: 'assigned' },
  '05': { vi: 'đang xử lý', en: 'in process' },
  '06': { vi: 'hoàn thành', en: 'finished' },
  '13': { vi: 'lấy lại', en: 'asked back' },
  '15': { vi: 'đồng ý', en: 'agreed' },
  '16': { vi: 'từ chối cập nhật, lấy lại', en: 'not agreed' },
};

/** §1.5: A legal documents, B administrative documents, in the order of the annex, from 1. 11-17, 27-32 of B [assumed] */
export const documentTypes: Readonly<Record<'A' | 'B', readonly string[]>> = {
  A: [
    ...[
      'Hiến pháp',
      'Luật',
      'Pháp lệnh',
      'Lệnh',
      'Nghị quyết',
      'Nghị quyết liên tịch',
      'Nghị định',
      'Quyết định',
    ],
    ...['Thông tư', 'Thông tư liên tịch', 'Chỉ thị', 'Bộ luật'],
    'Văn bản quy phạm pháp luật của đơn vị hành chính - kinh tế đặc biệt',
  ],
  B: [
    ...['Nghị quyết', 'Quyết định', 'Chỉ thị', 'Quy chế', 'Quy định', 'Thông cáo', 'Thông báo', 'Hướng dẫn'],
    ...[
      'Chương trình',
      'Kế hoạch',
      'Phương án',
      'Đề án',
      'Dự án',
      'Báo cáo',
      'Biên bản',
      'Tờ trình',
      'Hợp đồng',
    ],
    ...['Công văn', 'Công điện', 'Bản ghi nhớ', 'Bản cam kết', 'Bản thỏa thuận', 'Giấy chứng nhận'],
    ...['Giấy ủy quyền', 'Giấy mời', 'Giấy giới thiệu', 'Giấy nghỉ phép', 'Giấy đi đường'],
    ...['Giấy biên nhận hồ sơ', 'Phiếu gửi', 'Phiếu chuyển', 'Thư công'],
  ],
};

/** Letters as Unicode composes them, lower case, single blanks, tone marks of oa, oe, uy in one place, no "(cá biệt)". */
const toKey = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/\(cá biệt\)/, '')
    .replaceAll('oả', 'ỏa')
    .replaceAll('uỷ', 'ủy')
    .replace(/\s+/g, ' ')
    .trim();

/** Where a type stands: its list and its index from 1; list B before A. Undefined for a name of neither. */
export function findDocumentType(
  typeName: string,
): { readonly list: 'A' | 'B'; readonly index: number; readonly name: string } | undefined {
  const key = toKey(typeName);
  for (const list of ['B', 'A'] as const) {
    const at = documentTypes[list].findIndex((name) => toKey(name) === key);
    const name = documentTypes[list][at];
    if (name !== undefined) return { list, index: at + 1, name };
  }
  return undefined;
}

/**
 * The type to send for a name: its index in list B (in A for what only A has), or what a peer's own numbering says.
 * @param numbering by lower-case name
 */
export function toDocumentType(
  typeName: string,
  numbering: Readonly<Record<string, number>> = {},
): DocumentType | undefined {
  const own = new Map(Object.entries(numbering).map(([name, type]) => [toKey(name), type]));
  const type = own.get(toKey(typeName)) ?? findDocumentType(typeName)?.index;
  return type === undefined ? undefined : { type, typeDetail: 0, typeName: typeName.trim() };
}
