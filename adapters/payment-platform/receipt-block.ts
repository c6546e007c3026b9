// ThongTinBienLai: what the receipt is to say. Outside the checksum, so the account in it comes from approved configuration
// only (§8.13). Pure. Source: payment-platform.md §1.2
import { toText } from './demand.ts';
import type { FineDecision, PaymentDemand, PaymentLine } from './payment.ts';
import { toUnmapped } from './refusals.ts';
import type { DistrictRule, InitSettings } from './settings.ts';
import { toStamp } from './times.ts';

/** A member of the block; undefined: nothing is known for it. */
type Block = Readonly<Record<string, string | undefined>>;

/** A line of the block. */
type BlockLine = Readonly<Record<string, string | number>>;

/** The receipt block. */
export type ReceiptBlock = Readonly<Record<string, string | readonly BlockLine[]>>;

/** Undefined: the member is left out. @throws SourceError `unmapped` (party `hub`) where the rule has no word for this unit */
function toDistrict(rule: DistrictRule, unit: string): string | undefined {
  if (rule.kind === 'fixed') return rule.value;
  if (rule.kind !== 'unit') return rule.kind === 'empty' ? '' : undefined;
  const value = Object.hasOwn(rule.values, unit) ? rule.values[unit] : undefined;
  if (value === undefined) throw toUnmapped('HuyenNguoiNop', 'not configured', 'hub');
  return value;
}

/** A number of nothing but zeros is what other clients send where they know none. §5 */
function toIdentityNumber(number: string | undefined): string | undefined {
  if (number === undefined) return undefined;
  if (!/^(\d{9}|\d{12})$/.test(number) || /^0+$/.test(number))
    throw toUnmapped('SoCMNDNguoiNop', 'malformed', 'caller');
  return number;
}

function toDay(day: string, form: InitSettings['dayForm']): string {
  const [, year = '', month = '', date = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  if (year === '') throw toUnmapped('NgayQD', 'malformed', 'caller');
  if (form === 'yyyyMMdd') return `${year}${month}${date}`;
  return form === 'dd/MM/yyyy' ? `${date}/${month}/${year}` : day;
}

function toInstant(member: string, instant: string): string {
  const at = new Date(instant);
  if (!Number.isFinite(at.getTime())) throw toUnmapped(member, 'malformed', 'caller');
  return toStamp(at);
}

function toFine(fine: FineDecision | undefined, settings: InitSettings): Block {
  return {
    MaLoaiHinhThuPhat: fine?.kind.code,
    TenLoaiHinhThuPhat: fine?.kind.name,
    MaCoQuanQD: fine?.agency.code,
    TenCoQuanQD: fine?.agency.name,
    NgayQD: fine && toDay(fine.day, settings.dayForm),
    SoQD: fine?.number,
    ThoiGianViPham: fine?.violatedAt === undefined ? undefined : toInstant('ThoiGianViPham', fine.violatedAt),
    DiaDiemViPham: fine?.place,
    TenNguoiViPham: fine?.violator,
  };
}

function toMembers(demand: PaymentDemand, settings: InitSettings): Block {
  const { procedure, unit, beneficiary, payer, fine } = demand;
  const publicService = demand.publicService ?? procedure;
  return {
    MaDichVu: fine ? settings.fineService : settings.feeService,
    MaDVC: publicService.code,
    TenDVC: publicService.name,
    MaTTHC: procedure.code,
    TenTTHC: procedure.name,
    MaDonVi: unit.code,
    TenDonVi: unit.name,
    MaHoSo: demand.dossier,
    TKThuHuong: beneficiary.account,
    MaNHThuHuong: beneficiary.bankCode,
    TenTKThuHuong: beneficiary.accountName,
    ...toFine(fine, settings),
    KhoBac: beneficiary.treasury,
    TaiKhoanThuNSNN: beneficiary.budgetAccount,
    NoiDungThanhToan: demand.text,
    HoTenNguoiNop: payer.name,
    SoCMNDNguoiNop: toIdentityNumber(payer.identityNumber),
    DiaChiNguoiNop: payer.address,
    HuyenNguoiNop: toDistrict(settings.district, unit.code),
    TinhNguoiNop: payer.province,
  };
}

function toLines(lines: readonly PaymentLine[], settings: InitSettings) {
  const toAmount = (amount: number): string | number =>
    settings.lineAmount === 'text' ? String(amount) : amount;
  const toSaid = (member: string, text: string): string => toText(member, text, settings.mostBlockText);
  return {
    fees: lines.map(({ kind, code, name, amount }) => ({
      LoaiPhiLePhi: kind === 'phi' ? '1' : '2',
      MaPhiLePhi: toSaid('MaPhiLePhi', code),
      TenPhiLePhi: toSaid('TenPhiLePhi', name),
      SoTien: toAmount(amount),
    })),
    items: lines.map(({ name, amount }) => ({
      NoiDung: toSaid('NoiDung', name),
      SoTien: toAmount(amount),
    })),
  };
}

/** Members that a receipt cannot do without. */
const needed = [
  'MaTTHC',
  'TenTTHC',
  'MaHoSo',
  'TKThuHuong',
  'MaNHThuHuong',
  'TenTKThuHuong',
  'HoTenNguoiNop',
];

/** Members that come from the hub's own configuration and registry. */
const ours = [
  'MaDonVi',
  'TenDonVi',
  'TKThuHuong',
  'MaNHThuHuong',
  'TenTKThuHuong',
  'KhoBac',
  'TaiKhoanThuNSNN',
];

/**
 * Writes the block of a checked demand; a fine has payment items and no fee lines.
 * @throws SourceError `unmapped` that names the member
 */
export function toReceiptBlock(demand: PaymentDemand, settings: InitSettings): ReceiptBlock {
  const block: Record<string, string | readonly BlockLine[]> = {};
  for (const [member, text] of Object.entries(toMembers(demand, settings))) {
    const party = ours.includes(member) ? 'hub' : 'caller';
    const said = text === undefined ? '' : toText(member, text, settings.mostBlockText, party);
    if (said.trim() === '' && needed.includes(member)) throw toUnmapped(member, 'empty', party);
    const mayBeEmpty = settings.absent === 'empty' && member !== 'HuyenNguoiNop';
    if (text !== undefined || mayBeEmpty) block[member] = said;
  }
  const { fees, items } = toLines(demand.lines, settings);
  return { ...block, PhiLePhi: demand.fine ? [] : fees, DSKhoanNop: items };
}
