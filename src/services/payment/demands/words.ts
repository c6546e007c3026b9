// What happened to a payment, in both languages.
import type { Words } from '../../../problem.ts';
import type { LedgerEvent } from '../ledger.ts';

const words = (vi: string, en: string): Words => ({ vi, en });

const events: Readonly<Record<LedgerEvent['kind'], Words>> = {
  'url-received': words('Nền tảng đã cấp địa chỉ thanh toán', 'The platform gave an address to pay at'),
  'init-refused': words('Không tạo được giao dịch tại nền tảng', 'The platform did not take it'),
  confirmed: words('Nền tảng xác nhận đã thu đủ', 'The platform confirmed the whole amount'),
  'not-confirmed': words('Nền tảng báo chưa thu được', 'The platform says that it has no money'),
  'query-paid': words('Hỏi nền tảng: đã thu', 'Asked, the platform says: paid'),
  'query-paid-other': words(
    'Hỏi nền tảng: đã thu, nhưng nền tảng đã nêu số tiền khác',
    'Asked, the platform says: paid; but it has named another amount',
  ),
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
