// Problem codes of a log whose head does not continue what is known of it.
import type { ProblemEntry } from './entry.ts';

/** Problems of a hub that may only be read. */
export const evidenceWitnessCodes = {
  'hub-read-only': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Trục đang ở chế độ chỉ đọc: nhật ký không nối tiếp phần đã biết',
      action: 'Chờ thông báo của quản trị trục; họ kiểm tra cơ sở dữ liệu. Chưa có gì được gửi đi.',
    },
    en: {
      title: 'The hub is read-only: its log does not continue what is known of it',
      action: "Wait for word from the hub's operators, who check the database. Nothing was sent.",
    },
  },
} as const satisfies Record<string, ProblemEntry>;
