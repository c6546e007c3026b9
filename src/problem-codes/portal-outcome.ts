// Problems of the public-service portal: why a record was not taken there, and who must act.
import type { ProblemEntry } from './entry.ts';

/** Codes of the route `portal`. */
export const portalOutcomeCodes = {
  'portal-record-refused': {
    status: 502,
    responsible: 'caller',
    vi: {
      title: 'Cổng Dịch vụ công không nhận bản ghi',
      action: 'Đơn vị xem mã lỗi và trường được nêu, sửa rồi gửi bản ghi thay thế, hoặc bỏ bản ghi.',
    },
    en: {
      title: 'The public-service portal did not take the record',
      action:
        'The unit sees the code and the fields that are named, and sends a correction or withdraws the record.',
    },
  },
  'portal-procedure-refused': {
    status: 502,
    responsible: 'caller',
    vi: {
      title: 'Cổng Dịch vụ công không có mã thủ tục này, hoặc mã đã bị bỏ',
      action: 'Xem danh mục sau lần đồng bộ mới nhất, rồi gửi bản ghi thay thế với mã đang dùng.',
    },
    en: {
      title: 'The public-service portal does not have this procedure code, or has withdrawn it',
      action:
        'See the catalogue after its newest synchronisation, then send a correction with the code in force.',
    },
  },
  'portal-transition-refused': {
    status: 502,
    responsible: 'caller',
    vi: {
      title: 'Trạng thái này không thể tiếp sau trạng thái Cổng đang giữ',
      action: 'Tra cứu hồ sơ trên Cổng, rồi gửi bản ghi thay thế hoặc bỏ bản ghi; trục không đổi trạng thái.',
    },
    en: {
      title: 'This status may not follow the one that the portal holds',
      action:
        'Look the dossier up at the portal, then correct or withdraw the record; the hub alters no status.',
    },
  },
  'portal-dossier-unknown': {
    status: 502,
    responsible: 'caller',
    vi: {
      title: 'Cổng chưa có hồ sơ của dòng tiến trình này',
      action: 'Gửi bản ghi thay thế có trọn hồ sơ cùng các dòng tiến trình.',
    },
    en: {
      title: 'The portal does not have the dossier of these progress lines',
      action: 'Send a correction with the whole dossier and the progress lines.',
    },
  },
  'portal-progress-unsure': {
    status: 502,
    responsible: 'caller',
    vi: {
      title: 'Không xác định được Cổng đã lưu các dòng tiến trình hay chưa',
      action:
        'Xem hồ sơ trên Cổng: nếu đã có thì bỏ bản ghi, nếu chưa có thì gửi bản ghi thay thế với các dòng còn thiếu.',
    },
    en: {
      title: 'It could not be found out whether the portal stored the progress lines',
      action:
        'See the dossier at the portal: withdraw the record if they are there, else correct it with those missing.',
    },
  },
  'portal-credential': {
    status: 502,
    responsible: 'hub',
    vi: {
      title: 'Cổng Dịch vụ công không chấp nhận tài khoản',
      action: 'Quản trị trục kiểm tra tài khoản; các bản ghi chờ và được gửi tiếp.',
    },
    en: {
      title: 'The public-service portal does not accept the account',
      action: "The hub's administrators check the account; the records wait and are sent then.",
    },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
