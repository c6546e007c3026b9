// Problem codes of step 2 of the request path, of national systems that call us.
import type { ProblemEntry } from './entry.ts';

/** Problems of knowing which national system calls. */
export const sourceCallerCodes = {
  'source-caller-unknown': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Bên gọi không phải là hệ thống quốc gia đã khai báo cho thao tác này',
      action:
        'Hệ thống quốc gia gọi từ địa chỉ và bằng chứng thư đã thống nhất; đơn vị vận hành trục khai báo khi có thay đổi.',
    },
    en: {
      title: 'The caller is not the national system that is set up for this operation',
      action:
        "The national system calls from the agreed address with the agreed certificate; the hub's operators set up new ones.",
    },
  },
  'source-account-invalid': {
    status: 401,
    responsible: 'caller',
    vi: {
      title: 'Thiếu tài khoản của hệ thống quốc gia hoặc tài khoản không đúng',
      action: 'Hệ thống quốc gia gửi tài khoản đã thống nhất trong tiêu đề Authorization (Basic).',
    },
    en: {
      title: "The national system's account is missing or not right",
      action: 'The national system sends the agreed account in the header Authorization (Basic).',
    },
  },
} as const satisfies Record<string, ProblemEntry>;
