// What a dossier or a progress line must be to be taken. Names fields, never repeats their values; repairs nothing.
// Source: public-service-portal.md §4, §5, §6; units-and-codes.md §2.
import type { Settings } from './config.ts';
import { type Fields, readMember, readRows, readText } from './fields.ts';

/** The five forms of a dossier code. */
const codeForms: readonly RegExp[] = [
  /^\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}-(\d{6})-\d{4}$/,
  /^[A-Z]\d{2}\.\d{2}-(\d{6})-\d{4}$/,
  /^[A-Z]\d{2}\.\d{3}-(\d{6})-\d{4}$/,
  /^[A-Z]\d{2}\.\d{2}\.\d{2}-(\d{6})-\d{4}$/,
  /^[A-Z]\d{2}\.\d{2}-(\d{8})-\d{7}$/,
];

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Whether a code has one of the five forms, its day included. */
export function isDossierCode(code: string): boolean {
  const day = codeForms.map((form) => form.exec(code)?.[1]).find((found) => found !== undefined);
  if (day === undefined) return false;
  const whole = day.length === 6 ? `20${day}` : day;
  return isDay(Number(whole.slice(0, 4)), Number(whole.slice(4, 6)), Number(whole.slice(6)));
}

/** Whether a text is a moment `yyyyMMddHHmmss` of the calendar. */
export function isMoment(text: string): boolean {
  const found = /^(\d{4})(\d\d)(\d\d)([01]\d|2[0-3])[0-5]\d[0-5]\d$/.exec(text);
  return found !== null && isDay(Number(found[1]), Number(found[2]), Number(found[3]));
}

const moments = {
  dossier: [
    ...['NgayTiepNhan', 'NgayHenTra', 'NgayTra', 'NgayKetThucXuLy', 'NgayTuChoi'],
    ...['NgayNopHoSo', 'NgayNop'],
  ],
  supplement: ['NgayBoSung', 'NgayTiepNhanBoSung', 'NgayHenTraTruoc', 'NgayHenTraMoi'],
  progress: ['ThoiDiemXuLy', 'NgayBatDau', 'NgayKetThucTheoQuyDinh'],
} as const;

const lists = [
  ...['TaiLieuNop', 'DanhSachLePhi', 'DanhSachTepDinhKemKhac', 'DanhSachHoSoBoSung'],
  ...['DanhSachGiayToKetQua', 'DSKetNoiCSDL'],
] as const;

const statusForm = /^([1-9]|10)$/;

/** An empty text and an empty list are not there. */
function isThere(fields: Fields, name: string): boolean {
  const value = readMember(fields, name);
  if (typeof value === 'object' && value !== null) return !Array.isArray(value) || value.length > 0;
  return readText(fields, name) !== undefined;
}

function* checkPresent(fields: Fields, required: readonly string[]) {
  for (const name of required) if (!isThere(fields, name)) yield `thiếu trường ${name}`;
}

function* checkMoments(fields: Fields, names: readonly string[]) {
  for (const name of names) {
    const value = readText(fields, name);
    if (value !== undefined && !isMoment(value)) yield `${name} không đúng định dạng yyyyMMddHHmmss`;
  }
}

function* checkLength(fields: Fields, name: keyof Settings['lengths'], { lengths }: Settings) {
  if ((readText(fields, name)?.length ?? 0) > lengths[name]) yield `${name} vượt quá ${lengths[name]} ký tự`;
}

function* checkValue(fields: Fields, name: string, isGood: (value: string) => boolean) {
  const value = readText(fields, name);
  if (value !== undefined && !isGood(value)) yield `${name} không hợp lệ`;
}

const isOneOf = (values: readonly string[]) => (value: string) => values.includes(value);

function* checkIdentity(fields: Fields) {
  const identity = readMember(fields, 'DinhDanhCHS');
  if (identity === undefined || identity === null) return;
  const [row] = readRows({ identity: [identity] }, 'identity') ?? [];
  const kind = row && readText(row, 'LoaiDinhDanh');
  const number = (row && readText(row, 'SoDinhDanh')) ?? '';
  const isGood = (kind === '1' && /^\d{12}$/.test(number)) || (kind === '2' && /^\d{9}$/.test(number));
  if (!isGood) yield 'DinhDanhCHS không hợp lệ';
}

function* checkLists(fields: Fields, settings: Settings) {
  for (const name of lists) if (readRows(fields, name) === undefined) yield `${name} phải là danh sách`;
  for (const paper of readRows(fields, 'TaiLieuNop') ?? []) {
    yield* checkLength(paper, 'TenTepDinhKem', settings);
    yield* checkValue(paper, 'DuocTaiSuDung', isOneOf(['0', '1', '2']));
  }
  for (const name of ['DanhSachTepDinhKemKhac', 'DanhSachGiayToKetQua'])
    for (const paper of readRows(fields, name) ?? []) yield* checkLength(paper, 'TenGiayTo', settings);
  for (const supplement of readRows(fields, 'DanhSachHoSoBoSung') ?? [])
    yield* checkMoments(supplement, moments.supplement);
}

function* checkCode(fields: Fields) {
  if (!isDossierCode(readText(fields, 'MaHoSo') ?? '')) yield 'MaHoSo không đúng cấu trúc';
}

/** What is wrong with a dossier, one text a mistake; its procedure and its place in time are not looked at. */
export function checkDossier(fields: Fields, settings: Settings): readonly string[] {
  return [
    ...checkCode(fields),
    ...checkPresent(fields, settings.requiredFields),
    ...checkMoments(fields, moments.dossier),
    ...checkLength(fields, 'TrichYeuHoSo', settings),
    ...checkValue(fields, 'TrangThaiHoSo', (value) => statusForm.test(value)),
    ...checkValue(fields, 'LoaiDoiTuong', isOneOf(settings.ownerKinds)),
    ...checkValue(fields, 'KenhThucHien', isOneOf(['1', '2', '3'])),
    ...checkValue(fields, 'HinhThuc', isOneOf(['0', '1'])),
    ...checkIdentity(fields),
    ...checkLists(fields, settings),
  ];
}

/** What is wrong with a progress line, one text a mistake. */
export function checkProgress(line: Fields, settings: Settings): readonly string[] {
  return [
    ...checkCode(line),
    ...checkPresent(line, settings.requiredProgress),
    ...checkMoments(line, moments.progress),
    ...checkLength(line, 'NguoiXuLy', settings),
    ...checkValue(line, 'TrangThai', (value) => statusForm.test(value)),
  ];
}

/** Statuses that may follow each; the same again always may. Source: public-service-portal.md §6 [inferred]. */
const followers: Readonly<Record<string, readonly string[]>> = {
  '1': ['2', '3', '7'],
  '2': ['4', '5', '6', '7', '8', '9'],
  '4': ['5', '6', '7', '8', '9'],
  '5': ['4', '7', '8', '9'],
  '6': ['4', '7', '8', '9'],
  '9': ['10'],
};

/** Whether a dossier may go from one status to another. */
export function isFollower(from: string, to: string): boolean {
  return from === to || (followers[from]?.includes(to) ?? false);
}
