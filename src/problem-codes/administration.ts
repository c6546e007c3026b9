// Problem codes of the administration service (openapi/admin.v1.yaml).
import type { ProblemEntry } from './entry.ts';

/** Problems of registering, changing and deciding. */
export const administrationCodes = {
  'record-not-found': {
    status: 404,
    responsible: 'caller',
    vi: { title: 'Không có bản ghi này', action: 'Kiểm tra mã; danh sách cho biết các mã hiện có.' },
    en: { title: 'There is no such record', action: 'Check the id; the list tells which there are.' },
  },
  'already-exists': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Mã hoặc khóa này đã được đăng ký', action: 'Chọn mã khác, hoặc sửa bản ghi đang có.' },
    en: { title: 'This id or key is registered already', action: 'Choose another, or change what is there.' },
  },
  'period-overlaps': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Thời hạn trùng với một bản ghi đang có hiệu lực',
      action: 'Kết thúc bản ghi kia trước, hoặc chọn thời hạn khác.',
    },
    en: {
      title: 'The period overlaps with a record in force',
      action: 'End the other one first, or choose another period.',
    },
  },
  'revision-conflict': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Người khác đã sửa bản ghi này',
      action: 'Đọc lại bản ghi, xem thay đổi, rồi gửi lại với `revision` mới.',
    },
    en: {
      title: 'Somebody else has changed this record',
      action: 'Read it again, look at the change, then send yours with the new `revision`.',
    },
  },
  'revoked-for-good': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Đã thu hồi vĩnh viễn', action: 'Đăng ký bản ghi mới.' },
    en: { title: 'It is revoked for good', action: 'Register a new one.' },
  },
  'state-unchanged': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Bản ghi đã ở trạng thái này', action: 'Không cần làm gì.' },
    en: { title: 'The record is in this state already', action: 'Nothing needs to be done.' },
  },
  'reach-too-small': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Quyền không bao gồm toàn tỉnh',
      action: 'Dùng hệ thống quản trị có quyền trong phạm vi toàn tỉnh.',
    },
    en: {
      title: 'The grant does not reach the whole province',
      action: 'Use a system of administration whose grant reaches the province.',
    },
  },
  'own-ground': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Không ai được tự tắt chỗ đứng của mình',
      action: 'Người quản trị khác, từ hệ thống và đơn vị khác, thực hiện. Dịch vụ quản trị không tắt được.',
    },
    en: {
      title: 'Nobody takes away what they themselves call with',
      action:
        'Another administrator, of another system and unit, does it. Administration is never switched off.',
    },
  },
  'two-keys-already': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Hệ thống đã có hai khóa có hiệu lực trong thời hạn này',
      action: 'Thu hồi hoặc rút ngắn một khóa trước, hoặc chọn thời hạn khác.',
    },
    en: {
      title: 'The system has two keys in this period already',
      action: 'Revoke or shorten one first, or choose another period.',
    },
  },
  'source-credential-refused': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Hệ thống quốc gia không nhận tài khoản này khi gọi thử',
      action: 'Không có gì thay đổi. Kiểm tra tài khoản và bí mật, từ chối đề nghị này và tạo đề nghị đúng.',
    },
    en: {
      title: 'The national system did not take this account in the test call',
      action: 'Nothing was changed. Check account and secret, reject this proposal and make a right one.',
    },
  },
  'source-credential-not-in-force': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Tài khoản không đang có hiệu lực',
      action: 'Chỉ gọi thử hoặc duyệt tài khoản trong thời hạn của nó và chưa bị tạm dừng, thay hay thu hồi.',
    },
    en: {
      title: 'The credential is not in force',
      action: 'Test or approve one within its period that is not suspended, replaced or revoked.',
    },
  },
  'proposal-pending': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Đã có một đề nghị đang chờ cho đối tượng này',
      action: 'Duyệt, từ chối hoặc rút đề nghị đang chờ trước.',
    },
    en: {
      title: 'A proposal for this is pending already',
      action: 'Approve, reject or withdraw the pending one first.',
    },
  },
  'proposal-decided': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Đề nghị đã được quyết định hoặc hết hạn', action: 'Tạo đề nghị mới nếu vẫn cần.' },
    en: { title: 'The proposal is decided or has expired', action: 'Make a new one if it is still needed.' },
  },
  'proposal-own': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Không ai được quyết định đề nghị của chính mình',
      action: 'Một cán bộ khác, từ một hệ thống quản trị khác, quyết định.',
    },
    en: {
      title: 'Nobody decides their own proposal',
      action: 'Another officer decides, from another system of administration.',
    },
  },
  'proposal-not-own': {
    status: 403,
    responsible: 'caller',
    vi: { title: 'Chỉ người đề nghị được rút đề nghị', action: 'Người khác dùng thao tác từ chối.' },
    en: { title: 'Only its requester may withdraw a proposal', action: 'Others reject it.' },
  },
  'file-unreadable': {
    status: 400,
    responsible: 'caller',
    vi: { title: 'Không đọc được tệp', action: 'Sửa tệp theo chi tiết được nêu rồi gửi lại.' },
    en: { title: 'The file cannot be read', action: 'Mend the file as the detail says, then send it again.' },
  },
  'import-in-error': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Bản xem trước còn dòng lỗi', action: 'Sửa các dòng được nêu trong tệp rồi xem trước lại.' },
    en: {
      title: 'The preview has rows in error',
      action: 'Mend the rows named in the file, then preview it again.',
    },
  },
  'import-applied': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Bản xem trước này đã được ghi', action: 'Không cần làm gì.' },
    en: { title: 'This preview was applied already', action: 'Nothing needs to be done.' },
  },
  'import-expired': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Bản xem trước đã quá 24 giờ', action: 'Xem trước lại tệp.' },
    en: { title: 'The preview is older than 24 hours', action: 'Preview the file again.' },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
