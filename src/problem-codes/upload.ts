// Problem codes of resumable uploads.
import type { ProblemEntry } from './entry.ts';

/** Problems of sending a file in parts and of using what was sent. */
export const uploadCodes = {
  'upload-request-invalid': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Yêu cầu tải lên không đúng giao thức tus',
      action: 'Hệ thống gọi sửa các tiêu đề được nêu theo tus 1.0.0 và đặc tả dịch vụ.',
    },
    en: {
      title: 'The upload request does not follow the tus protocol',
      action: 'The calling system corrects the headers named, by tus 1.0.0 and the contract.',
    },
  },
  'upload-interrupted': {
    status: 400,
    responsible: 'caller',
    vi: {
      title: 'Phần tải lên bị ngắt giữa chừng',
      action: 'Hệ thống gọi hỏi vị trí đã nhận (HEAD) rồi gửi tiếp từ đó.',
    },
    en: {
      title: 'The upload was cut off before its end',
      action: 'The calling system asks for the offset (HEAD) and goes on from there.',
    },
  },
  'upload-unknown': {
    status: 404,
    responsible: 'caller',
    vi: {
      title: 'Đơn vị không có lần tải lên này',
      action: 'Hệ thống gọi kiểm tra mã tải lên và đơn vị của mã truy cập, hoặc tải lên lại.',
    },
    en: {
      title: 'The unit has no such upload',
      action: "The calling system checks the upload's id and the token's unit, or uploads again.",
    },
  },
  'upload-offset-conflict': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Vị trí gửi tiếp không khớp với phần đã nhận',
      action: 'Hệ thống gọi hỏi vị trí đã nhận (HEAD) rồi gửi tiếp từ đó.',
    },
    en: {
      title: 'The offset is not where the upload stands',
      action: 'The calling system asks for the offset (HEAD) and goes on from there.',
    },
  },
  'upload-incomplete': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Tệp chưa được tải lên hết',
      action: 'Hệ thống gọi gửi nốt phần còn lại rồi mới dùng tệp.',
    },
    en: {
      title: 'The file is not wholly uploaded',
      action: 'The calling system sends what is missing before it uses the file.',
    },
  },
  'upload-used': {
    status: 409,
    responsible: 'caller',
    vi: {
      title: 'Tệp tải lên này đã được dùng',
      action: 'Mỗi lần tải lên chỉ dùng được một lần: hệ thống gọi tải tệp lên lại.',
    },
    en: {
      title: 'This upload was used already',
      action: 'An upload is good for one use: the calling system uploads the file again.',
    },
  },
  'upload-expired': {
    status: 410,
    responsible: 'caller',
    vi: {
      title: 'Lần tải lên đã hết hạn',
      action: 'Hệ thống gọi tải tệp lên lại và dùng trước thời điểm ghi trong tiêu đề Upload-Expires.',
    },
    en: {
      title: 'The upload has expired',
      action: 'The calling system uploads again and uses it before the instant of the header Upload-Expires.',
    },
  },
  'upload-version-unsupported': {
    status: 412,
    responsible: 'caller',
    vi: {
      title: 'Phiên bản giao thức tus không được hỗ trợ',
      action: 'Hệ thống gọi gửi tiêu đề Tus-Resumable: 1.0.0.',
    },
    en: {
      title: 'The version of the tus protocol is not supported',
      action: 'The calling system sends the header Tus-Resumable: 1.0.0.',
    },
  },
  'upload-too-large': {
    status: 413,
    responsible: 'caller',
    vi: {
      title: 'Tệp tải lên quá lớn, hoặc dài hơn đã khai',
      action: 'Hệ thống gọi chia nhỏ tệp, hoặc khai đúng độ dài ở tiêu đề Upload-Length.',
    },
    en: {
      title: 'The upload is too large, or longer than was stated',
      action: 'The calling system splits the file, or states its true length in the header Upload-Length.',
    },
  },
  'upload-locked': {
    status: 423,
    responsible: 'caller',
    vi: {
      title: 'Một yêu cầu khác đang ghi vào lần tải lên này',
      action: 'Hệ thống gọi đợi vài giây, hỏi vị trí đã nhận (HEAD) rồi gửi tiếp.',
    },
    en: {
      title: 'Another request is at work on this upload',
      action: 'The calling system waits some seconds, asks for the offset (HEAD) and goes on.',
    },
  },
  'upload-room-exhausted': {
    status: 429,
    responsible: 'caller',
    vi: {
      title: 'Đơn vị có quá nhiều tệp tải lên chưa dùng',
      action: 'Hệ thống gọi dùng, hoặc xóa (DELETE), các tệp đã tải lên rồi thử lại.',
    },
    en: {
      title: 'The unit has too many uploads that were not used',
      action: 'The calling system uses or removes (DELETE) what it uploaded, then tries again.',
    },
  },
  'upload-checksum-mismatch': {
    // The tus extension checksum gives it this number of its own.
    status: 460,
    responsible: 'caller',
    vi: {
      title: 'Phần nhận được không khớp mã kiểm tra',
      action: 'Phần này đã bị bỏ: hệ thống gọi gửi lại từ vị trí đã nhận.',
    },
    en: {
      title: 'The part received does not fit its checksum',
      action: 'The part was dropped: the calling system sends it again from the offset.',
    },
  },
} as const satisfies Record<string, ProblemEntry>;
