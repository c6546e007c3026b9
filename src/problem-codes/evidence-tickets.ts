// Problem codes of tickets and of the proofs that anyone may ask for.
import type { ProblemEntry } from './entry.ts';

/** Problems of finding a leaf by its hash. */
export const ticketCodes = {
  'leaf-not-in-tree': {
    status: 404,
    responsible: 'hub',
    vi: {
      title: 'Lá này không có trong cây của đầu mới nhất đã ký',
      action:
        'Thành viên recorded là true: hỏi lại sau một giây. Là false: trục không có mục này; nếu có vé (Exchange-Ticket) của nó đã quá 10 giây thì giữ vé và đầu cây kèm theo, kiểm tra bằng `lgsp verify --ticket` và báo kiểm toán.',
    },
    en: {
      title: 'This leaf is not in the tree of the newest signed head',
      action:
        'With the member recorded true: ask again after a second. With false the hub has no such entry: whoever holds a ticket (Exchange-Ticket) for it that is older than ten seconds keeps the ticket and the head given here, checks with `lgsp verify --ticket`, and tells the auditor.',
    },
  },
} as const satisfies Record<string, ProblemEntry>;
