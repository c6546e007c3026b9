// Turns records and confirmations of the population database into the hub's own words. What it does not know it drops
// and names; what the outcome depends on and cannot be read makes the whole answer unreadable.
import type { components } from '../../openapi/types/population.v1.ts';
import { Group, Notes, UnreadableAnswer } from './group.ts';
import { toTidyText } from './names.ts';
import type { PopulationSettings } from './settings.ts';
import { childrenOf, type XmlElement } from './xml.ts';

/** A citizen in the hub's canonical names. */
export type Citizen = components['schemas']['Citizen'];
type Address = components['schemas']['Address'];
type Relative = components['schemas']['Relative'];
type HouseholdHead = components['schemas']['HouseholdHead'];

/** What a look-up came to. */
export type LookUpValue =
  | { readonly outcome: 'found'; readonly citizen: Citizen }
  | { readonly outcome: 'notFound' };

/** A name split into `Ho`, `ChuDem`, `Ten`, whole in `Ten`, or plain. Source: population-database.md §5 */
function toName(parent: Group): { readonly whole: string | undefined; readonly given: boolean } {
  const group = parent.group('HoVaTen');
  if (!group) return { whole: undefined, given: false };
  const parts = [group.text('Ho'), group.text('ChuDem'), group.text('Ten')];
  group.end();
  const whole = toTidyText(parts.filter((part) => part !== undefined).join(' ')) || group.ownText;
  return { whole: whole || undefined, given: parts[2] !== undefined || group.ownText !== '' };
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** `yyyy-MM-dd`, or `yyyy` where the source has no more; `yyyy0000` counts as the year alone. */
function toBirthDate(parent: Group): string | undefined {
  const group = parent.group('NgayThangNamSinh');
  if (!group) return undefined;
  const [year, date] = [group.text('Nam'), group.text('NgayThangNam')];
  group.end();
  if (year !== undefined && !/^\d{4}$/.test(year)) throw new UnreadableAnswer('birth-date');
  if (date === undefined) return year;
  const [, y = '', m = '', d = ''] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
  if (year !== undefined && year !== y) throw new UnreadableAnswer('birth-date');
  if (y !== '' && m === '00' && d === '00') return y;
  if (!isDate(Number(y), Number(m), Number(d)) || y === '') throw new UnreadableAnswer('birth-date');
  return `${y}-${m}-${d}`;
}

function toAddress(parent: Group, name: string): Address | undefined {
  const group = parent.group(name);
  if (!group) return undefined;
  const address: Address = {};
  const put = (key: keyof Address, element: string): void => {
    const text = group.text(element);
    if (text !== undefined) address[key] = text;
  };
  put('provinceCode', 'MaTinhThanh');
  put('districtCode', 'MaQuanHuyen');
  put('communeCode', 'MaPhuongXa');
  put('detail', 'ChiTiet');
  put('country', 'QuocGia');
  group.end();
  return Object.keys(address).length > 0 ? address : undefined;
}

function toRelative(parent: Group, name: string): Relative | undefined {
  const group = parent.group(name);
  if (!group) return undefined;
  const relative: Relative = {};
  const { whole } = toName(group);
  if (whole !== undefined) relative.fullName = whole;
  const put = (key: keyof Relative, element: string): void => {
    const text = group.text(element);
    if (text !== undefined) relative[key] = text;
  };
  put('nationality', 'QuocTich');
  put('personalNumber', 'SoDinhDanh');
  put('oldIdentityNumber', 'SoCMND');
  group.end();
  return Object.keys(relative).length > 0 ? relative : undefined;
}

function toHouseholdHead(parent: Group): HouseholdHead | undefined {
  const group = parent.group('ChuHo');
  if (!group) return undefined;
  const head: HouseholdHead = {};
  const { whole } = toName(group);
  if (whole !== undefined) head.fullName = whole;
  const put = (key: keyof HouseholdHead, element: string): void => {
    const text = group.text(element);
    if (text !== undefined) head[key] = text;
  };
  put('relationship', 'QuanHe');
  put('personalNumber', 'SoDinhDanh');
  put('oldIdentityNumber', 'SoCMND');
  group.end();
  return Object.keys(head).length > 0 ? head : undefined;
}

/** A code's word; one that is not in the table is passed on as `code:<value>` and noted. */
function toCodeWord(
  group: Group,
  element: string,
  table: Readonly<Record<string, string>>,
): string | undefined {
  const code = group.text(element);
  if (code === undefined) return undefined;
  if (Object.hasOwn(table, code)) return table[code];
  group.note(`${element}:code`);
  return `code:${code}`;
}

const textFields = [
  ['SoCMND', 'oldIdentityNumber'],
  ['DanToc', 'ethnicity'],
  ['TonGiao', 'religion'],
  ['NhomMau', 'bloodGroup'],
  ['QuocTich', 'nationality'],
  ['SoSoHoKhau', 'oldHouseholdBook'],
  ['MaSoThue', 'taxNumber'],
  ['ThuDienTu', 'email'],
  ['LoaiTaiKhoan', 'accountKind'],
] as const;
const addressFields = [
  ['NoiDangKyKhaiSinh', 'birthRegistrationPlace'],
  ['QueQuan', 'origin'],
  ['ThuongTru', 'permanentAddress'],
  ['NoiOHienTai', 'currentAddress'],
] as const;
const relativeFields = [
  ['Cha', 'father'],
  ['Me', 'mother'],
  ['VoChong', 'spouse'],
  ['NguoiDaiDien', 'representative'],
] as const;

/** A warning, never a refusal: units-and-codes.md §3. */
function notePrefix(group: Group, number: string, settings: PopulationSettings): void {
  const prefix = number.slice(0, 3);
  const usual = /^(0[1-8]\d|00[1-9]|09[0-6])$/.test(prefix) || settings.furtherPrefixes.includes(prefix);
  if (!/^\d{12}$/.test(number)) group.note('SoDinhDanh:form');
  else if (!usual) group.note('SoDinhDanh:prefix');
}

/** A record, or undefined where its name is null. Source: population-database.md §5 */
function toCitizen(element: XmlElement, notes: Notes, settings: PopulationSettings): Citizen | undefined {
  const group = new Group(element, 'CongDan', notes);
  const name = toName(group);
  if (!name.given || name.whole === undefined) return undefined;
  const citizen: Citizen = { fullName: name.whole };
  const number = group.text('SoDinhDanh');
  if (number !== undefined) {
    citizen.personalNumber = number;
    notePrefix(group, number, settings);
  }
  for (const [source, field] of textFields) {
    const text = group.text(source);
    if (text !== undefined) citizen[field] = text;
  }
  const birthDate = toBirthDate(group);
  if (birthDate !== undefined) citizen.birthDate = birthDate;
  const sex = toCodeWord(group, 'GioiTinh', settings.codes.sex);
  if (sex !== undefined) citizen.sex = sex;
  const maritalStatus = toCodeWord(group, 'TinhTrangHonNhan', settings.codes.maritalStatus);
  if (maritalStatus !== undefined) citizen.maritalStatus = maritalStatus;
  for (const [source, field] of addressFields) {
    const address = toAddress(group, source);
    if (address) citizen[field] = address;
  }
  for (const [source, field] of relativeFields) {
    const relative = toRelative(group, source);
    if (relative) citizen[field] = relative;
  }
  const head = toHouseholdHead(group);
  if (head) citizen.householdHead = head;
  group.end();
  return citizen;
}

/**
 * What a `CongdanCollection` says. No `CongDan`, or one whose `Ten` is null, is not found.
 * @throws UnreadableAnswer when more than one record came, or what was counted is missing
 */
export function toLookUpValue(
  collection: XmlElement,
  settings: PopulationSettings,
): { readonly value: LookUpValue; readonly unknown: readonly string[] } {
  const notes = new Notes();
  const group = new Group(collection, 'CongdanCollection', notes);
  group.text('Id');
  const note = group.text('GhiChu');
  const [count, dataTime] = [group.text('SoCongDan'), group.text('ThoiDiemDuLieu')];
  const records = childrenOf(collection, 'CongDan');
  if (records.length > 1) throw new UnreadableAnswer('several-records');
  for (const { name } of collection.children)
    if (!['Id', 'GhiChu', 'SoCongDan', 'ThoiDiemDuLieu', 'CongDan'].includes(name)) group.note(name);
  const [record] = records;
  if (!record) {
    if (count !== undefined && Number(count) !== 0) throw new UnreadableAnswer('record-missing');
    return { value: { outcome: 'notFound' }, unknown: notes.list };
  }
  const citizen = toCitizen(record, notes, settings);
  if (!citizen) return { value: { outcome: 'notFound' }, unknown: notes.list };
  if (dataTime !== undefined) citizen.dataTime = dataTime;
  if (note !== undefined) citizen.sourceNote = note;
  return { value: { outcome: 'found', citizen }, unknown: notes.list };
}

/**
 * The boolean of a confirmation, wherever the configured paths find it.
 * @throws UnreadableAnswer when none or several do, or it is no boolean
 */
export function toConfirmation(body: XmlElement, paths: readonly string[]): boolean {
  const texts = paths
    .flatMap((path) =>
      path.split('/').reduce((at, name) => at.flatMap((element) => childrenOf(element, name)), [body]),
    )
    .filter((element) => element.children.length === 0)
    .map((element) => element.text.toLowerCase());
  const [text, second] = texts;
  if (second !== undefined) throw new UnreadableAnswer('several-confirmations');
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new UnreadableAnswer('confirmation');
}
