// Problem codes of the directory of agencies: where a receiver's code leads, and whose a sender's code is.
import type { ProblemEntry } from './entry.ts';

/** Problems of codes of agencies. */
export const directoryCodes = {
  'receiver-unknown': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Không có cơ quan nào mang mã nhận này',
      action: 'Tra cứu danh mục cơ quan theo tên hoặc mã, rồi gửi lại với mã đúng; trục không đoán mã.',
    },
    en: {
      title: 'No agency has this code of a receiver',
      action:
        'Look the agency up in the directory by name or code, then send with the right code; the hub never guesses.',
    },
  },
  'receiver-closed': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Cơ quan nhận đã kết thúc hoạt động',
      action: 'Gửi tới cơ quan kế thừa được nêu trong errors; nếu không có, hỏi quản trị trục.',
    },
    en: {
      title: 'The receiver has ended',
      action: "Send to the successor that errors names; where none is named, ask the hub's administrators.",
    },
  },
  'receiver-ambiguous': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Mã nhận ứng với nhiều cơ quan',
      action:
        'Người gửi chọn một trong các cơ quan được nêu trong errors, theo địa chỉ hoặc nội dung văn bản.',
    },
    en: {
      title: 'Several agencies stand behind this code of a receiver',
      action: 'The sender chooses one of those that errors names, by the address or the matter at hand.',
    },
  },
  'sender-not-yours': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Mã gửi không phải của đơn vị đang hành động',
      action: 'Dùng mã của chính đơn vị, hoặc xin mã truy cập cho đúng đơn vị gửi.',
    },
    en: {
      title: "The sender's code is not the acting unit's",
      action: "Use one of the unit's own codes, or obtain a token for the unit that sends.",
    },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
