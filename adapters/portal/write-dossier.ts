// Dossiers and progress lines in the portal's fields. What is not said is not written; nothing is filled in, cut, altered
// or guessed: what has no translation is named instead. Source: public-service-portal.md §4, §5, §11.12, §11.13
import type { PortalDossier, PortalProgressLine } from './portal.ts';
import type { PortalSettings } from './settings.ts';
import { toPortalTime } from './times.ts';

/** Fields for the wire; members without a value are left out of the JSON. */
export type PortalFields = Readonly<Record<string, unknown>>;

/** A record in the portal's fields. */
export interface Written {
  readonly fields: PortalFields;
  /** JSON pointers to what has no form at this upstream; where there is one, the record can't be sent as it is. */
  readonly where: readonly string[];
}

type Supplement = NonNullable<PortalDossier['supplements']>[number];
type Paper = NonNullable<PortalDossier['papers']>[number];
type OtherPaper = NonNullable<PortalDossier['otherPapers']>[number];
type Fee = NonNullable<PortalDossier['fees']>[number];
type ResultPaper = NonNullable<PortalDossier['results']>[number];

/** Writes single values by the rules of one upstream, and notes what cannot be written. */
class Pen {
  readonly where: string[] = [];
  readonly #settings: PortalSettings;

  constructor(settings: PortalSettings) {
    this.#settings = settings;
  }

