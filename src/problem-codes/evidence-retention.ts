// Problem codes of retention and holds (openapi/evidence.v1.yaml).
import type { ProblemEntry } from './entry.ts';

/** Problems of changing how long something is kept. */
export const retentionCodes = {
  'retention-too-short': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Thời hạn ngắn hơn mức tối thiểu của nhóm',
      action: 'Chọn số tháng không nhỏ hơn `leastMonths` của nhóm.',
    },
    en: {
      title: 'The time is shorter than the least that the class allows',
      action: 'Choose at least `leastMonths` of the class.',
    },
  },
  'hold-time-past': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Thời điểm hết hạn của lệnh giữ đã qua',
      action: 'Nêu `until` trong tương lai, và `from` trước `to`.',
    },
    en: {
      title: 'The hold would be over already',
      action: 'Give an `until` that is still to come, and a `from` before `to`.',
    },
  },
  'hold-over': {
    status: 409,
    responsible: 'caller',
    vi: { title: 'Lệnh giữ đã hết hiệu lực', action: 'Không cần làm gì; cần giữ tiếp thì đặt lệnh mới.' },
    en: { title: 'The hold is over', action: 'Nothing needs to be done; to go on, place another one.' },
  },
} as const satisfies Record<string, ProblemEntry>;
