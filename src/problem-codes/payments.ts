// Problem codes of online payment (openapi/payment.v1.yaml).
import type { ProblemEntry } from './entry.ts';

/** Problems of payments, exceptions, beneficiary accounts and reconciliation. */
export const paymentCodes = {
  'payment-not-found': {
    status: 404,
    responsible: 'caller',
    vi: { title: 'Không có khoản thanh toán này của đơn vị', action: 'Kiểm tra mã và đơn vị đang thay mặt.' },
    en: {
      title: 'The unit has no such payment',
      action: 'Check the id, and the unit that the system acts for.',
    },
  },
  'payment-invalid': {
    status: 422,
    responsible: 'caller',
    vi: {
      title: 'Khoản thanh toán không gửi được nguyên vẹn sang nền tảng',
      action: 'Sửa các chỗ được nêu: tổng các dòng, thời hạn, độ dài chữ; trục không tự cắt hay thêm gì.',
    },
    en: {
      title: 'The payment cannot be said to the platform as it is',
      action:
        'Mend the places named: sum of the lines, expiry, lengths; the hub cuts and adds nothing itself.',
    },
  },
  'payment-open': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Hồ sơ đang có khoản thanh toán giống hệt chưa xong',
      action: 'Dùng khoản đang chờ (xem listPayments), hoặc hủy nó trước.',
    },
    en: {
      title: 'The dossier has the same payment open already',
      action: 'Use the one that waits (see listPayments), or cancel it first.',
    },
  },
  'payment-platform-refused': {
    status: 502,
    responsible: 'source',
    vi: {
      title: 'Nền tảng thanh toán chưa nhận khoản này, chưa có tiền nào bị trừ',
      action: 'Người nộp thử lại sau hoặc nộp tại quầy; đơn vị báo bộ phận vận hành nếu lặp lại.',
    },
    en: {
      title: 'The payment platform did not take this payment; no money was taken',
      action: 'The payer tries later or pays at the counter; the unit tells operations if it goes on.',
    },
  },
  'payment-not-cancellable': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Khoản này không còn hủy được',
      action: 'Xem trạng thái: đã nộp thì đề nghị hoàn tiền; đang chờ người xử lý thì đợi quyết định.',
    },
    en: {
      title: 'This payment can no longer be cancelled',
      action: 'See its state: if paid, ask for a refund; if a person has it, wait for the decision.',
    },
  },
  'payment-not-refundable': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Chỉ hoàn được khoản đã thanh toán', action: 'Xem trạng thái của khoản.' },
    en: { title: 'Only what is paid can be refunded', action: 'See the state of the payment.' },
  },
  'refund-not-requested': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Khoản này không chờ hoàn tiền', action: 'Xem lịch sử trạng thái của khoản.' },
    en: { title: 'No refund of this payment is waited for', action: 'See the history of the payment.' },
  },
  'payment-not-paid': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Khoản này chưa nộp tiền nên không có biên lai',
      action: 'Xem trạng thái bằng readPayment; biên lai có sau khi nộp.',
    },
    en: {
      title: 'This payment has no money, so there is no receipt',
      action: 'See its state by readPayment; there is a receipt once it is paid.',
    },
  },
  'payment-receipt-not-ready': {
    status: 409,
    responsible: 'source',
    vi: { title: 'Nền tảng chưa có biên lai', action: 'Hỏi lại sau thời gian ở Retry-After.' },
    en: { title: 'The platform has no receipt yet', action: 'Ask again after the time in Retry-After.' },
  },
  'receipt-is-address': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Biên lai này là một địa chỉ, không phải tệp',
      action: 'Lấy địa chỉ bằng readReceipt.',
    },
    en: { title: 'This receipt is an address, not a file', action: 'Take the address by readReceipt.' },
  },
  'exception-not-found': {
    status: 404,
    responsible: 'caller',
    vi: { title: 'Không có ngoại lệ này', action: 'Kiểm tra mã.' },
    en: { title: 'There is no such exception', action: 'Check the id.' },
  },
  'exception-decided': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Ngoại lệ này đã có quyết định', action: 'Xem quyết định đã ghi.' },
    en: { title: 'This exception is decided already', action: 'See the decision recorded.' },
  },
  'decision-unfit': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Quyết định này không áp dụng được cho ngoại lệ',
      action: 'Chọn một quyết định trong danh sách của ngoại lệ.',
    },
    en: {
      title: 'This decision does not fit the exception',
      action: 'Choose one of those that the exception lists.',
    },
  },
  'beneficiary-unknown': {
    status: 422,
    responsible: 'caller',
    vi: {
      title: 'Không có tài khoản thụ hưởng đã duyệt với mã này cho đơn vị',
      action: 'Dùng mã trong listBeneficiaries, hoặc đề nghị thêm tài khoản.',
    },
    en: {
      title: 'The unit has no approved beneficiary account of this code',
      action: 'Use a code of listBeneficiaries, or ask for a new account.',
    },
  },
  'beneficiary-changed': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Tài khoản đã thay đổi hoặc đang có đề nghị khác chờ duyệt',
      action: 'Đọc lại tài khoản và đề nghị lại.',
    },
    en: {
      title: 'The account was changed meanwhile, or another change of it is pending',
      action: 'Read the account again and ask anew.',
    },
  },
  'beneficiary-change-not-found': {
    status: 404,
    responsible: 'caller',
    vi: { title: 'Không có đề nghị thay đổi này', action: 'Kiểm tra mã.' },
    en: { title: 'There is no such change', action: 'Check the id.' },
  },
  'beneficiary-change-decided': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Đề nghị này đã có quyết định', action: 'Xem quyết định đã ghi.' },
    en: { title: 'This change is decided already', action: 'See the decision recorded.' },
  },
  'reconciliation-not-found': {
    status: 404,
    responsible: 'caller',
    vi: { title: 'Không có lần đối soát này', action: 'Kiểm tra mã.' },
    en: { title: 'There is no such reconciliation', action: 'Check the id.' },
  },
  'reconciliation-running': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Ngày này đang được đối soát', action: 'Theo dõi lần đang chạy.' },
    en: { title: 'This day is being reconciled', action: 'Follow the one that runs.' },
  },
  'reconciliation-file-changed': {
    status: 502,
    responsible: 'source',
    vi: {
      title: 'Nền tảng đã đổi tệp của ngày trong khi đang đối soát',
      action: 'Yêu cầu đối soát lại ngày này; các dòng đã ghi vẫn giữ nguyên.',
    },
    en: {
      title: 'The platform changed its file of the day while it was being reconciled',
      action: 'Ask for this day again; the lines that were written stay as they are.',
    },
  },
  'reconciliation-day-early': {
    status: 422,
    responsible: 'caller',
    vi: { title: 'Chỉ đối soát được ngày đã qua', action: 'Đợi hết ngày rồi yêu cầu.' },
    en: { title: 'Only a day that is over can be reconciled', action: 'Wait for the day to end.' },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
