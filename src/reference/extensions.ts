// What the hub's own members of a contract (`x-…`) mean to a caller, in Vietnamese and English.

/** One for each `x-` member that a contract of the hub may have. */
export const extensions: Readonly<Record<string, { readonly vi: string; readonly en: string }>> = {
  'x-personal-data': {
    vi: 'Có dữ liệu cá nhân: chỉ nhận mã truy cập gắn với khóa (DPoP) hoặc chứng thư của hệ thống.',
    en: "It carries personal data: only tokens bound to the system's key (DPoP) or certificate are taken.",
  },
  'x-officer': {
    vi: 'Bắt buộc tiêu đề Officer và Purpose.',
    en: 'The headers Officer and Purpose are compulsory.',
  },
  'x-effect': {
    vi: 'Làm thay đổi dữ liệu: bắt buộc Idempotency-Key; gửi lại cùng khóa và nội dung thì được kết quả cũ.',
    en: 'It changes something: Idempotency-Key is compulsory; the same key and content give the first outcome.',
  },
  'x-granted-fields': {
    vi: 'Phần của trả lời mà quyền khai thác quyết định trường nào được trả về.',
    en: 'The part of the answer of which the grant decides what fields are given.',
  },
  'x-deadline-ms': {
    vi: 'Thời hạn xử lý tại trục, mili giây; hệ thống gọi nên chờ lâu hơn một giây.',
    en: "The hub's own time limit, milliseconds; a caller should wait a second longer.",
  },
  'x-body-bytes': {
    vi: 'Kích thước lớn nhất của nội dung yêu cầu, byte; không ghi thì là 65.536.',
    en: 'The largest request body, bytes; 65,536 where it is not said.',
  },
  'x-waits': {
    vi: 'Có thể chờ tới khi có kết quả mới.',
    en: 'It may wait until there is something new.',
  },
  'x-known-values': {
    vi: 'Các giá trị đã biết; nguồn có thể gửi giá trị khác, được chuyển nguyên.',
    en: 'The values known; a source may send others, which are passed on as they are.',
  },
};
