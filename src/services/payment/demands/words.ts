// What happened to a payment and why a person is needed, in both languages.
import type { Words } from '../../../problem.ts';
import type { ExceptionKind, LedgerEvent } from '../ledger.ts';

const words = (vi: string, en: string): Words => ({ vi, en });

const events: Readonly<Record<LedgerEvent['kind'], Words>> = {
  'url-received': words('Nền tảng đã cấp địa chỉ thanh toán', 'The platform gave an address to pay at'),
  'init-refused': words('Không tạo được giao dịch tại nền tảng', 'The platform did not take it'),
  confirmed: words('Nền tảng xác nhận đã thu đủ', 'The platform confirmed the whole amount'),
  'not-confirmed': words('Nền tảng báo chưa thu được', 'The platform says that it has no money'),
  'query-paid': words('Hỏi nền tảng: đã thu', 'Asked, the platform says: paid'),
  'query-pending': words('Hỏi nền tảng: đang chờ', 'Asked, the platform says: pending'),
  'query-failed': words('Hỏi nền tảng: không thành công', 'Asked, the platform says: failed'),
  'query-unknown': words('Hỏi nền tảng: không rõ', 'Asked, the platform does not know'),
  line: words('Theo dòng đối soát', 'By a line of the reconciliation'),
  'no-line': words('Đối soát không có khoản này', 'The reconciliation does not have it'),
  expired: words('Hết hạn, nền tảng không có tiền', 'Its time is over, and the platform has no money'),
  'polls-exhausted': words('Đã hỏi đủ số lần, chờ người xử lý', 'Asked to the end; a person has it'),
  cancelled: words('Đơn vị đã hủy', 'Cancelled by the unit'),
  'refund-requested': words('Đơn vị đề nghị hoàn tiền', 'The unit asks for a refund'),
  'refund-made': words('Đã hoàn tiền', 'The money was given back'),
  'refund-refused': words('Không hoàn tiền', 'The refund was refused'),
  accepted: words('Người có thẩm quyền chấp nhận tiền đã đến', 'A person accepted that the money came'),
  'not-paid': words('Người có thẩm quyền xác định không có tiền', 'A person found that no money came'),
};

const isEvent = (event: string): event is keyof typeof events => Object.hasOwn(events, event);

/** Of an event; nothing where it has no words. */
export const eventWords = (event: string): Partial<Words> => (isEvent(event) ? events[event] : {});

/** Why a person is needed. */
export const exceptionWords: Readonly<Record<ExceptionKind, Words>> = {
  'wrong-amount': words('Số tiền xác nhận khác số phải thu', 'Another amount was confirmed'),
  'after-cancel': words('Tiền đến sau khi hủy', 'Money came after it was cancelled'),
  'after-failure': words('Tiền đến sau khi báo thất bại', 'Money came after it had failed'),
  late: words('Tiền đến sau khi hết hạn', 'Money came after its time was over'),
  'paid-twice': words('Có giao dịch thứ hai cho cùng khoản', 'There is a second transaction for it'),
  'pending-too-long': words('Chờ quá lâu chưa có kết quả', 'It has been pending for too long'),
  'status-differs': words('Trạng thái hai bên khác nhau', 'The states on both sides differ'),
  'amount-differs': words('Số tiền đối soát khác nhau', 'The amounts of the reconciliation differ'),
  'only-ours': words('Chỉ trục có khoản này', 'Only the hub has it'),
  'refund-differs': words('Hoàn tiền hai bên khác nhau', 'The refunds on both sides differ'),
  'unknown-reference': words('Mã tham chiếu không có ở trục', 'The hub has no such reference'),
  'only-theirs': words('Chỉ nền tảng có giao dịch này', 'Only the platform has it'),
};
