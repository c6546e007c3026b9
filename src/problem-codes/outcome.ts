// Problem codes of steps 6 to 9 of the request path, and of the hub itself.
import type { ProblemEntry } from './entry.ts';

/** Problems of recording, of sources and of answers. */
export const outcomeCodes = {
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
  'log-unavailable': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Chưa đọc được nhật ký giao dịch',
      action: 'Gọi lại sau; quản trị trục kiểm tra cơ sở dữ liệu.',
    },
    en: {
      title: 'The exchange log cannot be read now',
      action: "Call again later; the hub's operators check the database.",
    },
  },
  'idempotency-key-missing': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Thiếu khóa chống gửi lặp',
      action: 'Hệ thống gọi gửi tiêu đề Idempotency-Key, tối đa 128 ký tự, riêng cho mỗi việc.',
    },
    en: {
      title: 'The idempotency key is missing',
      action:
        'The calling system sends the header Idempotency-Key, at most 128 characters, one for each act.',
    },
  },
  'idempotency-conflict': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Khóa chống gửi lặp đã dùng cho nội dung khác',
      action: 'Hệ thống gọi dùng khóa mới cho việc mới; nội dung cũ gửi lại nguyên từng byte.',
    },
    en: {
      title: 'The idempotency key was used for other content',
      action: 'The calling system uses a new key for a new act, and repeats an old one byte for byte.',
    },
  },
  'exchange-still-open': {
    status: 425,
    responsible: 'caller',
    vi: {
      title: 'Lần gửi trước chưa có kết quả',
      action: 'Hệ thống gọi chờ theo tiêu đề Retry-After rồi gửi lại.',
    },
    en: {
      title: 'The first request is still under way',
      action: 'The calling system waits as the header Retry-After says and repeats it.',
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
  'source-credential-expired': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Tài khoản tại hệ thống quốc gia đã hết hạn hoặc chưa có hiệu lực',
      action: 'Quản trị trục thay tài khoản của đơn vị tại hệ thống quốc gia. Chưa có gì được gửi đi.',
    },
    en: {
      title: 'The account at the national system has expired or is not yet in force',
      action: "The hub's administrators replace the unit's account there. Nothing was sent.",
    },
  },
  'source-credential-suspended': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Tài khoản tại hệ thống quốc gia đang tạm dừng',
      action: 'Quản trị trục mở lại hoặc thay tài khoản của đơn vị. Chưa có gì được gửi đi.',
    },
    en: {
      title: 'The account at the national system is suspended',
      action: "The hub's administrators resume or replace the unit's account. Nothing was sent.",
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
  'delivery-given-up': {
    status: 504,
    responsible: 'hub',
    vi: {
      title: 'Hết thời hạn gửi lại mà bên nhận chưa nhận được',
      action: 'Quản trị trục xem lỗi của lần gửi cuối, rồi cho gửi lại hoặc hủy kèm lý do.',
    },
    en: {
      title: 'It was retried to the end of its time and never got through',
      action: "The hub's operators look at the last failure, then replay or abandon it with a reason.",
    },
  },
  'delivery-queue-full': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Hàng đợi gửi đi của đơn vị đã đầy',
      action:
        'Gọi lại sau theo tiêu đề Retry-After; chưa có gì được nhận. Quản trị trục xem vì sao hàng đợi chậm.',
    },
    en: {
      title: "The unit's queue to the other side is full",
      action:
        "Call again as the header Retry-After says; nothing was accepted. The hub's operators look why the queue is slow.",
    },
  },
  'exchange-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Không có giao dịch này trong phạm vi của đơn vị',
      action:
        'Hệ thống gọi kiểm tra mã giao dịch và đơn vị của mã truy cập. Lần bị từ chối chỉ được đếm (trả lời không có tiêu đề Exchange-Id) thì không có mục riêng: chính lỗi đã nhận nêu lý do.',
    },
    en: {
      title: "There is no such exchange within your unit's reach",
      action:
        "The calling system checks the exchange id and the token's unit. A refusal that was only counted (no header Exchange-Id in its answer) has no entry of its own: the problem received says why.",
    },
  },
  'source-not-found': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Trục không có nguồn dữ liệu này',
      action: 'Người gọi xem tên các nguồn ở danh sách nguồn.',
    },
    en: {
      title: 'The hub has no such source',
      action: 'The caller looks the names up in the list of sources.',
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
