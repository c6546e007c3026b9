// The checksums of the platform: SHA-256 over fields joined by `|` with the secret last, and the HMAC of KeyPay.
// Source: payment-platform.md §1, §2.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The fields under the checksum of each message, in order; the secret stands behind them. */
export const signedFields = {
  INIT: [
    ...['LoaiBanTin', 'PhienBan', 'MaDoiTac', 'MaThamChieu', 'SoTien', 'LoaiHinhThanhToan'],
    ...['MaKenhThanhToan', 'MaThietBi', 'NgonNgu', 'MaTienTe', 'MaNganHang', 'ThongTinGiaoDich'],
    ...['ThoiGianGD', 'Ip'],
  ],
  CONFIRM: [
    ...['LoaiBanTin', 'MaLoi', 'MaDoiTac', 'MaThamChieu', 'SoTien', 'MaTienTe', 'MaGiaoDich'],
    ...['MaNganHang', 'ThoiGianGD', 'ThongTinGiaoDich'],
  ],
  /** QUERY, GET_BILL, and by assumption CANCEL and REFUND. */
  QUERY: ['LoaiBanTin', 'PhienBan', 'MaDoiTac', 'MaThamChieu', 'ThoiGianGD'],
  /** The bill look-up and the reconciliation file [assumed]. */
  billLookUp: ['MaDoiTac', 'MaHoSo', 'ThoiGianGD'],
  reconciliation: ['MaDoiTac', 'NgayDoiSoat', 'ThoiGianGD'],
} as const;

/** `addition_fee|client_id|command|trans_amount|transaction_id|version`. §2 */
export const keyPayFields: readonly string[] = [
  ...['addition_fee', 'client_id', 'command', 'trans_amount', 'transaction_id', 'version'],
];

/** A message by its field names. */
export type Fields = Readonly<Record<string, unknown>>;

function toText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The values of these fields as they were sent, joined by `|`. */
export function join(fields: Fields, names: readonly string[]): string {
  return names.map((name) => toText(fields[name])).join('|');
}

/** SHA-256 of a text as UTF-8, lower-case hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** `MaXacThuc`. */
export function toChecksum(fields: Fields, names: readonly string[], secret: string): string {
  return sha256(`${join(fields, names)}|${secret}`);
}

/** HMAC-SHA256 of a text as UTF-8, lower-case hex. */
export const hmac = (text: string, key: string): string =>
  createHmac('sha256', key).update(text, 'utf8').digest('hex');

/** Compares in constant time; upper-case hex is another text. */
export function isSame(sent: unknown, expected: string): boolean {
  if (typeof sent !== 'string') return false;
  const [one, other] = [Buffer.from(sent), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
