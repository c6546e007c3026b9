// Problem codes of the service of documents (openapi/documents.v1.yaml).
import type { ProblemEntry } from './entry.ts';

/** Problems of sending, receiving and reporting documents. */
export const documentCodes = {
  'state-secret': {
    status: 422,
    responsible: 'caller',
    vi: {
      title: 'Văn bản có dấu hiệu bí mật nhà nước, trục không nhận',
      action: 'Không gửi qua trục; xử lý theo quy định về bảo vệ bí mật nhà nước.',
    },
    en: {
      title: 'The document bears a sign of state secrecy; the hub does not take it',
      action: 'Do not send it over the hub; follow the rules for the protection of state secrets.',
    },
  },
  'document-invalid': {
    status: 422,
    responsible: 'caller',
    vi: { title: 'Văn bản không gửi được', action: 'Sửa các chỗ được nêu rồi gửi lại với khóa mới.' },
    en: {
      title: 'The document cannot be sent',
      action: 'Mend the places that are named and send it with a new key.',
    },
  },
  'edxml-invalid': {
    status: 422,
    responsible: 'caller',
    vi: { title: 'Tệp edXML không đọc được', action: 'Hệ thống gửi sửa tệp theo chỗ được nêu.' },
    en: {
      title: 'The edXML file cannot be read',
      action: 'The sending system mends the file where it is named.',
    },
  },
  'attachment-refused': {
    status: 422,
    responsible: 'caller',
    vi: {
      title: 'Tệp đính kèm không được nhận',
      action: 'Kiểm tra tệp: nội dung phải đúng loại đã khai, không phải bom nén, không quá lớn.',
    },
    en: {
      title: 'An attachment is not taken',
      action: 'Check the file: its content must be what it is said to be, no zip bomb, and not too large.',
    },
  },
  'document-id-used': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'DocumentId này đã thuộc văn bản khác nội dung',
      action: 'Gửi bản sửa đổi bằng loại cập nhật hoặc thay thế, với DocumentId mới.',
    },
    en: {
      title: 'This DocumentId belongs to a document of other content',
      action: 'Send a change as an update or a replacement, with a DocumentId of its own.',
    },
  },
  'message-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Không có văn bản này, hoặc đơn vị không phải nơi gửi hay nơi nhận',
      action: 'Kiểm tra mã và đơn vị mà hệ thống đang thay mặt.',
    },
    en: {
      title: 'There is no such message, or the unit neither sent nor received it',
      action: 'Check the id, and the unit that the system acts for.',
    },
  },
  'message-purged': {
    status: 410,
    responsible: 'caller',
    vi: {
      title: 'Nội dung văn bản đã hết thời hạn lưu trên trục',
      action: 'Lấy lại từ hệ thống quản lý văn bản của nơi gửi hoặc nơi nhận.',
    },
    en: {
      title: "The document's content was kept on the hub for its stated time, which is over",
      action: "Take it from the sender's or a receiver's own document system.",
    },
  },
  'attachment-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Văn bản không có tệp đính kèm số này',
      action: 'Xem danh sách tệp trong dạng có cấu trúc.',
    },
    en: {
      title: 'The document has no attachment of this number',
      action: 'See the list in its structured form.',
    },
  },
  'status-not-yours': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Trạng thái này do bên kia gửi',
      action: 'Nơi gửi văn bản chỉ gửi 13; 01–06, 15 và 16 do nơi nhận gửi.',
    },
    en: {
      title: 'This status is for the other side to send',
      action: 'The sender of a document sends 13 only; 01–06, 15 and 16 are sent by its receiver.',
    },
  },
  'status-reason-missing': {
    status: 422,
    responsible: 'caller',
    vi: { title: 'Trạng thái này phải có lý do', action: 'Gửi lại 02, 13 hoặc 16 kèm lý do.' },
    en: { title: 'This status needs a reason', action: 'Send 02, 13 or 16 again with a reason.' },
  },
  'axis-receiver-unknown': {
    status: 502,
    responsible: 'caller',
    vi: {
      title: 'Trục quốc gia không biết nơi nhận này',
      action: 'Đơn vị gửi kiểm tra mã nơi nhận với nơi nhận, rồi gửi lại tới mã đúng.',
    },
    en: {
      title: 'The national axis does not know this receiver',
      action: "The sending unit checks the receiver's code with it and sends to the right one.",
    },
  },
  'axis-receiver-locked': {
    status: 502,
    responsible: 'caller',
    vi: {
      title: 'Nơi nhận đang bị khóa trên trục quốc gia',
      action: 'Đơn vị gửi liên hệ nơi nhận; khi được mở khóa, quản trị trục cho gửi lại.',
    },
    en: {
      title: 'The receiver is locked at the national axis',
      action: "The sending unit asks the receiver; once it is unlocked the hub's operators replay it.",
    },
  },
  'axis-sender-unknown': {
    status: 502,
    responsible: 'hub',
    vi: {
      title: 'Đơn vị gửi chưa được đăng ký trên trục quốc gia',
      action: 'Quản trị trục đăng ký mã của đơn vị với trục quốc gia rồi cho gửi lại.',
    },
    en: {
      title: 'The sending unit is not registered at the national axis',
      action: "The hub's administrators register the unit's code there and replay it.",
    },
  },
  'axis-credential': {
    status: 502,
    responsible: 'hub',
    vi: {
      title: 'Trục quốc gia không chấp nhận tài khoản của tỉnh',
      action: 'Quản trị trục kiểm tra mã hệ thống và khóa bí mật, rồi cho gửi lại.',
    },
    en: {
      title: "The national axis does not accept the province's credentials",
      action: "The hub's administrators check the system id and its secret, then replay it.",
    },
  },
  'axis-file-refused': {
    status: 502,
    responsible: 'hub',
    vi: {
      title: 'Trục quốc gia từ chối tệp edXML',
      action: 'Quản trị trục so bản gốc với quy chuẩn và làm việc với trục quốc gia trước khi cho gửi lại.',
    },
    en: {
      title: 'The national axis refuses the edXML file',
      action: "The hub's operators compare the original with the standard and ask the axis before a replay.",
    },
  },
  'range-not-satisfiable': {
    status: 416,
    responsible: 'caller',
    vi: { title: 'Khoảng byte nằm ngoài nội dung', action: 'Hỏi lại kích thước rồi gửi khoảng đúng.' },
    en: {
      title: 'The range lies outside the content',
      action: 'Ask for its size again and send a range within.',
    },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
