// Checks an INIT and draws from it what a payment is. Source: payment-platform.md §1.1, §1.2, §7.1–7.3.
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { isFields } from './answer.ts';
import { type Fields, hmac, isSame, signedFields, toChecksum } from './checksum.ts';
import { parseStamp } from './clock.ts';
import type { Settings } from './config.ts';
import type { Initialised } from './journal.ts';
import type { Reason } from './refusals.ts';

const fixed: Readonly<Record<string, string>> = {
  LoaiBanTin: 'INIT',
  LoaiHinhThanhToan: 'PAY',
  MaKenhThanhToan: '1',
  MaThietBi: '1',
  NgonNgu: 'vi-VN',
  MaTienTe: 'VND',
  MaNganHang: 'PAYMENT',
};

/** Members of the receipt block that tell nothing of a person. */
const impersonal: readonly string[] = [
  ...['MaDichVu', 'MaDVC', 'TenDVC', 'MaTTHC', 'TenTTHC', 'MaDonVi', 'TenDonVi', 'MaHoSo', 'TKThuHuong'],
  ...['MaNHThuHuong', 'TenTKThuHuong', 'MaLoaiHinhThuPhat', 'TenLoaiHinhThuPhat', 'MaCoQuanQD'],
  ...['TenCoQuanQD', 'KhoBac', 'TaiKhoanThuNSNN', 'HuyenNguoiNop', 'TinhNguoiNop'],
];

const isText = (value: unknown): value is string => typeof value === 'string';

/** VND: a whole number above zero, as the reference writes it. */
function isAmount(text: unknown): text is string {
  return isText(text) && /^[1-9]\d{0,14}$/.test(text);
}

/** The sum of the lines of a list; NaN when one is no VND integer, undefined when there are none. */
function toSum(lines: unknown): number | undefined {
  if (lines === undefined || (Array.isArray(lines) && lines.length === 0)) return undefined;
  if (!Array.isArray(lines)) return Number.NaN;
  const amounts = lines.map((line: unknown) => {
    const amount = isFields(line) ? line['SoTien'] : undefined;
    return /^(0|[1-9]\d{0,14})$/.test(String(amount)) ? Number(amount) : Number.NaN;
  });
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function checkReceipt(block: unknown, amount: number): Reason | undefined {
  if (!isFields(block)) return 'receipt';
  const { MaDichVu, MaHoSo, PhiLePhi, DSKhoanNop } = block;
  if (!isText(MaHoSo) || MaHoSo === '' || MaDichVu === undefined) return 'receipt';
  const kinds = Array.isArray(PhiLePhi) ? PhiLePhi : [];
  if (!kinds.every((line) => isFields(line) && /^[12]$/.test(String(line['LoaiPhiLePhi'])))) return 'receipt';
  const sums = [toSum(PhiLePhi), toSum(DSKhoanNop)].filter((sum) => sum !== undefined);
  return sums.length > 0 && sums.every((sum) => sum === amount) ? undefined : 'lines';
}

/** What a message says of itself, against the secret and the clock; in this order. Source: §7.1, §7.11 */
export function checkProof(
  fields: Fields,
  names: readonly string[],
  settings: Settings,
  nowMs: number,
): Reason | undefined {
  if (!names.every((name) => isText(fields[name])) || !isText(fields['MaXacThuc'])) return 'shape';
  if (names.includes('PhienBan') && fields['PhienBan'] !== settings.version) return 'version';
  if (fields['MaDoiTac'] !== settings.partner) return 'partner';
  if (!isSame(fields['MaXacThuc'], toChecksum(fields, names, settings.secret))) return 'checksum';
  const at = parseStamp(String(fields['ThoiGianGD']));
  return at === undefined || Math.abs(at - nowMs) > settings.skewMs ? 'time' : undefined;
}

/** Why an INIT is refused; undefined when it is not. */
export function checkInit(fields: Fields, settings: Settings, nowMs: number): Reason | undefined {
  // A SoTien that is no text is not the message that was signed.
  if (!signedFields.INIT.every((name) => isText(fields[name]))) return 'shape';
  if (!Object.entries(fixed).every(([name, value]) => fields[name] === value)) return 'shape';
  const reason = checkProof(fields, signedFields.INIT, settings, nowMs);
  if (reason !== undefined) return reason;
  if (!isAmount(fields['SoTien'])) return 'amount';
  if (isIP(String(fields['Ip'])) === 0) return 'shape';
  const address = fields[settings.returnField];
  if (address !== undefined && !(isText(address) && /^https?:\/\//.test(address))) return 'shape';
  return checkReceipt(fields['ThongTinBienLai'], Number(fields['SoTien']));
}

function toLines(lines: readonly unknown[]): string {
  const told = lines.map((line) => {
    const { LoaiPhiLePhi, MaPhiLePhi, TenPhiLePhi, SoTien } = isFields(line) ? line : {};
    return { LoaiPhiLePhi, MaPhiLePhi, TenPhiLePhi, SoTien };
  });
  return JSON.stringify(told);
}

function toMembers(fields: Fields, controlKey: string): Record<string, string> {
  const hide = (value: unknown): string => hmac(String(value), controlKey).slice(0, 32);
  const members: Record<string, string> = {};
  for (const name of signedFields.INIT)
    members[name] = name === 'Ip' ? hide(fields[name]) : String(fields[name]);
  const block = fields['ThongTinBienLai'];
  for (const [name, value] of Object.entries(isFields(block) ? block : {}))
    if (Array.isArray(value)) members[`ThongTinBienLai.${name}`] = toLines(value);
    else if (value !== '' && value !== null && value !== undefined)
      members[`ThongTinBienLai.${name}`] = impersonal.includes(name) ? String(value) : hide(value);
  return members;
}

/** The payment of a checked INIT. A repeat of it differs in its time and in the payer's network address at most. */
export function toInitialised(fields: Fields, settings: Settings): Initialised {
  const { ThoiGianGD: _time, Ip: _ip, MaXacThuc: _checksum, ...content } = fields;
  const sorted = Object.entries(content).sort(([one], [other]) => (one < other ? -1 : 1));
  const block = fields['ThongTinBienLai'];
  const address = fields[settings.returnField];
  return {
    kind: 'initialised',
    amount: Number(fields['SoTien']),
    text: String(fields['ThongTinGiaoDich']),
    dossier: String(isFields(block) ? block['MaHoSo'] : ''),
    token: randomBytes(12).toString('hex'),
    ...(isText(address) && { returnUrl: address }),
    content: hmac(JSON.stringify(sorted), settings.controlKey),
    members: toMembers(fields, settings.controlKey),
  };
}
