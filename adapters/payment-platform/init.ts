// INIT: writes a demand exactly as the platform signs it, and reads whether there is an address to pay at.
// Source: payment-platform.md §1.1, §8.1-8.4
import { toChecksum } from './checksum.ts';
import { checkDemand, toSignedText } from './demand.ts';
import { toKeptCode } from './members.ts';
import type { CreateOutcome, PaymentDemand } from './payment.ts';
import { type ReceiptBlock, toReceiptBlock } from './receipt-block.ts';
import { type Reply, urlOf } from './reply.ts';
import type { PlatformSettings } from './settings.ts';
import { toStamp } from './times.ts';

/** The members under the checksum, in its order. */
function toSigned(demand: PaymentDemand, settings: PlatformSettings): Readonly<Record<string, string>> {
  return {
    LoaiBanTin: 'INIT',
    PhienBan: settings.version,
    MaDoiTac: settings.partner,
    MaThamChieu: demand.reference,
    SoTien: String(demand.amount),
    LoaiHinhThanhToan: 'PAY',
    MaKenhThanhToan: '1',
    MaThietBi: '1',
    NgonNgu: 'vi-VN',
    MaTienTe: 'VND',
    MaNganHang: 'PAYMENT',
    ThongTinGiaoDich: toSignedText('ThongTinGiaoDich', demand.text, settings.mostText),
    ThoiGianGD: toStamp(demand.at),
    Ip: demand.payer.ip,
  };
}

/** INIT as it is sent. @throws SourceError `unmapped` where the demand cannot be said exactly */
export function toInit(
  demand: PaymentDemand,
  settings: PlatformSettings,
): Readonly<Record<string, string | ReceiptBlock>> {
  checkDemand(demand);
  const signed = toSigned(demand, settings);
  const returnUrl = demand.returnUrl ?? settings.returnUrl;
  return {
    ...signed,
    ThongTinBienLai: toReceiptBlock(demand, settings),
    ...(settings.returnField !== undefined &&
      returnUrl !== undefined && { [settings.returnField]: returnUrl }),
    MaXacThuc: toChecksum(Object.values(signed), settings.secret),
  };
}

/** An answer without an address is a refusal, also under MaLoi `00`. @throws SourceError where the address is none */
export function toCreateOutcome(reply: Reply): CreateOutcome {
  const url = reply.code === '00' ? urlOf(reply, 'UrlThanhToan') : undefined;
  if (url !== undefined) return { kind: 'url', url };
  return { kind: 'refused', code: reply.code === '00' ? 'no-address' : toKeptCode(reply.code) };
}
