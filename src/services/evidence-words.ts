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
