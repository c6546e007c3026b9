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