  time(instant: string | undefined, pointer: string): string | undefined {
    if (instant === undefined) return undefined;
    const written = toPortalTime(instant, this.#settings.dateForm);
    if (written === undefined) this.where.push(pointer);
    return written;
  }

  number(value: number | undefined): string | number | undefined {
    return value === undefined || this.#settings.numberForm === 'number' ? value : String(value);
  }

  flag(value: boolean | undefined): string | number | undefined {
    return value === undefined ? undefined : this.number(value ? 1 : 0);
  }

  removed(value: boolean | undefined): string | number | undefined {
    if (value === undefined || this.#settings.removedForm === 'digit') return this.flag(value);
    return value ? 'True' : 'False';
  }

  ownerKind(kind: NonNullable<PortalDossier['owner']>['kind'], pointer: string): string | undefined {
    if (kind === undefined) return undefined;
    const code = this.#settings.ownerKinds[kind];
    if (code === undefined) this.where.push(pointer);
    return code;
  }
}

const channels = { direct: 1, online: 2, postal: 3 } as const;
const payments = { portal: 1, gateway: 2 } as const;
const identities = { 'personal-number': 1, 'old-card': 2 } as const;

const toPaper = (paper: Paper, pen: Pen): PortalFields => ({
  TepDinhKemId: paper.id,
  TenTepDinhKem: paper.name,
  IsDeleted: pen.removed(paper.isRemoved),
  MaThanhPhanHoSo: paper.componentCode,
  DuongDanTaiTepTin: paper.link,
  DuocSoHoa: pen.flag(paper.isDigitised),
  DuocTaiSuDung: pen.number(paper.reuse),
  DuocLayTuKhoDMQG: pen.flag(paper.isFromNationalStore),
  MaKetQuaThayThe: paper.replacedResult,
});

const toFee = (fee: Fee, pen: Pen): PortalFields => ({
  TenPhiLePhi: fee.name,
  MaPhiLePhi: fee.code,
  HinhThucThu: pen.number(fee.collection),
  Gia: pen.number(fee.amount),
  LoaiPhiLePhi: pen.number(fee.kind),
});

const toOtherPaper = (paper: OtherPaper, pen: Pen): PortalFields => ({
  TenGiayTo: paper.name,
  SoLuong: pen.number(paper.count),
  LoaiGiayTo: pen.number(paper.kind),
});

const toResult = (result: ResultPaper): PortalFields => ({
  TenGiayTo: result.name,
  MaThanhPhanHoSo: result.componentCode,
  GiayToId: result.id,
  DuongDanTepTinKetQua: result.link,
  MaGiayToKetQua: result.code,
});

const toSupplement = (supplement: Supplement, pen: Pen, pointer: string): PortalFields => ({
  HoSoBoSungId: supplement.id,
  NguoiYeuCauBoSung: supplement.requestedBy,
  NoiDungBoSung: supplement.content,
  NgayBoSung: pen.time(supplement.requestedAt, `${pointer}/requestedAt`),
  NguoiTiepNhanBoSung: supplement.receivedBy,
  ThongTinTiepNhan: supplement.reception,
  NgayTiepNhanBoSung: pen.time(supplement.receivedAt, `${pointer}/receivedAt`),
  TrangThaiBoSung: pen.number(supplement.status),
  DanhSachGiayToBoSung: supplement.papers?.map((paper) => toOtherPaper(paper, pen)),
  DanhSachLePhiBoSung: supplement.fees?.map((fee) => toFee(fee, pen)),
  NgayHenTraTruoc: pen.time(supplement.dueBefore, `${pointer}/dueBefore`),
  NgayHenTraMoi: pen.time(supplement.dueAfter, `${pointer}/dueAfter`),
});

const toParties = (dossier: PortalDossier, pen: Pen): PortalFields => ({
  SoBienNhan: dossier.receiptNo,
  ChuHoSo: dossier.owner?.name,
  LoaiDoiTuong: pen.ownerKind(dossier.owner?.kind, '/dossier/owner/kind'),
  MaDoiTuong: dossier.owner?.techId,
  ThongTinKhac: dossier.otherInformation,
  Email: dossier.email,
  Fax: dossier.fax,
  SoDienThoai: dossier.phone,
  DinhDanhCHS: dossier.owner?.identity && {
    LoaiDinhDanh: pen.number(identities[dossier.owner.identity.kind]),
    SoDinhDanh: dossier.owner.identity.number,
  },
});

const toCourse = (dossier: PortalDossier, pen: Pen): PortalFields => ({
  NgayNopHoSo: pen.time(dossier.filedAt, '/dossier/filedAt'),
  NgayTiepNhan: pen.time(dossier.receivedAt, '/dossier/receivedAt'),
  NgayHenTra: pen.time(dossier.dueAt, '/dossier/dueAt'),
  TrangThaiHoSo: pen.number(dossier.status),
  NgayTra: pen.time(dossier.returnedAt, '/dossier/returnedAt'),
  ThongTinTra: dossier.returnNote,
  HinhThuc: pen.number(dossier.form),
  NgayKetThucXuLy: pen.time(dossier.finishedAt, '/dossier/finishedAt'),
  NgayTuChoi: pen.time(dossier.refusedAt, '/dossier/refusedAt'),
  DonViXuLy: dossier.unitName,
  GhiChu: dossier.note,
  KenhThucHien: pen.number(dossier.channel && channels[dossier.channel]),
  NoiNopHoSo: dossier.filingPlace,
  HoSoCoThanhPhanSoHoa: pen.flag(dossier.hasDigitisedParts),
  TaiKhoanDuocXacThucVoiVNeID: pen.flag(dossier.isVneidVerified),
  DuocThanhToanTrucTuyen: pen.number(dossier.onlinePayment && payments[dossier.onlinePayment]),
});

const toLists = (dossier: PortalDossier, pen: Pen): PortalFields => ({
  TaiLieuNop: dossier.papers?.map((paper) => toPaper(paper, pen)),
  DanhSachLePhi: dossier.fees?.map((fee) => toFee(fee, pen)),
  DanhSachTepDinhKemKhac: dossier.otherPapers?.map((paper) => toOtherPaper(paper, pen)),
  DanhSachHoSoBoSung: dossier.supplements?.map((supplement, place) =>
    toSupplement(supplement, pen, `/dossier/supplements/${place}`),
  ),
  DanhSachGiayToKetQua: dossier.results?.map(toResult),
  DSKetNoiCSDL: dossier.databases?.map((code) => ({ MaCSDL: code })),
});

/** A dossier in the portal's fields; pointers begin at the record (`/dossier/…`). */
export function writeDossier(code: string, dossier: PortalDossier, settings: PortalSettings): Written {
  const pen = new Pen(settings);
  const fields = {
    MaHoSo: code,
    MaTTHC: dossier.procedure?.code,
    TenTTHC: dossier.procedure?.name,
    MaLinhVuc: dossier.field?.code,
    TenLinhVuc: dossier.field?.name,
    ...toParties(dossier, pen),
    TrichYeuHoSo: dossier.summary,
    ...toCourse(dossier, pen),
    ...toLists(dossier, pen),
  };
  return { fields, where: pen.where };
}

/** A progress line in the portal's fields; pointers begin at the record (`/progress/<place>/…`). */
export function writeLine(
  code: string,
  line: PortalProgressLine,
  place: number,
  settings: PortalSettings,
): Written {
  const pen = new Pen(settings);
  const fields = {
    MaHoSo: code,
    NguoiXuLy: line.officer,
    ChucDanh: line.position,
    ThoiDiemXuLy: pen.time(line.at, `/progress/${place}/at`),
    PhongBanXuLy: line.department,
    NoiDungXuLy: line.content,
    TrangThai: pen.number(line.status),
    NgayBatDau: pen.time(line.from, `/progress/${place}/from`),
    NgayKetThucTheoQuyDinh: pen.time(line.dueAt, `/progress/${place}/dueAt`),
  };
  return { fields, where: pen.where };
}
