// What a reader lets pass although it should not be so, in words for both sides. Never repeats anything of a message.
import type { EdxmlWarning } from './types.ts';

const warningWords = {
  bom: ['có dấu thứ tự byte ở đầu tệp', 'the file begins with a byte order mark'],
  namespace: [
    'phần tử không thuộc không gian tên QCVN 102:2016',
    'elements outside the QCVN 102:2016 namespace',
  ],
  'date-form': ['ngày không viết dạng yyyy/MM/dd', 'a date is not written yyyy/MM/dd'],
  timestamp: ['thời điểm không đọc được', 'a time cannot be read'],
  number: ['không phải số, bị bỏ qua', 'not a number, left out'],
  flag: ['không phải đúng/sai, bị bỏ qua', 'neither true nor false, left out'],
  length: ['dài hơn quy định', 'longer than the standard allows'],
  'organ-null': ['mã đơn vị là chữ "null"', 'a unit code is the text "null"'],
  'duplicate-receiver': ['một nơi nhận có hai lần', 'a receiver is named twice'],
  'priority-five': ['độ khẩn 5 được hiểu là 0 (thường)', 'priority 5 is read as 0 (normal)'],
  'priority-unknown': ['độ khẩn không thuộc 0-4', 'the priority is none of 0-4'],
  'business-target': [
    'thiếu văn bản bị thu hồi, cập nhật hoặc thay thế',
    'the document that it changes is not named',
  ],
  'status-fourteen': ['trạng thái 14 được hiểu là 15 (đồng ý)', 'status 14 is read as 15 (agreed)'],
  'status-padded': ['mã trạng thái một chữ số', 'the status code has one digit'],
  'status-unknown': ['mã trạng thái không có trong bảng', 'the status code is not in the table'],
  'addressee-missing': ['trạng thái không nêu nơi nhận', 'the status names no addressee'],
  'reason-missing': ['trạng thái này cần có lý do', 'this status should give a reason'],
  'content-id': ['tệp đính kèm chỉ khớp theo tên', 'an attachment fits its listing by name only'],
  'attachment-name': [
    'tên tệp đính kèm không khớp bản kê',
    'the name of an attachment is not the listed one',
  ],
  'attachment-unlisted': ['tệp đính kèm không có trong bản kê', 'an attachment is not listed'],
  'attachment-empty': ['tệp đính kèm rỗng', 'an attachment is empty'],
  'attachment-type': ['nội dung không đúng loại đã khai', 'the content is not of the declared type'],
  'attachment-damaged': [
    'nội dung nhị phân có vẻ đã hỏng khi đổi sang chữ',
    'binary content seems to have been turned into text',
  ],
  'file-name': [
    'tên tệp có ký tự không dùng được hoặc quá dài',
    'a file name has unusable characters or is too long',
  ],
  'zip-unreadable': ['tệp nén không kiểm tra được', 'a zip could not be looked into'],
} as const;

/** Stable code of a warning. */
export type EdxmlWarningCode = keyof typeof warningWords;

const mostWarnings = 200;

/** Gathers the warnings of one message, each code once a place, at most 200. */
export class Warnings {
  readonly list: EdxmlWarning[] = [];

  add(code: EdxmlWarningCode, where: string): void {
    if (this.list.length >= mostWarnings) return;
    if (this.list.some((warning) => warning.code === code && warning.where === where)) return;
    const [vi, en] = warningWords[code];
    this.list.push({ code, where, vi, en });
  }
}
