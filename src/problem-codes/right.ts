// Problem codes of steps 3 to 5 of the request path.
import type { ProblemEntry } from './entry.ts';

/** Problems of rights, limits and the request itself. */
export const rightCodes = {
  'mandate-missing': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Hệ thống không được đơn vị này ủy quyền',
      action: 'Đơn vị xác nhận ủy quyền cho hệ thống tại trục.',
    },
    en: {
      title: 'The system has no mandate of this unit',
      action: 'The unit confirms a mandate for the system at the hub.',
    },
  },
  'grant-missing': {
    status: 403,
    responsible: 'caller',
    vi: { title: 'Chưa có quyền khai thác cho thao tác này', action: 'Đơn vị đề nghị cấp quyền khai thác.' },
    en: { title: 'There is no grant for this operation', action: 'The unit asks for a grant.' },
  },
  'purpose-not-granted': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Quyền khai thác không gồm mục đích này',
      action: 'Hệ thống gọi dùng mục đích đã cấp, hoặc đơn vị đề nghị cấp quyền cho mục đích mới.',
    },
    en: {
      title: 'No grant covers this purpose',
      action: 'The calling system uses a granted purpose, or the unit asks for a grant.',
    },
  },
  'grant-expired': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Quyền khai thác đã hết hạn hoặc chưa có hiệu lực',
      action: 'Đơn vị đề nghị gia hạn quyền khai thác.',
    },
    en: {
      title: 'The grant has expired or is not yet in force',
      action: 'The unit asks for the grant to be renewed.',
    },
  },
  'case-code-missing': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Quyền khai thác yêu cầu mã hồ sơ',
      action: 'Hệ thống gọi gửi mã hồ sơ trong tiêu đề Case-Code.',
    },
    en: {
      title: 'The grant asks for a case code',
      action: 'The calling system sends the dossier code in the header Case-Code.',
    },
  },
  'case-code-invalid': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Mã hồ sơ không hợp lệ',
      action: 'Hệ thống gọi gửi mã hồ sơ dài tối đa 80 ký tự ASCII in được.',
    },
    en: {
      title: 'The case code is not valid',
      action: 'The calling system sends a case code of at most 80 printable ASCII characters.',
    },
  },
  'assurance-too-low': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Mức bảo đảm danh tính cán bộ chưa đủ',
      action: 'Cán bộ phải tự đăng nhập theo mức mà quyền khai thác yêu cầu.',
    },
    en: {
      title: "The officer's assurance is too low",
      action: 'The officer signs in at the level that the grant asks for.',
    },
  },
  'address-not-granted': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Địa chỉ mạng không nằm trong quyền khai thác',
      action: 'Đơn vị đăng ký địa chỉ mạng của hệ thống.',
    },
    en: {
      title: 'The network address is not in the grant',
      action: "The unit registers the system's network address.",
    },
  },
  'outside-granted-hours': {
    status: 403,
    responsible: 'caller',
    vi: { title: 'Ngoài giờ mà quyền khai thác cho phép', action: 'Gọi lại trong giờ cho phép.' },
    en: { title: 'Outside the hours of the grant', action: 'Call again within the granted hours.' },
  },
  'service-off': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Dịch vụ đang tắt tại trục',
      action: 'Quản trị trục đã tạm dừng hoặc chưa đăng ký dịch vụ; chờ thông báo của họ.',
    },
    en: {
      title: 'The service is not on at the hub',
      action: "The hub's administrators switched it off or have not registered it; wait for their notice.",
    },
  },
  'source-off': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Nguồn đang bị tắt tại trục',
      action: 'Chờ thông báo của đơn vị vận hành trục; không cần gửi lại liên tục.',
    },
    en: {
      title: 'The source is switched off at the hub',
      action: 'Wait for word from the operator of the hub; there is no need to keep trying.',
    },
  },
  'unit-inactive': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Đơn vị đang bị tạm dừng hoặc đã bị thu hồi',
      action: 'Đơn vị liên hệ đơn vị vận hành trục.',
    },
    en: {
      title: 'The unit is suspended or revoked',
      action: 'The unit contacts the operator of the hub.',
    },
  },
  'grant-suspended': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Quyền khai thác đang bị tạm dừng',
      action: 'Đơn vị liên hệ đơn vị vận hành trục hoặc bên đã cấp quyền.',
    },
    en: {
      title: 'The grant is suspended',
      action: 'The unit contacts the operator of the hub or whoever gave the grant.',
    },
  },
  'registry-stale': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Trục chưa xác nhận được danh bạ quyền',
      action: 'Gọi lại sau; quản trị trục kiểm tra cơ sở dữ liệu.',
    },
    en: {
      title: 'The hub cannot confirm its registry of rights',
      action: "Call again later; the hub's operators check the database.",
    },
  },
  'rate-exceeded': {
    status: 429,
    responsible: 'caller',
    vi: { title: 'Gọi quá nhanh', action: 'Hệ thống gọi chờ theo tiêu đề Retry-After.' },
    en: {
      title: 'Too many calls in a short time',
      action: 'The calling system waits as the header Retry-After says.',
    },
  },
  'quota-exceeded': {
    status: 429,
    responsible: 'caller',
    vi: { title: 'Đã hết hạn mức trong ngày', action: 'Chờ sang ngày mới hoặc đơn vị đề nghị tăng hạn mức.' },
    en: {
      title: "The day's quota is used up",
      action: 'Wait for the next day, or the unit asks for a higher quota.',
    },
  },
  'source-busy': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Hàng đợi tới hệ thống quốc gia đã đầy',
      action: 'Hệ thống gọi chờ theo tiêu đề Retry-After.',
    },
    en: {
      title: 'The queue to the national system is full',
      action: 'The calling system waits as the header Retry-After says.',
    },
  },
  'hub-busy': {
    status: 503,
    responsible: 'hub',
    vi: { title: 'Trục đang quá tải', action: 'Hệ thống gọi chờ theo tiêu đề Retry-After.' },
    en: {
      title: 'The hub is overloaded',
      action: 'The calling system waits as the header Retry-After says.',
    },
  },
  'hub-stopping': {
    status: 503,
    responsible: 'hub',
    vi: { title: 'Trục đang dừng', action: 'Gọi lại sau ít giây.' },
    en: { title: 'The hub is stopping', action: 'Call again in a few seconds.' },
  },
  'body-too-large': {
    status: 413,
    responsible: 'caller',
    vi: { title: 'Nội dung yêu cầu quá lớn', action: 'Hệ thống gọi gửi nội dung trong giới hạn của đặc tả.' },
    en: {
      title: 'The request body is too large',
      action: "The calling system keeps within the contract's limit.",
    },
  },
  'body-unreadable': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Không đọc được nội dung yêu cầu',
      action: 'Hệ thống gọi gửi JSON hợp lệ, mã hóa UTF-8, mỗi thành viên một lần.',
    },
    en: {
      title: 'The request body cannot be read',
      action: 'The calling system sends valid JSON in UTF-8, each member once.',
    },
  },
  'media-type-not-supported': {
    status: 415,
    responsible: 'caller',
    vi: {
      title: 'Kiểu nội dung không được hỗ trợ',
      action: 'Hệ thống gọi dùng Content-Type của đặc tả, không nén.',
    },
    en: {
      title: 'The media type is not supported',
      action: "The calling system uses the contract's Content-Type, without compression.",
    },
  },
  'request-invalid': {
    status: 400,
    responsible: 'caller',
    vi: { title: 'Yêu cầu không đúng đặc tả', action: 'Hệ thống gọi sửa các vị trí nêu trong errors.' },
    en: {
      title: 'The request does not fit the contract',
      action: 'The calling system corrects the places named in errors.',
    },
  },
  'persons-limit-reached': {
    status: 429,
    responsible: 'caller',
    vi: {
      title: 'Đã tra cứu số người tối đa trong ngày',
      action: 'Cán bộ chờ sang ngày mới; đơn vị đề nghị tăng giới hạn nếu cần.',
    },
    en: {
      title: "The day's limit of distinct persons is reached",
      action: 'The officer waits for the next day; the unit asks for a higher limit if it is needed.',
    },
  },
  'mismatch-limit-reached': {
    status: 429,
    responsible: 'caller',
    vi: {
      title: 'Quá nhiều lần không xác nhận được trong ngày',
      action: 'Cán bộ kiểm tra giấy tờ gốc; quản trị trục mở lại khi cần.',
    },
    en: {
      title: 'Too many failed confirmations today',
      action:
        "The officer checks the original papers; the hub's administrators lift the limit if it is needed.",
    },
  },
} as const satisfies Record<string, ProblemEntry>;
