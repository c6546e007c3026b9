// What each kind of exception means, for the person who decides it.
import type { Words } from '../../../problem.ts';
import type { ExceptionKind } from '../ledger.ts';

/** By kind. */
export const exceptionWords: Readonly<Record<ExceptionKind, Words>> = {
  'wrong-amount': {
    vi: 'Nền tảng báo đã thu số tiền hoặc loại tiền khác với khoản phải nộp; khoản không đổi. Người có thẩm quyền của tỉnh đối chiếu với ngân hàng rồi trả lại tiền hoặc ghi nhận.',
    en: 'The platform took another amount or currency than was asked for; the payment did not change. The province checks with the bank, then gives it back or notes it.',
  },
  'after-cancel': {
    vi: 'Tiền đến sau khi khoản đã hủy: nhận khoản này hoặc trả lại tiền.',
    en: 'Money came after the payment was cancelled: take it, or give it back.',
  },
  'after-failure': {
    vi: 'Tiền đến sau khi khoản đã báo thất bại; khoản đã chuyển thành đã thanh toán.',
    en: 'Money came after the payment had failed; it is paid now.',
  },
  late: {
    vi: 'Tiền đến sau khi khoản hết hạn; khoản đã chuyển thành đã thanh toán.',
    en: 'Money came after the payment had expired; it is paid now.',
  },
  'paid-twice': {
    vi: 'Nền tảng có giao dịch thứ hai cho một khoản đã thanh toán: người có thẩm quyền của tỉnh trả lại tiền thừa hoặc ghi nhận.',
    en: 'The platform has a second transaction for a payment that is paid: the province gives the surplus back, or notes it.',
  },
  'pending-too-long': {
    vi: 'Đã hỏi nền tảng đủ số lần mà chưa rõ kết quả: hỏi nền tảng hoặc ngân hàng rồi quyết định.',
    en: 'The platform was asked as often as it is to be and does not know: ask it or the bank, then decide.',
  },
  'status-differs': {
    vi: 'Nền tảng và trục nói khác nhau về khoản này đã có tiền hay chưa: người có thẩm quyền của tỉnh đối chiếu rồi quyết định.',
    en: 'The platform and the hub do not agree whether this payment has its money: the province compares, then decides.',
  },
  'amount-differs': {
    vi: 'Đối soát: số tiền của nền tảng khác với số tiền của khoản; người có thẩm quyền của tỉnh hỏi nền tảng rồi quyết định.',
    en: 'Reconciliation: the platform’s amount is not the payment’s; the province asks the platform, then decides.',
  },
  'only-ours': {
    vi: 'Đối soát: khoản đã thanh toán mà tệp trong ngày của nền tảng không có; người có thẩm quyền của tỉnh hỏi nền tảng.',
    en: 'Reconciliation: a payment that is paid is not in the platform’s file of the day; the province asks the platform.',
  },
  'refund-differs': {
    vi: 'Đối soát: nền tảng đã hoàn tiền một khoản mà trục chưa ghi là đã hoàn; đơn vị đề nghị hoàn, tỉnh ghi kết quả.',
    en: 'Reconciliation: the platform gave the money back; the hub has no such refund: the unit asks for it, the province records it.',
  },
  'unknown-reference': {
    vi: 'Nền tảng xác nhận một mã tham chiếu mà trục không có; người có thẩm quyền của tỉnh hỏi nền tảng tiền của ai.',
    en: 'The platform confirms a reference that the hub does not have; the province asks the platform whose money it is.',
  },
  'only-theirs': {
    vi: 'Đối soát: tệp của nền tảng có giao dịch mà trục không có; người có thẩm quyền của tỉnh hỏi nền tảng tiền của ai.',
    en: 'Reconciliation: the platform’s file has a transaction that the hub does not have; the province asks the platform whose money it is.',
  },
};
