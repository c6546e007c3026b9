// What is said of exchanges that did not end with a problem, in Vietnamese and English.

/** Words by what became of the exchange. */
export const stateWords = {
  answered: {
    vi: { title: 'Đã trả lời', action: 'Không cần làm gì.' },
    en: { title: 'It was answered', action: 'Nothing to do.' },
  },
  underWay: {
    vi: {
      title: 'Đang xử lý',
      action:
        'Chờ rồi hỏi lại. Nếu tiến trình của trục đã dừng, sau khoảng 10 giây trạng thái chuyển thành chưa rõ.',
    },
    en: {
      title: 'It is under way',
      action:
        'Wait and ask again. If the process of the hub has died, it becomes unknown after about 10 seconds.',
    },
  },
  notSent: {
    vi: {
      title: 'Trục đã rút giao dịch trước khi gửi đi',
      action: 'Chưa có gì được gửi tới hệ thống quốc gia; gọi lại.',
    },
    en: {
      title: 'The hub withdrew the exchange before anything left',
      action: 'Nothing was sent to a national system; call again.',
    },
  },
  unknownRead: {
    vi: {
      title: 'Chưa rõ kết quả: trục dừng trước khi ghi được',
      action: 'Gọi lại: thao tác chỉ đọc, không thay đổi gì. Quản trị trục xem vì sao tiến trình dừng.',
    },
    en: {
      title: 'The outcome is unknown: the hub stopped before it was recorded',
      action: "Call again: the operation only reads. The hub's operators look why the process stopped.",
    },
  },
  unknownEffect: {
    vi: {
      title: 'Chưa rõ kết quả: trục dừng trước khi ghi được',
      action: 'Gửi lại đúng nội dung với cùng Idempotency-Key để nhận kết quả; không dùng khóa mới.',
    },
    en: {
      title: 'The outcome is unknown: the hub stopped before it was recorded',
      action: 'Send the same content with the same Idempotency-Key to get the outcome; do not use a new key.',
    },
  },
} as const;

/** Words by where a delivery stands. */
export const deliveryWords = {
  underWay: {
    vi: {
      title: 'Đang chuyển',
      action: 'Không cần gửi lại: trục tự gửi lại cho đến khi xong hoặc hết thời hạn.',
    },
    en: {
      title: 'It is on its way',
      action: 'Do not send it again: the hub retries by itself until it is done or its time is over.',
    },
  },
  held: {
    vi: { title: 'Đang được giữ lại', action: 'Chờ người có thẩm quyền cho đi tiếp hoặc hủy.' },
    en: { title: 'It is held', action: 'Wait until those in charge release or abandon it.' },
  },
  delivered: {
    vi: { title: 'Đã vào hộp của bên nhận', action: 'Bên nhận lấy về.' },
    en: { title: "It lies in the receiver's mailbox", action: 'The receiver takes it.' },
  },
  taken: {
    vi: { title: 'Bên nhận đã lấy', action: 'Không cần làm gì.' },
    en: { title: 'The receiver has taken it', action: 'Nothing to do.' },
  },
  sent: {
    vi: { title: 'Đã gửi sang bên nhận ngoài trục', action: 'Chờ trạng thái của bên nhận.' },
    en: { title: 'It was sent out of the hub', action: "Wait for the receiver's status." },
  },
  refused: {
    vi: { title: 'Bên nhận từ chối', action: 'Bên gửi xem lý do và gửi văn bản mới nếu cần.' },
    en: {
      title: 'The receiver refused it',
      action: 'The sender reads the reason and sends anew where needed.',
    },
  },
  dead: {
    vi: {
      title: 'Không gửi được, đã dừng gửi lại',
      action: 'Quản trị trục xem lý do, cho gửi lại hoặc hủy. Bên gửi không gửi lại.',
    },
    en: {
      title: 'It could not be sent and is retried no more',
      action:
        "The hub's operators look at the reason and replay or abandon it. The sender does not send again.",
    },
  },
  abandoned: {
    vi: { title: 'Đã hủy, không chuyển nữa', action: 'Bên gửi hỏi quản trị trục lý do nếu cần.' },
    en: {
      title: 'It was abandoned',
      action: "The sender asks the hub's operators for the reason where needed.",
    },
  },
} as const;
