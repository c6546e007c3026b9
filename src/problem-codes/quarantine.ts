// Problem codes of attachments that a virus scanner did not find clean, and of what people decide about them.
import type { ProblemEntry } from './entry.ts';

/** Problems of the quarantine. */
export const quarantineCodes = {
  'attachment-infected': {
    status: 422,
    responsible: 'caller',
    vi: {
      title: 'Máy quét tìm thấy mã độc trong tệp đính kèm; văn bản bị cách ly, chưa đến nơi nhận',
      action:
        'Bên gửi làm sạch tệp rồi gửi văn bản mới; nếu là nhầm lẫn, báo quản trị trục kèm mã giao dịch.',
    },
    en: {
      title: 'The scanner found malware in an attachment; the document is in quarantine and reached nobody',
      action:
        "The sender cleans the file and sends a new document; if it is a mistake, tells the hub's operators the exchange id.",
    },
  },
  'attachment-unscannable': {
    status: 422,
    responsible: 'caller',
    vi: {
      title: 'Tệp đính kèm vượt giới hạn của máy quét; văn bản bị cách ly, chưa đến nơi nhận',
      action: 'Bên gửi chia nhỏ tệp rồi gửi văn bản mới, hoặc đề nghị quản trị trục xem xét cho đi.',
    },
    en: {
      title: "An attachment is beyond the scanner's limits; the document is in quarantine and reached nobody",
      action:
        "The sender splits the file and sends a new document, or asks the hub's operators to release it.",
    },
  },
  'not-in-quarantine': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Văn bản không bị cách ly, hoặc không còn bị cách ly',
      action: 'Xem trạng thái hiện tại; không cần làm gì nếu đã quyết định.',
    },
    en: {
      title: 'The document is not in quarantine, or not any more',
      action: 'Look at its state now; nothing needs to be done if it is decided.',
    },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
