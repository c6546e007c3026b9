// The table of problem codes: the only place where their status, party and words stand. Codes never change meaning.

/** Who must act on a problem. */
export type Responsible = 'caller' | 'hub' | 'network' | 'source';

/** Title and what to do, in one language. */
export interface ProblemWords {
  readonly title: string;
  readonly action: string;
}

interface ProblemEntry {
  readonly status: number;
  readonly responsible: Responsible;
  readonly vi: ProblemWords;
  readonly en: ProblemWords;
}

/** RFC 9457 problem types of the hub, explained at `/problems/<code>`. */
export const problemCodes = {
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
      action: 'Hệ thống gọi xin mã kèm bằng chứng DPoP (RFC 9449): thao tác này dùng dữ liệu cá nhân.',
    },
    en: {
      title: 'The access token is not bound to its holder',
      action:
        'The calling system obtains a token with a DPoP proof (RFC 9449): this operation carries personal data.',
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
    vi: { title: 'Dịch vụ đang tạm dừng', action: 'Quản trị trục đã tạm dừng dịch vụ; chờ thông báo.' },
    en: {
      title: 'The service is switched off',
      action: "The hub's administrators switched it off; wait for their notice.",
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
    vi: { title: 'Không đọc được nội dung yêu cầu', action: 'Hệ thống gọi gửi JSON hợp lệ, mã hóa UTF-8.' },
    en: { title: 'The request body cannot be read', action: 'The calling system sends valid JSON in UTF-8.' },
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
  'evidence-unavailable': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Trục không ghi được bằng chứng nên không trả kết quả',
      action: 'Gọi lại sau; quản trị trục kiểm tra cơ sở dữ liệu.',
    },
    en: {
      title: 'The hub cannot record the exchange, so it gives no answer',
      action: "Call again later; the hub's operators check the database.",
    },
  },
  'outcome-not-recorded': {
    status: 500,
    responsible: 'hub',
    vi: {
      title: 'Việc đã làm nhưng kết quả chưa ghi được',
      action: 'Hỏi kết quả theo mã giao dịch; không gửi lại.',
    },
    en: {
      title: 'The effect was made but its outcome is not recorded',
      action: 'Ask for the outcome by exchange id; do not send again.',
    },
  },
  'source-unreachable': {
    status: 503,
    responsible: 'network',
    vi: {
      title: 'Không kết nối được tới hệ thống quốc gia',
      action: 'Gọi lại sau; quản trị trục kiểm tra đường truyền. Chưa có gì được gửi đi.',
    },
    en: {
      title: 'The national system cannot be reached',
      action: "Call again later; the hub's operators check the line. Nothing was sent.",
    },
  },
  'source-timeout': {
    status: 504,
    responsible: 'source',
    vi: {
      title: 'Hệ thống quốc gia không trả lời kịp',
      action: 'Gọi lại sau; đơn vị vận hành hệ thống quốc gia kiểm tra.',
    },
    en: {
      title: 'The national system did not answer in time',
      action: 'Call again later; the operators of the national system look into it.',
    },
  },
  'source-unavailable': {
    status: 503,
    responsible: 'source',
    vi: {
      title: 'Hệ thống quốc gia đang gián đoạn',
      action: 'Gọi lại sau; dùng quy trình dự phòng nếu cần gấp.',
    },
    en: {
      title: 'The national system is not available',
      action: 'Call again later; use the fallback procedure where it is urgent.',
    },
  },
  'source-unreadable': {
    status: 502,
    responsible: 'source',
    vi: {
      title: 'Không đọc được trả lời của hệ thống quốc gia',
      action: 'Gọi lại sau; quản trị trục báo đơn vị vận hành hệ thống quốc gia.',
    },
    en: {
      title: "The national system's answer cannot be read",
      action: "Call again later; the hub's operators tell those of the national system.",
    },
  },
  'source-refused': {
    status: 502,
    responsible: 'hub',
    vi: {
      title: 'Hệ thống quốc gia từ chối yêu cầu',
      action: 'Quản trị trục kiểm tra cấu hình kết nối với hệ thống quốc gia.',
    },
    en: {
      title: 'The national system refused the request',
      action: "The hub's operators check the connection's configuration.",
    },
  },
  'officer-refused-by-source': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Hệ thống quốc gia không chấp nhận cán bộ này',
      action: 'Đơn vị đăng ký hoặc gia hạn cán bộ với cơ quan chủ quản dữ liệu.',
    },
    en: {
      title: 'The national system does not accept this officer',
      action: 'The unit registers or renews the officer with the owner of the data.',
    },
  },
  'code-unmapped': {
    status: 409,
    responsible: 'hub',
    vi: {
      title: 'Chưa có mã tương ứng tại hệ thống quốc gia',
      action: 'Quản trị trục bổ sung mã của đơn vị cho hệ thống quốc gia này.',
    },
    en: {
      title: 'There is no code for this at the national system',
      action: "The hub's administrators add the unit's code for this national system.",
    },
  },
  'answer-invalid': {
    status: 502,
    responsible: 'hub',
    vi: {
      title: 'Trả lời không đúng đặc tả nên không được trả về',
      action: 'Quản trị trục sửa phần chuyển đổi.',
    },
    en: {
      title: 'The answer does not fit the contract, so it is not released',
      action: "The hub's operators correct the mapping.",
    },
  },
  'exchange-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Không có giao dịch này trong phạm vi của đơn vị',
      action: 'Hệ thống gọi kiểm tra mã giao dịch và đơn vị của mã truy cập.',
    },
    en: {
      title: "There is no such exchange within your unit's reach",
      action: "The calling system checks the exchange id and the token's unit.",
    },
  },
  'receipt-not-ready': {
    status: 404,
    responsible: 'hub',
    vi: { title: 'Biên nhận chưa sẵn sàng', action: 'Hỏi lại theo tiêu đề Retry-After.' },
    en: { title: 'The receipt is not ready yet', action: 'Ask again as the header Retry-After says.' },
  },
  'deadline-exceeded': {
    status: 504,
    responsible: 'hub',
    vi: { title: 'Quá thời hạn xử lý', action: 'Gọi lại sau; quản trị trục kiểm tra.' },
    en: { title: 'The deadline has passed', action: "Call again later; the hub's operators look into it." },
  },
  'internal-error': {
    status: 500,
    responsible: 'hub',
    vi: { title: 'Lỗi của trục', action: 'Báo quản trị trục mã giao dịch này.' },
    en: { title: 'An error of the hub', action: "Tell the hub's operators this exchange id." },
  },
} as const satisfies Record<string, ProblemEntry>;

/** A stable problem code. */
export type ProblemCode = keyof typeof problemCodes;
