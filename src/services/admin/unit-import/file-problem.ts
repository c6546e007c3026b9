// Files that cannot be read, as problems: what is wrong, in Vietnamese and English.
import { Problem } from '../../../problem.ts';
import { FileError, type FileFault, sheetLimits } from './sheet.ts';

const details: Readonly<Record<FileFault, { readonly vi: string; readonly en: string }>> = {
  'not-utf8': {
    vi: 'Tệp không phải văn bản UTF-8; trong Excel hãy lưu dạng “CSV UTF-8”.',
    en: 'The file is no UTF-8 text; in Excel save it as “CSV UTF-8”.',
  },
  'not-csv': {
    vi: 'Tệp không phải CSV: có dấu nháy kép không đóng, đặt sai chỗ, hoặc dòng quá dài.',
    en: 'The file is no CSV: a quotation mark is not closed or out of place, or a row is too long.',
  },
  'not-xlsx': {
    vi: 'Tệp không phải XLSX hoặc bị hỏng.',
    en: 'The file is no XLSX, or is damaged.',
  },
  encrypted: {
    vi: 'Tệp có mật khẩu hoặc ở dạng XLS cũ; hãy lưu thành XLSX không mật khẩu.',
    en: 'The file has a password or is an old XLS; save it as XLSX without one.',
  },
  'too-many-rows': {
    vi: `Tệp có hơn ${sheetLimits.rows} dòng; hãy chia thành nhiều tệp.`,
    en: `The file has more than ${sheetLimits.rows} rows; make several files of it.`,
  },
  'too-many-columns': {
    vi: `Tệp có hơn ${sheetLimits.columns} cột.`,
    en: `The file has more than ${sheetLimits.columns} columns.`,
  },
  'too-large': {
    vi: 'Nội dung tệp sau khi giải nén quá lớn.',
    en: 'What the file unpacks to is too large.',
  },
  'too-slow': {
    vi: 'Đọc tệp quá lâu; hãy thử lại với tệp đơn giản hơn.',
    en: 'Reading the file took too long; try again with a simpler one.',
  },
};

/** The problem that a FileError means; anything else as it is. */
export const toFileProblem = (error: unknown): unknown =>
  error instanceof FileError ? new Problem('file-unreadable', { detail: details[error.fault] }) : error;
