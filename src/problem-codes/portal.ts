// Problem codes of the service of the portal (openapi/portal.v1.yaml).
import type { ProblemEntry } from './entry.ts';

/** Problems of the catalogue, of dossiers and of progress. */
export const portalCodes = {
  'portal-not-connected': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Trục chưa kết nối với danh mục của Cổng Dịch vụ công quốc gia',
      action: 'Quản trị trục khai báo kết nối với Cổng. Chưa có gì được gửi đi.',
    },
    en: {
      title: "The hub is not connected to the national portal's catalogue",
      action: "The hub's operators set the connection up. Nothing was sent.",
    },
  },
  'procedure-content-missing': {
    status: 503,
    responsible: 'source',
    vi: {
      title: 'Cổng có mã thủ tục này nhưng chưa cho đọc nội dung',
      action: 'Xem mã và tên ở danh sách; trục đọc lại nội dung ở lần đồng bộ danh mục sau.',
    },
    en: {
      title: 'The portal lists this procedure but did not show its content',
      action: 'See its code and name in the list; the hub reads it again at the next synchronisation.',
    },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
