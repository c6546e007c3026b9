// Problem codes of steps 1 and 2 of the request path.
import type { ProblemEntry } from './entry.ts';

/** Problems of matching a call and of knowing who calls. */
export const callerCodes = {
  'path-invalid': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Đường dẫn không hợp lệ',
      action: 'Hệ thống gọi sửa đường dẫn: không mã hóa dấu gạch chéo, không có đoạn . hoặc ..',
    },
    en: {
      title: 'The path is not valid',
      action: 'The calling system corrects the path: no encoded slashes, no dot segments.',
    },
  },
  'address-too-long': {
    status: 414,
    responsible: 'caller',
    vi: {
      title: 'Địa chỉ quá dài',
      action: 'Hệ thống gọi gửi ít điều kiện hơn hoặc giá trị ngắn hơn trong một lần gọi.',
    },
    en: {
      title: 'The address is too long',
      action: 'The calling system sends fewer or shorter parameters in one call.',
    },
  },
  'not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Không có dịch vụ tại địa chỉ này',
      action: 'Hệ thống gọi kiểm tra địa chỉ theo đặc tả dịch vụ.',
    },
    en: {
      title: 'There is no service at this address',
      action: 'The calling system checks the address against the contract.',
    },
  },
  'method-not-allowed': {
    status: 405,
    responsible: 'caller',
    vi: {
      title: 'Phương thức không được hỗ trợ tại địa chỉ này',
      action: 'Hệ thống gọi dùng phương thức ghi trong tiêu đề Allow.',
    },
    en: {
      title: 'The method is not supported at this address',
      action: 'The calling system uses a method named in the header Allow.',
    },
  },
  'token-missing': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Thiếu mã truy cập',
      action: 'Hệ thống gọi xin mã truy cập rồi gửi trong tiêu đề Authorization.',
    },
    en: {
      title: 'The access token is missing',
      action: 'The calling system obtains a token and sends it in the header Authorization.',
    },
  },
  'token-invalid': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Mã truy cập không hợp lệ',
      action: 'Hệ thống gọi xin mã mới tại đúng địa chỉ cấp mã của trục này.',
    },
    en: {
      title: 'The access token is not valid',
      action: "The calling system obtains a new token from this hub's token endpoint.",
    },
  },
  'token-expired': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Mã truy cập đã hết hạn hoặc chưa có hiệu lực',
      action: 'Hệ thống gọi xin mã mới và kiểm tra đồng hồ máy.',
    },
    en: {
      title: 'The access token has expired or is not yet valid',
      action: 'The calling system obtains a new token and checks its clock.',
    },
  },
  'token-revoked': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Mã truy cập đã bị thu hồi',
      action: 'Hệ thống gọi xin mã mới; nếu vẫn lỗi, liên hệ quản trị trục.',
    },
    en: {
      title: 'The access token has been revoked',
      action: "The calling system obtains a new token; if that fails too, it asks the hub's administrators.",
    },
  },
  'token-not-bound': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Mã truy cập không gắn với khóa của hệ thống',
      action:
        'Hệ thống gọi xin mã kèm bằng chứng DPoP (RFC 9449) hoặc chứng thư đã đăng ký (RFC 8705): thao tác này dùng dữ liệu cá nhân.',
    },
    en: {
      title: 'The access token is not bound to its holder',
      action:
        'The calling system obtains a token with a DPoP proof (RFC 9449) or its registered certificate (RFC 8705): this operation carries personal data.',
    },
  },
  'proof-missing': {
    status: 401,
    responsible: 'caller',
    vi: { title: 'Thiếu bằng chứng DPoP', action: 'Hệ thống gọi gửi tiêu đề DPoP cùng mã truy cập.' },
    en: {
      title: 'The DPoP proof is missing',
      action: 'The calling system sends the header DPoP with the token.',
    },
  },
  'proof-invalid': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Bằng chứng DPoP không hợp lệ',
      action:
        'Hệ thống gọi tạo bằng chứng cho đúng phương thức, địa chỉ, mã truy cập và thời điểm; kiểm tra đồng hồ máy.',
    },
    en: {
      title: 'The DPoP proof is not valid',
      action:
        'The calling system makes the proof for this very method, address, token and time, and checks its clock.',
    },
  },
  'proof-replayed': {
    status: 401,
    responsible: 'caller',
    vi: { title: 'Bằng chứng DPoP đã được dùng', action: 'Hệ thống gọi tạo bằng chứng mới cho mỗi lần gọi.' },
    en: {
      title: 'The DPoP proof has been used before',
      action: 'The calling system makes a new proof for each call.',
    },
  },
  'certificate-missing': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Thiếu chứng thư mà mã truy cập gắn với',
      action: 'Hệ thống gọi kết nối bằng chính chứng thư đã dùng khi xin mã.',
    },
    en: {
      title: 'The certificate that the token is bound to is missing',
      action: 'The calling system connects with the very certificate that it obtained the token with.',
    },
  },
  'certificate-other': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Chứng thư không phải là chứng thư mà mã truy cập gắn với',
      action: 'Hệ thống gọi dùng đúng chứng thư đã dùng khi xin mã, hoặc xin mã mới bằng chứng thư này.',
    },
    en: {
      title: 'The certificate is not the one that the token is bound to',
      action:
        'The calling system connects with the certificate that it obtained the token with, or obtains a new token with this one.',
    },
  },
  'certificate-not-registered': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Chứng thư chưa được đăng ký cho hệ thống, đã hết hạn đăng ký hoặc đã bị thu hồi',
      action: 'Đơn vị chủ quản hệ thống đăng ký chứng thư tại trục.',
    },
    en: {
      title: 'The certificate is not, or no longer, registered for the system',
      action: 'The unit that owns the system registers the certificate at the hub.',
    },
  },
  'certificate-expired': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Chứng thư đã hết hạn hoặc chưa có hiệu lực',
      action: 'Hệ thống gọi dùng chứng thư còn hiệu lực và đã đăng ký.',
    },
    en: {
      title: 'The certificate has expired or is not yet valid',
      action: 'The calling system connects with a registered certificate that is in force.',
    },
  },
  'certificate-unreadable': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Tiêu đề chứng thư không chứa đúng một chứng thư',
      action:
        'Bên vận hành cổng kết nối đặt tiêu đề chứng thư theo RFC 9440 và thay mọi giá trị do bên gọi gửi.',
    },
    en: {
      title: 'The certificate header does not hold exactly one certificate',
      action:
        'The operator of the proxy sets the certificate header as RFC 9440 says, replacing whatever the caller sent.',
    },
  },
  'certificate-not-trusted': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Tiêu đề chứng thư đến từ địa chỉ không phải cổng kết nối tin cậy',
      action:
        'Hệ thống gọi không tự gửi tiêu đề này; nếu có cổng kết nối ở giữa, đơn vị vận hành trục khai báo địa chỉ của cổng.',
    },
    en: {
      title: 'The certificate header comes from an address that is no trusted proxy',
      action:
        "The calling system does not send this header itself; if there is a proxy between, the hub's operators list its address.",
    },
  },
  'system-inactive': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Hệ thống đang bị tạm dừng hoặc thu hồi',
      action: 'Đơn vị chủ quản hệ thống liên hệ quản trị trục.',
    },
    en: {
      title: 'The system is suspended or revoked',
      action: "The unit that owns the system asks the hub's administrators.",
    },
  },
  'officer-missing': {
    status: 400,
    responsible: 'caller',
    vi: { title: 'Thiếu mã cán bộ', action: 'Hệ thống gọi gửi mã cán bộ đã đăng ký trong tiêu đề Officer.' },
    en: {
      title: 'The officer is missing',
      action: "The calling system sends the officer's registered id in the header Officer.",
    },
  },
  'officer-is-personal-number': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Tiêu đề Officer chứa số định danh cá nhân',
      action: 'Hệ thống gọi gửi mã cán bộ do trục cấp, không gửi số định danh cá nhân.',
    },
    en: {
      title: 'The header Officer holds a personal number',
      action: "The calling system sends the officer's id in the hub's registry, never a personal number.",
    },
  },
  'officer-unknown': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Cán bộ chưa đăng ký hoặc không thuộc đơn vị này',
      action: 'Đơn vị đăng ký cán bộ tại trục.',
    },
    en: {
      title: 'The officer is not registered for this unit',
      action: 'The unit registers the officer at the hub.',
    },
  },
  'purpose-missing': {
    status: 400,
    responsible: 'caller',
    vi: { title: 'Thiếu mục đích khai thác', action: 'Hệ thống gọi gửi mã mục đích trong tiêu đề Purpose.' },
    en: {
      title: 'The purpose is missing',
      action: 'The calling system sends the purpose code in the header Purpose.',
    },
  },
} as const satisfies Record<string, ProblemEntry>;
