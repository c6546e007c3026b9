// Why an edXML message is refused, in words for both sides. Never repeats anything of a message: places are given in
// names of the format, everything else is "?".
import type { Words } from './types.ts';

const faultWords = {
  'not-xml': ['không phải XML đúng cú pháp', 'it is not well-formed XML'],
  'not-utf-8': ['không phải UTF-8', 'it is not UTF-8'],
  'stray-before-prolog': [
    'có ký tự lạ trước khai báo XML',
    'stray characters stand before the XML declaration',
  ],
  doctype: [
    'có khai báo DTD hoặc thực thể, không được phép',
    'it declares a DTD or entity, which is forbidden',
  ],
  entity: ['dùng thực thể không thuộc XML', 'it uses an entity that is not one of XML'],
  'control-character': ['có ký tự điều khiển', 'it holds a control character'],
  namespace: ['không gian tên không phải QCVN 102:2016', 'its namespace is not that of QCVN 102:2016'],
  root: ['phần tử gốc không phải edXML', 'its root element is not edXML'],
  truncated: ['tệp bị cắt ngang', 'it ends too early'],
  'too-deep': ['các phần tử lồng quá sâu', 'its elements are nested too deeply'],
  'too-many-elements': ['có quá nhiều phần tử', 'it has too many elements'],
  'header-too-large': ['phần mô tả quá lớn', 'its mark-up is too large'],
  'message-too-large': ['thông điệp quá lớn', 'the message is too large'],
  'too-many-receivers': ['có quá nhiều nơi nhận', 'it has too many receivers'],
  'too-many-attachments': ['có quá nhiều tệp đính kèm', 'it has too many attachments'],
  'attachments-before-envelope': [
    'tệp đính kèm đứng trước phần mô tả',
    'attachments stand before the envelope',
  ],
  'attachment-missing': [
    'thiếu nội dung của một tệp đính kèm',
    'the content of a listed attachment is missing',
  ],
  'attachment-too-large': ['tệp đính kèm quá lớn', 'an attachment is too large'],
  'attachment-markup': ['nội dung tệp đính kèm có thẻ XML', 'the content of an attachment holds mark-up'],
  base64: ['nội dung tệp đính kèm không phải base64', 'the content of an attachment is not base64'],
  'zip-ratio': ['tệp nén bung ra quá lớn (nghi bom nén)', 'a zip unpacks to suspiciously much (a zip bomb)'],
  'zip-too-large': ['tệp nén bung ra quá lớn', 'a zip unpacks to too much'],
  'zip-entries': ['tệp nén có quá nhiều mục', 'a zip has too many entries'],
  'zip-corrupt': ['tệp nén bị hỏng', 'a zip is damaged'],
  'required-element': ['thiếu phần tử bắt buộc', 'a required element is missing'],
  placeholder: ['còn chỗ trống của mẫu chưa được điền', 'a placeholder of a template was not filled in'],
  date: ['ngày không đọc được', 'a date cannot be read'],
  year: ['năm nằm ngoài 1990-2100', 'a year is outside 1990-2100'],
  number: ['không phải số', 'a number cannot be read'],
  'business-type': ['loại nghiệp vụ không thuộc 0-3', 'the business type is none of 0-3'],
  'business-target': [
    'thiếu văn bản bị thu hồi, cập nhật hoặc thay thế',
    'the document that it changes is not named',
  ],
  'duplicate-receiver': ['một nơi nhận có hai lần', 'a receiver is named twice'],
  'status-code': ['mã trạng thái không được phép gửi', 'this status code is never sent'],
  reason: ['trạng thái này phải có lý do', 'this status needs a reason'],
} as const;

/** Stable code of a refusal. */
export type EdxmlFault = keyof typeof faultWords;

/** Whether a word is one of them. */
export const isEdxmlFault = (text: string): text is EdxmlFault => Object.hasOwn(faultWords, text);

/** The one error of reading and writing edXML. `where` is a path of element names, or empty. */
export class EdxmlError extends Error {
  readonly fault: EdxmlFault;
  readonly where: string;
  readonly words: Words;

  constructor(fault: EdxmlFault, where = '') {
    const [vi, en] = faultWords[fault];
    super(`edXML is refused (${fault})${where === '' ? '' : ` at ${where}`}: ${en}`);
    this.name = 'EdxmlError';
    this.fault = fault;
    this.where = where;
    this.words = where === '' ? { vi, en } : { vi: `${vi} (${where})`, en: `${en} (${where})` };
  }
}
