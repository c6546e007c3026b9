// The table of refusals: which SOAP fault the mock answers and why. Codes without a mark are [assumed]: no public
// material states the source's own (population-database.md §4 names the mapping errors in a shortened form).

interface RefusalEntry {
  /** SOAP 1.1 §4.4.1: `Client` the message is wrong, `Server` it may succeed later. */
  readonly faultcode: 'Client' | 'Server' | 'VersionMismatch';
  /** The stable `faultstring`; configuration may replace it. */
  readonly code: string;
  /** What `detail/MoTa` says. */
  readonly words: string;
}

/** Every refusal by its name. */
export const refusals = {
  contentType: {
    faultcode: 'Client',
    code: 'ERROR_CONTENT_TYPE',
    words: 'Content-Type phải là application/xml',
  },
  soapAction: { faultcode: 'Client', code: 'ERROR_SOAP_ACTION', words: 'SOAPAction phải để trống' },
  tooLarge: { faultcode: 'Client', code: 'ERROR_TOO_LARGE', words: 'Thông điệp quá lớn' },
  malformed: { faultcode: 'Client', code: 'ERROR_XML', words: 'XML không hợp lệ hoặc có DTD' },
  envelope: { faultcode: 'VersionMismatch', code: 'ERROR_ENVELOPE', words: 'Không phải SOAP 1.1' },
  operation: { faultcode: 'Client', code: 'ERROR_OPERATION', words: 'Không có thao tác này' },
  namespace: { faultcode: 'Client', code: 'ERROR_NAMESPACE', words: 'Sai không gian tên' },
  elementOrder: { faultcode: 'Client', code: 'ERROR_ELEMENT_ORDER', words: 'Sai thứ tự phần tử' },
  elementUnknown: { faultcode: 'Client', code: 'ERROR_ELEMENT_UNKNOWN', words: 'Có phần tử lạ' },
  elementMissing: { faultcode: 'Client', code: 'ERROR_ELEMENT_MISSING', words: 'Thiếu phần tử' },
  elementValue: { faultcode: 'Client', code: 'ERROR_ELEMENT_VALUE', words: 'Giá trị phần tử sai dạng' },
  authorization: { faultcode: 'Client', code: 'ERROR_AUTHORIZATION', words: 'Sai tài khoản hoặc mã băm' },
  client: { faultcode: 'Client', code: 'ERROR_CLIENT', words: 'Sai X-Road-Client hoặc ApiKey' },
  timestamp: { faultcode: 'Client', code: 'ERROR_TIMESTAMP', words: 'Timestamp ngoài khoảng cho phép' },
  replay: { faultcode: 'Client', code: 'ERROR_REPLAY', words: 'Thông điệp bị gửi lại' },
  duplicate: { faultcode: 'Client', code: 'ERROR_DUPLICATE_REQUEST', words: 'MaYeuCau đã được dùng' },
  serviceNumber: { faultcode: 'Client', code: 'ERROR_SERVICE_NUMBER', words: 'Sai mã dịch vụ tích hợp' },
  // The five mapping errors of §4 [seen].
  noServiceCode: { faultcode: 'Client', code: 'ERROR_NO_MADVC', words: 'Thiếu MaDVC' },
  noAgency: { faultcode: 'Client', code: 'ERROR_NO_GOV_AGENCY', words: 'Không xác định được cơ quan' },
  noStaffEmail: { faultcode: 'Client', code: 'ERROR_NO_STAFF_EMAIL', words: 'Cán bộ chưa có thư điện tử' },
  mappingServiceCode: { faultcode: 'Client', code: 'ERROR_MAPPING_DVC', words: 'MaDVC chưa được ánh xạ' },
  mappingStaff: { faultcode: 'Client', code: 'ERROR_MAPPING_STAFF', words: 'Cán bộ chưa được ánh xạ' },
  unitClosed: { faultcode: 'Client', code: 'ERROR_DVC_CLOSED', words: 'MaDVC hết hoặc chưa có hiệu lực' },
  officerInvalid: { faultcode: 'Client', code: 'ERROR_OFFICER_INVALID', words: 'MaCanBo phải gồm 12 chữ số' },
  officerUnknown: { faultcode: 'Client', code: 'ERROR_OFFICER_UNKNOWN', words: 'Cán bộ chưa đăng ký' },
  officerExpired: {
    faultcode: 'Client',
    code: 'ERROR_OFFICER_EXPIRED',
    words: 'Cán bộ ngoài thời hạn đăng ký',
  },
  internal: { faultcode: 'Server', code: 'ERROR_INTERNAL', words: 'Lỗi hệ thống' },
} as const satisfies Readonly<Record<string, RefusalEntry>>;

/** The name of a refusal. */
export type RefusalName = keyof typeof refusals;

/** The `faultstring` of a refusal: the table's, unless configuration replaces it. */
export function toRefusalCode(reason: RefusalName, codes: Readonly<Record<string, string>>): string {
  return codes[reason] ?? refusals[reason].code;
}

/** Thrown where a request is refused; becomes a SOAP fault. */
export class Refusal extends Error {
  readonly reason: RefusalName;
  constructor(reason: RefusalName) {
    super(refusals[reason].code);
    this.name = 'Refusal';
    this.reason = reason;
  }
}
