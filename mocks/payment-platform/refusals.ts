// Why the platform refuses. The code is always 99, the only one that is known; the words are invented [assumed].

/** `MoTaLoi` by reason. */
export const refusals = {
  shape: 'Bản tin không đúng định dạng',
  version: 'Phiên bản không đúng',
  partner: 'Mã đối tác không đúng',
  checksum: 'Mã xác thực không đúng',
  time: 'Thời gian giao dịch không hợp lệ',
  amount: 'Số tiền không hợp lệ',
  lines: 'Tổng các khoản không bằng số tiền',
  receipt: 'Thông tin biên lai không hợp lệ',
  duplicate: 'Mã tham chiếu đã dùng cho nội dung khác',
  unknown: 'Không tìm thấy giao dịch',
  notPaid: 'Giao dịch chưa thanh toán',
  paid: 'Giao dịch đã thanh toán',
  ended: 'Giao dịch đã kết thúc',
  notReady: 'Biên lai chưa sẵn sàng',
  notThere: 'Chưa có dữ liệu đối soát',
} as const;

/** A reason to refuse. */
export type Reason = keyof typeof refusals;
