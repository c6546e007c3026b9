// Problem codes of exports of the exchange log.
import type { ProblemEntry } from './entry.ts';

/** Problems of asking for exports and of downloading them. */
export const evidenceExportCodes = {
  'export-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Không có bản xuất hoặc tệp này',
      action: 'Hệ thống gọi kiểm tra mã bản xuất và tên tệp; bản xuất quá hạn đã bị xóa thì yêu cầu lại.',
    },
    en: {
      title: 'There is no such export or file',
      action: 'The calling system checks id and file name; an export that has expired is asked for anew.',
    },
  },
  'export-not-ready': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Bản xuất chưa xong',
      action: 'Hệ thống gọi hỏi tiến độ (GET /exports/{exportId}) rồi tải về khi đã xong.',
    },
    en: {
      title: 'The export is not done yet',
      action:
        'The calling system asks how far it is (GET /exports/{exportId}) and downloads it once it is done.',
    },
  },
  'exports-under-way': {
    status: 429,
    responsible: 'caller',
    vi: {
      title: 'Đơn vị có quá nhiều bản xuất đang chạy, hoặc nhật ký chưa có gì được ký',
      action: 'Hệ thống gọi chờ bản xuất trước xong, hoặc xóa bớt, rồi yêu cầu lại.',
    },
    en: {
      title: 'Too many exports of the unit are under way, or nothing of the log is signed yet',
      action: 'The calling system waits until earlier ones are done, or deletes some, and asks again.',
    },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
