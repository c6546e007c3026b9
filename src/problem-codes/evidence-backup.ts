// Problems that a restore leaves behind.
import type { ProblemEntry } from './entry.ts';

/** Codes of restored hubs. */
export const evidenceBackupCodes = {
  'delivery-unsure': {
    status: 503,
    responsible: 'hub',
    vi: {
      title: 'Trục được phục hồi từ bản sao lưu: không rõ tin này đã được gửi sau bản sao lưu hay chưa',
      action: 'Hỏi bên nhận hoặc hệ thống nguồn; nếu chưa đến thì cho gửi lại, nếu đã đến thì bỏ.',
    },
    en: {
      title: 'The hub was restored from a backup: whether this was sent after the backup is not known',
      action: 'Ask the receiver or the source; replay it if it never came, abandon it if it did.',
    },
  },
} as const satisfies Record<string, ProblemEntry>;
