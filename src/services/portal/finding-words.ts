// The words of findings: what is wrong, why it matters, who must act. They never repeat a value.
import type { Words } from '../../problem.ts';
import type { Finding, FindingCode } from './findings.ts';

const unitMends = { vi: 'Đơn vị sửa rồi gửi lại.', en: 'The unit mends it and submits again.' };
const unitJudges = {
  vi: 'Đơn vị xem lại; trục không sửa thay.',
  en: 'The unit looks again; the hub changes nothing.',
};

const toUnitMends = (vi: string, en: string): Words => ({
  vi: `${vi} ${unitMends.vi}`,
  en: `${en} ${unitMends.en}`,
});

const toUnitJudges = (vi: string, en: string): Words => ({
  vi: `${vi} ${unitJudges.vi}`,
  en: `${en} ${unitJudges.en}`,
});

const words: Readonly<Record<FindingCode | 'refused', Words>> = {
  'code-form': toUnitMends(
    'Chưa gửi: mã không đúng dạng mà Cổng nhận.',
    'Not sent: the code has none of the forms that the portal takes.',
  ),
  missing: toUnitMends(
    'Chưa gửi: thiếu trường mà Cổng bắt buộc.',
    'Not sent: a member that the portal demands is missing.',
  ),
  'too-long': toUnitMends(
    'Dài hơn mức Cổng nhận; trục không cắt bớt.',
    'Longer than the portal takes; the hub cuts nothing off.',
  ),
  'time-order': toUnitJudges(
    'Thời điểm sớm hơn thời điểm phải có trước nó; kiểm toán sẽ hỏi.',
    'The time lies before one that should come first; an auditor will ask.',
  ),
  'no-translation': {
    vi: 'Cổng không có mã cho loại chủ hồ sơ này nên chưa gửi được; trục không đổi sang loại khác. Đơn vị kiểm tra lại; nếu đúng, báo quản trị trục hỏi Cổng.',
    en: "The portal has no code for this kind of owner, so the record can't be sent; the hub does not turn it into another. The unit looks again; if it is right, the hub's operators ask the portal.",
  },
  'procedure-unknown': {
    vi: 'Danh mục thủ tục không có mã này nên Cổng từ chối. Đơn vị kiểm tra mã; nếu mã mới ban hành, quản trị trục đồng bộ danh mục.',
    en: "The catalogue lacks this procedure code, so the portal refuses it. The unit checks the code; if it is new, the hub's operators synchronise the catalogue.",
  },
  'procedure-withdrawn': {
    vi: 'Thủ tục đã bị bãi bỏ trên Cổng nên hồ sơ bị từ chối. Đơn vị dùng mã đang có hiệu lực.',
    en: 'The procedure was withdrawn at the portal, so the dossier is refused. The unit uses a code in force.',
  },
  'received-missing': toUnitMends(
    'Trạng thái cho biết đã tiếp nhận nhưng thiếu ngày tiếp nhận: hồ sơ không được tính vào tỷ lệ đồng bộ.',
    'The status says that it was received, but the date of reception is missing: the dossier is not counted as synchronised.',
  ),
  'due-missing': toUnitMends(
    'Đã tiếp nhận nhưng thiếu ngày hẹn trả: không tính được đúng hạn.',
    'It was received, but the promised date is missing: it is not counted as on time.',
  ),
  'finished-missing': toUnitMends(
    'Đã xử lý xong nhưng thiếu ngày kết thúc xử lý: không tính được đúng hạn.',
    'It is finished, but the date of finishing is missing: it is not counted as on time.',
  ),
  overdue: toUnitJudges(
    'Kết thúc sau ngày hẹn trả: hồ sơ tính là trễ hạn.',
    'It ended after the promised date: the dossier counts as late.',
  ),
  'second-supplement': toUnitJudges(
    'Yêu cầu bổ sung từ lần thứ hai: hồ sơ tính là trễ hạn.',
    'A second request for a supplement: the dossier counts as late.',
  ),
  'result-without-code': toUnitMends(
    'Kết quả thiếu mã giấy tờ: không tính là kết quả điện tử.',
    'The result has no paper code: it does not count as an electronic result.',
  ),
  'result-without-link': toUnitMends(
    'Kết quả thiếu liên kết tới tệp: không tính là kết quả điện tử.',
    'The result has no link to its file: it does not count as an electronic result.',
  ),
  'payment-flag-missing': toUnitMends(
    'Có phí, lệ phí, nộp trực tuyến nhưng không nói đã thanh toán qua đâu: không tính thanh toán trực tuyến.',
    'There are fees and the channel is online, but where they were paid is not said: no online payment is counted.',
  ),
  'not-online': toUnitJudges(
    'Kênh thực hiện không phải trực tuyến: không tính hồ sơ trực tuyến.',
    'The channel is not online: it does not count as an online dossier.',
  ),
  'digitised-missing': toUnitMends(
    'Chưa nói có thành phần số hóa hay không: không tính điểm số hóa.',
    'Whether it has digitised parts is not said: digitisation is not scored.',
  ),
  'databases-missing': toUnitMends(
    'Chưa nói đã khai thác cơ sở dữ liệu nào: không tính điểm khai thác dữ liệu.',
    'Which databases were consulted is not said: the use of databases is not scored.',
  ),
  'vneid-missing': toUnitMends(
    'Chưa nói tài khoản đã xác thực VNeID hay chưa: không tính điểm định danh.',
    'Whether the account was verified with VNeID is not said: electronic identity is not scored.',
  ),
  'status-order': toUnitJudges(
    'Trạng thái không nối tiếp trạng thái đã gửi lần trước; Cổng có thể từ chối.',
    'The status does not follow the one that was said last; the portal may refuse it.',
  ),
  refused: toUnitMends('Cổng từ chối bản ghi ở chỗ này.', 'The portal refused the record for this place.'),
};

/** A finding as the contract shows it. */
export function toSpokenFinding({ code, severity, where, most }: Finding) {
  const { vi, en } = words[code];
  const limit = most === undefined ? { vi: '', en: '' } : { vi: ` Tối đa ${most}.`, en: ` At most ${most}.` };
  return { code, severity, where, vi: `${vi}${limit.vi}`, en: `${en}${limit.en}` };
}

/** A place for which the portal refused a record, as the contract shows it. */
export const toSpokenRefusal = (where: string) => ({
  ...{ code: 'refused', severity: 'blocking' as const, where },
  ...words.refused,
});
