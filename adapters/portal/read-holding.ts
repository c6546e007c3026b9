// What `TraCuuHoSo` shows of a dossier, in the hub's words, and in what it differs from what was said. Names of fields in
// any letter case; what cannot be read is left out, never guessed. Source: public-service-portal.md §2, §11.8, §11.10
import { isMembers, type Members, member, text } from '../members.ts';
import type { PortalDossier, PortalHolding, PortalProgressLine } from './portal.ts';
import type { PortalSettings } from './settings.ts';
import { toEpochMs, toInstant } from './times.ts';
import { type PortalFields, writeDossier } from './write-dossier.ts';

/** Fields that are compared, and the member of a dossier that each says. */
const members: Readonly<Record<string, string>> = {
  MaTTHC: '/procedure/code',
  TenTTHC: '/procedure/name',
  MaLinhVuc: '/field/code',
  TenLinhVuc: '/field/name',
  SoBienNhan: '/receiptNo',
  ChuHoSo: '/owner/name',
  LoaiDoiTuong: '/owner/kind',
  MaDoiTuong: '/owner/techId',
  DinhDanhCHS: '/owner/identity',
  ThongTinKhac: '/otherInformation',
  Email: '/email',
  Fax: '/fax',
  SoDienThoai: '/phone',
  TrichYeuHoSo: '/summary',
  TrangThaiHoSo: '/status',
  NgayNopHoSo: '/filedAt',
  NgayTiepNhan: '/receivedAt',
  NgayHenTra: '/dueAt',
  NgayKetThucXuLy: '/finishedAt',
  NgayTra: '/returnedAt',
  NgayTuChoi: '/refusedAt',
  ThongTinTra: '/returnNote',
  HinhThuc: '/form',
  DonViXuLy: '/unitName',
  GhiChu: '/note',
  KenhThucHien: '/channel',
  NoiNopHoSo: '/filingPlace',
  HoSoCoThanhPhanSoHoa: '/hasDigitisedParts',
  TaiKhoanDuocXacThucVoiVNeID: '/isVneidVerified',
  DuocThanhToanTrucTuyen: '/onlinePayment',
  TaiLieuNop: '/papers',
  DanhSachLePhi: '/fees',
  DanhSachTepDinhKemKhac: '/otherPapers',
  DanhSachHoSoBoSung: '/supplements',
  DanhSachGiayToKetQua: '/results',
  DSKetNoiCSDL: '/databases',
};

const toPlain = (value: unknown): string => String(value).trim().normalize('NFC');

/** Whether what the portal holds has all that was said; it may hold more. */
function isCovered(said: unknown, held: unknown): boolean {
  if (Array.isArray(said))
    return (
      Array.isArray(held) &&
      held.length === said.length &&
      said.every((item, place) => isCovered(item, held[place]))
    );
  if (isMembers(said))
    return (
      isMembers(held) &&
      Object.entries(said).every(
        ([name, value]) => value === undefined || isCovered(value, member(held, name)),
      )
    );
  return !isMembers(held) && !Array.isArray(held) && toPlain(said) === toPlain(held);
}

/** Members whose fields the portal shows with another value; what it does not show is not compared. */
function toDiffers(fields: PortalFields, row: Members): readonly string[] {
  return Object.entries(members).flatMap(([name, pointer]) => {
    const [said, held] = [fields[name], member(row, name)];
    return said === undefined || held === undefined || isCovered(said, held) ? [] : [pointer];
  });
}

function toStatus(row: Members, name: string): number | undefined {
  const status = text(row, name) ?? '';
  return /^([1-9]|10)$/.test(status) ? Number(status) : undefined;
}

function toTime(row: Members, name: string, { dateForm }: PortalSettings): string | undefined {
  return toInstant(text(row, name) ?? '', dateForm);
}

/** A progress line as the portal shows it. */
export function readLine(row: Members, settings: PortalSettings): PortalProgressLine {
  const [officer, position, department] = [
    text(row, 'NguoiXuLy'),
    text(row, 'ChucDanh'),
    text(row, 'PhongBanXuLy'),
  ];
  const [content, status] = [text(row, 'NoiDungXuLy'), toStatus(row, 'TrangThai')];
  const at = toTime(row, 'ThoiDiemXuLy', settings);
  const from = toTime(row, 'NgayBatDau', settings);
  const dueAt = toTime(row, 'NgayKetThucTheoQuyDinh', settings);
  return {
    ...(officer !== undefined && { officer }),
    ...(position !== undefined && { position }),
    ...(department !== undefined && { department }),
    ...(content !== undefined && { content }),
    ...(status !== undefined && { status }),
    ...(at !== undefined && { at }),
    ...(from !== undefined && { from }),
    ...(dueAt !== undefined && { dueAt }),
  };
}

const times = ['at', 'from', 'dueAt'] as const;
const texts = ['officer', 'position', 'department', 'content', 'status'] as const;
const toSecond = (instant: string): number => Math.floor((toEpochMs(instant) ?? Number.NaN) / 1000);

/**
 * Whether a line that the portal shows is one that was said: all that it shows agrees, times to the second, and it shows
 * the moment or the content.
 */
export function isSameLine(said: PortalProgressLine, held: PortalProgressLine): boolean {
  if (held.at === undefined && held.content === undefined) return false;
  return (
    times.every((name) => {
      const [ours, theirs] = [said[name], held[name]];
      return theirs === undefined || (ours !== undefined && toSecond(ours) === toSecond(theirs));
    }) &&
    texts.every((name) => {
      const [ours, theirs] = [said[name], held[name]];
      return theirs === undefined || (ours !== undefined && toPlain(ours) === toPlain(theirs));
    })
  );
}

function toLines(row: Members, settings: PortalSettings): readonly PortalProgressLine[] | undefined {
  const { lookUpShowsProgress: name } = settings;
  const lines = name === undefined ? undefined : member(row, name);
  // A list with something unreadable in it is not shown: whoever compares would take the rest for all.
  if (!Array.isArray(lines) || !lines.every(isMembers)) return undefined;
  return lines.map((line) => readLine(line, settings));
}

/** A row of `TraCuuHoSo` in the hub's words. */
export function readHolding(
  row: Members,
  code: string,
  dossier: PortalDossier | undefined,
  settings: PortalSettings,
): PortalHolding & { readonly isKnown: true } {
  return {
    isKnown: true,
    status: toStatus(row, 'TrangThaiHoSo'),
    procedureCode: text(row, 'MaTTHC'),
    receivedAt: toTime(row, 'NgayTiepNhan', settings),
    dueAt: toTime(row, 'NgayHenTra', settings),
    finishedAt: toTime(row, 'NgayKetThucXuLy', settings),
    progress: toLines(row, settings),
    differs: dossier === undefined ? [] : toDiffers(writeDossier(code, dossier, settings).fields, row),
  };
}
