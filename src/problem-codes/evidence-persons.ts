// Problem codes of asking about persons as an auditor (openapi/evidence.v1.yaml).
import type { ProblemEntry } from './entry.ts';

/** Problems of person searches, subject reports and samples. */
export const personCodes = {
  'audit-purpose-needed': {
    status: 403,
    responsible: 'caller',
    vi: {
      title: 'Chỉ quyền kiểm toán toàn tỉnh mới được tra theo người',
      action: 'Dùng quyền có mục đích `kiem-toan` và phạm vi toàn tỉnh.',
    },
    en: {
      title: 'Only a right of audit for the whole province may ask by person',
      action: 'Use a grant with the purpose `kiem-toan` that reaches the province.',
    },
  },
  'person-search-limit-reached': {
    status: 429,
    responsible: 'caller',
    vi: {
      title: 'Đã hết số lần tra theo người trong ngày',
      action: 'Chờ sang ngày mới; cần nhiều hơn thì đề nghị quản trị trục nâng giới hạn.',
    },
    en: {
      title: 'No more searches by person today',
      action: 'Wait for the next day, or have the limit raised by the administrators of the hub.',
    },
  },
  'period-invalid': {
    status: 400,
    responsible: 'caller',
    vi: { title: 'Khoảng thời gian không hợp lệ', action: 'Nêu `from` trước `to`, tối đa 10 năm.' },
    en: { title: 'The period is not one', action: 'Give a `from` before `to`, ten years at most.' },
  },
  'sample-unavailable': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Không có điểm kiểm tra đã ký với số lá này',
      action: 'Nêu `size` của một điểm kiểm tra đã ký, và `n` không quá số lá.',
    },
    en: {
      title: 'No checkpoint of this many leaves was signed',
      action: 'Give the `size` of a signed checkpoint, and an `n` of at most so many leaves.',
    },
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
