// Writes the answers: records, confirmations and SOAP faults (population-database.md §1, §2, §5).

import { type Address, type Person, type Relative, toFullName } from './person.ts';
import { type RefusalName, refusals, toRefusalCode } from './refusals.ts';
import { vendorNamespace } from './request.ts';
import type { AnswerShape } from './shape.ts';
import { type Element, element, toXml } from './xml.ts';

const responseNamespace = 'http://www.mic.gov.vn/dancu/1.0';
const instanceNamespace = 'http://www.w3.org/2001/XMLSchema-instance';
const envelopeNamespace = 'http://schemas.xmlsoap.org/soap/envelope/';

function toEnvelope(content: readonly Element[]): string {
  const envelope = element('soap:Envelope', [element('soap:Body', content)], {
    'xmlns:soap': envelopeNamespace,
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${toXml(envelope)}`;
}

/** An element only when there is something to say. */
function maybe(name: string, text: string | undefined): readonly Element[] {
  return text === undefined ? [] : [element(name, text)];
}

function toNumbers({ number, oldNumber }: { number?: string; oldNumber?: string }): readonly Element[] {
  return [...maybe('SoDinhDanh', number), ...maybe('SoCMND', oldNumber)];
}

function toAddress(name: string, address: Address): Element {
  return element(name, [
    element('MaTinhThanh', address.province),
    ...maybe('MaQuanHuyen', address.district),
    element('MaPhuongXa', address.commune),
    element('ChiTiet', address.detail),
    element('QuocGia', address.country),
  ]);
}

function toRelativeElement(name: string, relative: Relative | undefined): readonly Element[] {
  if (relative === undefined) return [];
  const { fullName, nationality } = relative;
  return [
    element(name, [element('HoVaTen', fullName), element('QuocTich', nationality), ...toNumbers(relative)]),
  ];
}

function toHousehold({ head, householdBook }: Person): readonly Element[] {
  const chuHo = head && [
    element('QuanHe', head.relationship),
    ...toNumbers(head),
    element('HoVaTen', head.fullName),
  ];
  return [...(chuHo ? [element('ChuHo', chuHo)] : []), ...maybe('SoSoHoKhau', householdBook)];
}

function toName({ name }: Person): Element {
  return element('HoVaTen', [
    element('Ho', name.surname),
    element('ChuDem', name.middle),
    element('Ten', name.given),
  ]);
}

/** Either the year or the date, as in requests [assumed: the reference names both members of the group]. */
function toBirth({ birth }: Person): Element {
  return element('NgayThangNamSinh', [
    birth.date === undefined ? element('Nam', birth.year) : element('NgayThangNam', birth.date),
  ]);
}

function toCitizen(person: Person, withRelatives: boolean): Element {
  return element('CongDan', [
    ...toNumbers(person),
    toName(person),
    element('GioiTinh', person.sex),
    element('DanToc', person.ethnicity),
    ...maybe('TonGiao', person.religion),
    element('TinhTrangHonNhan', person.maritalStatus),
    ...maybe('NhomMau', person.bloodGroup),
    toBirth(person),
    toAddress('NoiDangKyKhaiSinh', person.birthRegistration),
    toAddress('QueQuan', person.origin),
    toAddress('ThuongTru', person.permanent),
    toAddress('NoiOHienTai', person.current),
    element('QuocTich', person.nationality),
    ...(withRelatives
      ? [
          ...toRelativeElement('Cha', person.father),
          ...toRelativeElement('Me', person.mother),
          ...toRelativeElement('VoChong', person.spouse),
          ...toRelativeElement('NguoiDaiDien', person.representative),
          ...toHousehold(person),
        ]
      : []),
    ...maybe('MaSoThue', person.taxNumber),
    ...maybe('ThuDienTu', person.email),
  ]);
}

/** The vendor form: parents carry name, identifier and nationality (§5). */
function toVendorCitizen(person: Person): Element {
  const parent = (name: string, relative: Relative | undefined): readonly Element[] =>
    relative === undefined
      ? []
      : [
          element(name, [
            element('HoVaTen', relative.fullName),
            ...maybe('SoDinhDanh', relative.number),
            element('QuocTich', relative.nationality),
          ]),
        ];
  return element('CongDan', [
    ...toNumbers(person),
    toName(person),
    toBirth(person),
    ...parent('Cha', person.father),
    ...parent('Me', person.mother),
  ]);
}

const nullNamed = element('CongDan', [element('HoVaTen', [element('Ten', '', { 'xsi:nil': 'true' })])]);

/** What stands around the records. */
export interface CollectionMore {
  readonly requestCode: string;
  /** Time of the data, epoch milliseconds; written as ISO 8601 at UTC+7 [assumed format]. */
  readonly nowMs: number;
  readonly deceasedNote: string;
  readonly shape: AnswerShape;
}

function toVietnamTime(epochMs: number): string {
  return new Date(epochMs + 7 * 3_600_000).toISOString().replace(/\.\d+Z$/, '+07:00');
}

/** The answer of a look-up; no people = not found, in the shape that the switch says. */
export function toCollection(people: readonly Person[], more: CollectionMore): string {
  const { shape } = more;
  const none = shape.notFoundShape === 'nullName' ? [nullNamed] : [];
  const note = people.some(({ deceased }) => deceased) ? more.deceasedNote : '';
  const collection = element(
    'CongdanCollection',
    [
      element('Id', more.requestCode),
      element('ThoiDiemDuLieu', toVietnamTime(more.nowMs)),
      element('SoCongDan', String(people.length)),
      element('GhiChu', note),
      ...(people.length === 0 ? none : people.map((person) => toCitizen(person, shape.includeRelatives))),
    ],
    { xmlns: responseNamespace, 'xmlns:xsi': instanceNamespace },
  );
  return toEnvelope([collection]);
}

/** The answer of `XacMinhThongTinNhanThan`. */
export function toVendorCollection(people: readonly Person[], { deceasedNote }: CollectionMore): string {
  const note = people.some(({ deceased }) => deceased) ? deceasedNote : '';
  const collection = element(
    'CongdanCollection',
    [element('SoCongDan', String(people.length)), element('GhiChu', note), ...people.map(toVendorCitizen)],
    { xmlns: vendorNamespace },
  );
  return toEnvelope([collection]);
}

/** The answer of a confirmation, `copies` times, in the shape that the switch says. */
export function toConfirmation(exists: boolean, shape: AnswerShape, copies: number): string {
  const namespace = { xmlns: responseNamespace };
  const answer = {
    response: element('KetQuaXacThucResponse', [element('TonTai', String(exists))], namespace),
    result: element('KetQuaXacThuc', [element('TonTai', String(exists))], namespace),
    resultText: element('KetQuaXacThuc', String(exists), namespace),
  }[shape.confirmationShape];
  return toEnvelope(Array.from({ length: copies }, () => answer));
}

/** A SOAP 1.1 fault with the stable code in `faultstring`. */
export function toFault(reason: RefusalName, codes: Readonly<Record<string, string>>): string {
  const { faultcode, words } = refusals[reason];
  const stable = toRefusalCode(reason, codes);
  return toEnvelope([
    element('soap:Fault', [
      element('faultcode', `soap:${faultcode}`),
      element('faultstring', stable),
      element('detail', [
        element('Loi', [element('MaLoi', stable), element('MoTa', words)], { xmlns: responseNamespace }),
      ]),
    ]),
  ]);
}

/** Compares the name that was sent with a record's, the way the switch says. */
export function isSameName(sent: string, person: Person, comparison: AnswerShape['nameComparison']): boolean {
  const folded = (text: string): string =>
    text.normalize('NFC').toLocaleLowerCase('vi').replace(/\s+/gu, ' ').trim();
  const unaccented = (text: string): string =>
    folded(text)
      .replaceAll('đ', 'd')
      .normalize('NFD')
      .replace(/[\p{M}\s]/gu, '');
  const form = { exact: (text: string) => text, folded, unaccented }[comparison];
  return form(sent) === form(toFullName(person.name));
}
