// Problem codes of the service of the portal (openapi/portal.v1.yaml).
import type { ProblemEntry } from './entry.ts';

/** Problems of submitting, correcting and looking up dossiers. */
export const portalCodes = {
  'dossier-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Đơn vị không có hồ sơ này trên trục',
      action: 'Kiểm tra mã hồ sơ và đơn vị mà hệ thống đang thay mặt.',
    },
    en: {
      title: 'The unit has no such dossier on the hub',
      action: 'Check the dossier code, and the unit that the system acts for.',
    },
  },
  'dossier-not-yours': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Mã hồ sơ này không phải của đơn vị',
      action: 'Kiểm tra mã hồ sơ và đơn vị mà hệ thống đang thay mặt; hồ sơ do đơn vị gửi đầu tiên quản lý.',
    },
    en: {
      title: 'This dossier code is not of the unit',
      action:
        'Check the code, and the unit that the system acts for; a dossier is of the unit that submitted it first.',
    },
  },
  'change-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Đơn vị không có lần gửi này',
      action: 'Kiểm tra mã lần gửi và đơn vị mà hệ thống đang thay mặt.',
    },
    en: {
      title: 'The unit has no such change',
      action: 'Check the id of the change, and the unit that the system acts for.',
    },
  },
  'change-not-repairable': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Lần gửi này không còn chờ sửa',
      action: 'Xem lại lần gửi: có thể đã được sửa, bỏ hoặc gửi đi rồi. Gửi thay đổi mới như bình thường.',
    },
    en: {
      title: 'This change does not wait for a repair',
      action:
        'Look at it again: it may be corrected, withdrawn or sent already. Submit a new change as usual.',
    },
  },
  'correction-refused': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Lần gửi nêu ở `corrects` không sửa được bằng bản ghi này',
      action: 'Chỉ sửa được lần gửi của cùng mã hồ sơ đang nằm trong danh sách cần sửa, mỗi lần gửi một lần.',
    },
    en: {
      title: 'What `corrects` names cannot be corrected by this record',
      action:
        'Only a change of the same dossier that lies in the repair list can be corrected, and each of them once.',
    },
  },
  'record-empty': {
    status: 422,
    responsible: 'caller',
    vi: {
      title: 'Bản ghi không có hồ sơ, cũng không có dòng tiến trình',
      action: 'Gửi trọn hồ sơ như hiện nay, các dòng tiến trình mới, hoặc cả hai.',
    },
    en: {
      title: 'The record has neither a dossier nor progress lines',
      action: 'Submit the whole dossier as it stands, its new progress lines, or both.',
    },
  },
  'portal-not-connected': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Trục chưa kết nối với Cổng Dịch vụ công quốc gia',
      action: 'Chờ quản trị trục kết nối; điều đã gửi vẫn được giữ và sẽ được đồng bộ.',
    },
    en: {
      title: 'The hub is not connected to the national public-service portal',
      action:
        "Wait until the hub's operators connect it; what was submitted is kept and will be synchronised.",
    },
  },
  'portal-cannot-look-up': {
    status: 501,
    responsible: 'hub',
    vi: {
      title: 'Kiểu kết nối Cổng đang dùng không tra cứu được hồ sơ',
      action: 'Xem tình trạng đồng bộ của hồ sơ trên trục.',
    },
    en: {
      title: 'The kind of connection to the portal in use cannot look dossiers up',
      action: "See the dossier's state of synchronisation on the hub.",
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
  'portal-record-refused': {
    status: 422,
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
    status: 422,
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
    status: 409,
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
    status: 409,
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
    status: 409,
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
  'portal-given-up-unsure': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Đã thôi gửi khi chưa biết Cổng đã lưu hay chưa',
      action:
        'Cổng có thể đã có bản ghi này. Gửi bản ghi thay thế hoặc bỏ nó: trước khi gửi tiếp, trục tra cứu Cổng và không gửi lại dòng đã có.',
    },
    en: {
      title: 'It was given up while it was not known whether the portal stored it',
      action:
        'The portal may have it. Correct or withdraw it: before the hub sends what follows, it looks the portal up and repeats no line that is there.',
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
  'inbound-dossier-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Hộp đến của đơn vị không có hồ sơ hoặc giấy tờ này',
      action: 'Kiểm tra mã lần giao, số thứ tự giấy tờ và đơn vị mà hệ thống đang thay mặt.',
    },
    en: {
      title: "There is no such dossier or paper in the unit's inbox",
      action: 'Check the id of the delivery, the number of the paper, and the unit that the system acts for.',
    },
  },
  'inbound-dossier-purged': {
    status: 410,
    responsible: 'caller',
    vi: {
      title: 'Nội dung hồ sơ đã hết thời hạn lưu trên trục',
      action: 'Lấy lại từ hệ thống một cửa hoặc từ Cổng.',
    },
    en: {
      title: "The dossier's content was kept on the hub for its stated time, which is over",
      action: 'Take it from the one-stop system, or from the portal.',
    },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
