// Problem codes of searching the exchange log (openapi/evidence.v1.yaml).
import type { ProblemEntry } from './entry.ts';

/** Problems of searching. */
export const evidenceSearchCodes = {
  'filter-not-granted': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Quyền không cho xem điều kiện tra cứu này',
      action: 'Bỏ điều kiện đó, hoặc đề nghị cấp quyền có trường tương ứng.',
    },
    en: {
      title: 'The grant does not give what this condition is about',
      action: 'Leave the condition out, or ask for a grant with that field.',
    },
  },
  'search-too-broad': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Tra cứu quá rộng, không xong trong thời hạn',
      action: 'Thu hẹp: thêm khoảng thời gian (from, to) hoặc điều kiện khác.',
    },
    en: {
      title: 'The search is too broad and was not over in time',
      action: 'Narrow it: add a time (from, to) or another condition.',
    },
  },
  'search-busy': {
    status: 503,
    responsible: 'hub',
    vi: { title: 'Đang có quá nhiều tra cứu', action: 'Gọi lại theo tiêu đề Retry-After.' },
    en: { title: 'Too many searches are under way', action: 'Call again as the header Retry-After says.' },
  },
} as const satisfies Record<string, ProblemEntry>;
