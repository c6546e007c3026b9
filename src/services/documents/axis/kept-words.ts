// Why a message of the axis is kept, in words for the people who decide on it.
import { EdxmlError, isEdxmlFault } from '../../../../adapters/document-axis/edxml/faults.ts';
import type { Words } from '../../../problem.ts';

const words: Readonly<Record<string, Words>> = {
  'receiver-unknown': {
    vi: 'không có đơn vị nào trong tỉnh mang mã nhận',
    en: 'no unit of ours has this code',
  },
  'receiver-ended': {
    vi: 'đơn vị nhận đã kết thúc và chưa biết đơn vị kế thừa',
    en: 'the receiving unit has ended and no successor is known',
  },
  'receiver-several': {
    vi: 'mã nhận ứng với nhiều đơn vị, phải có người chọn',
    en: 'several units stand for this code, a person must choose',
  },
  'receiver-outside': { vi: 'nơi nhận ở ngoài tỉnh', en: 'the receiver is outside the province' },
  'document-not-found': {
    vi: 'chưa tìm thấy văn bản mà trạng thái nói về',
    en: 'the document that the status is about is not here',
  },
  'state-secret': {
    vi: 'có dấu hiệu bí mật nhà nước; không giữ lại gì',
    en: 'it bears a sign of state secrecy; nothing of it is kept',
  },
  'axis-file-refused': {
    vi: 'trục quốc gia không đưa tệp này',
    en: 'the national axis does not give this file',
  },
  'sender-inside': {
    vi: 'ghi nơi gửi là đơn vị trong tỉnh, nhưng lại đến từ trục',
    en: 'it names a unit of ours as its sender, but comes over the axis',
  },
  'sender-differs': {
    vi: 'nơi gửi ghi trong văn bản khác nơi gửi theo trục',
    en: 'its sender is another one than the axis says',
  },
  'document-id-used': {
    vi: 'nơi gửi khác đã dùng mã định danh văn bản này',
    en: 'another sender has used this DocumentId',
  },
  'not-storable': { vi: 'có giá trị không lưu được', en: 'it holds a value that cannot be stored' },
  executable: { vi: 'có tệp đính kèm là chương trình chạy được', en: 'an attachment is a program' },
  'too-long': { vi: 'một giá trị dài quá mức', en: 'a value is too long' },
};

/** Words of a fault; none for one that is not known. */
export function toKeptWords(fault: string | null): Partial<Words> {
  if (fault === null) return {};
  if (isEdxmlFault(fault)) return new EdxmlError(fault).words;
  return (Object.hasOwn(words, fault) ? words[fault] : undefined) ?? {};
}
