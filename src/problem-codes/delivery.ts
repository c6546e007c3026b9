// Problems of deliveries that are looked up or decided on, and of webhooks.
import type { ProblemEntry } from './entry.ts';

/** Codes of `delivery.v1` and of the route `webhook`. */
export const deliveryCodes = {
  'delivery-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Không có lần chuyển giao này trong phạm vi của đơn vị',
      action: 'Kiểm tra mã chuyển giao và đơn vị của mã truy cập.',
    },
    en: {
      title: "There is no such delivery within your unit's reach",
      action: "Check the delivery id and the token's unit.",
    },
  },
  'delivery-decided': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Lần chuyển giao không còn chờ quyết định: đã được thay, bỏ hoặc cho gửi lại',
      action: 'Xem tình trạng hiện nay của lần chuyển giao rồi quyết định lại.',
    },
    en: {
      title: 'The delivery awaits no decision any more: it was replaced, abandoned or replayed',
      action: 'See how the delivery stands now, then decide again.',
    },
  },
  'dead-letter-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Không có thư không chuyển được này trong phạm vi của đơn vị',
      action: 'Xem danh sách: có thể đã được cho gửi lại hoặc hủy.',
    },
    en: {
      title: "There is no such dead letter within your unit's reach",
      action: 'See the list: it may have been replayed or abandoned already.',
    },
  },
  'webhook-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Không có webhook này của đơn vị',
      action: 'Xem danh sách webhook; chỉ hệ thống đã đăng ký mới thay đổi được.',
    },
    en: {
      title: 'Your unit has no such webhook',
      action: 'See the list of webhooks; only the system that registered one changes it.',
    },
  },
  'webhook-exists': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Hệ thống đã có webhook cho đơn vị này',
      action: 'Xóa webhook cũ trước khi đăng ký địa chỉ khác.',
    },
    en: {
      title: 'The system has a webhook for this unit already',
      action: 'Remove it before another address is registered.',
    },
  },
  'webhooks-off': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Trục chưa cho phép webhook',
      action: 'Quản trị trục khai báo các mạng được phép gọi tới; trong lúc đó lấy văn bản bằng cách hỏi.',
    },
    en: {
      title: 'Webhooks are not switched on at this hub',
      action: "The hub's operators list the networks that may be called; until then, pull.",
    },
  },
  'webhook-not-active': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Webhook không hoạt động nên không gửi thông báo',
      action: 'Đơn vị mở lại webhook; những gì đã tới vẫn nằm trong hộp thư của đơn vị.',
    },
    en: {
      title: 'The webhook is not active, so no notice is sent',
      action: "The unit resumes it; what came meanwhile lies in the unit's mailbox.",
    },
  },
  'webhook-gone': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Địa chỉ webhook trả lời 410: không nhận thông báo nữa',
      action: 'Webhook đã bị tạm dừng; đơn vị sửa hệ thống của mình rồi mở lại.',
    },
    en: {
      title: 'The address of the webhook answered 410: it wants no more notices',
      action: 'The webhook is suspended; the unit mends its system, then resumes it.',
    },
  },
  'webhook-refused': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Địa chỉ webhook không trả lời 2xx',
      action: 'Đơn vị xem nhật ký hệ thống của mình; trục gửi lại, không đi theo chuyển hướng.',
    },
    en: {
      title: 'The address of the webhook did not answer with 2xx',
      action: "The unit looks into its system's log; the hub tries again, and follows no redirect.",
    },
  },
  'webhook-unreachable': {
    status: 504,
    responsible: 'network',
    vi: {
      title: 'Không tới được địa chỉ webhook, hoặc quá 15 giây không trả lời',
      action: 'Đơn vị kiểm tra tên miền, tường lửa, chứng thư của địa chỉ; trục gửi lại.',
    },
    en: {
      title: 'The address of the webhook is not reached, or did not answer within 15 seconds',
      action: 'The unit checks its name, firewall and certificate; the hub tries again.',
    },
  },
  'webhook-address-refused': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Địa chỉ webhook không thuộc mạng được phép',
      action: 'Đơn vị dùng địa chỉ trong mạng được phép, hoặc đề nghị quản trị trục bổ sung mạng.',
    },
    en: {
      title: 'The address of the webhook lies outside the allowed networks',
      action: "The unit uses an address inside them, or asks the hub's operators to add the network.",
    },
  },
} as const satisfies Record<string, ProblemEntry>;
