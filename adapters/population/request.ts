// Builds the SOAP 1.1 messages to the population database, with a writer, in the exact order of their fields.
import { Builder } from 'xml2js';
import { toNumberElement, toWireName } from './names.ts';
import type { PopulationSettings } from './settings.ts';

/** Whom a look-up is about. */
export interface LookUpClaim {
  /** 12 digits, or 9 for an old identity number. */
  readonly personalNumber: string;
  readonly fullName: string;
  /** `yyyy-MM-dd` or `yyyy`. */
  readonly birthDate: string;
}

/** Whom a confirmation is about. */
export type ConfirmationClaim = Omit<LookUpClaim, 'birthDate'>;

/** Who asks, in the source's own codes. */
export interface Asker {
  /** `MaYeuCau`: unique for each message. */
  readonly requestCode: string;
  readonly unitCode: string;
  readonly officerNumber: string;
}

type Fields = readonly (readonly [name: string, value: string | Fields])[];

const soapNamespace = 'http://schemas.xmlsoap.org/soap/envelope/';
const builder = new Builder({ renderOpts: { pretty: false }, xmldec: { version: '1.0', encoding: 'UTF-8' } });

function toTree(fields: Fields, prefix: string): Record<string, unknown> {
  return Object.fromEntries(
    fields.map(([name, value]) => [
      `${prefix}${name}`,
      typeof value === 'string' ? value : toTree(value, prefix),
    ]),
  );
}

function buildEnvelope(element: string, fields: Fields, settings: PopulationSettings): Buffer {
  const prefix = settings.fields === 'qualified' ? 'dc:' : '';
  const wrapper = { $: { 'xmlns:dc': settings.requestNamespace }, ...toTree(fields, prefix) };
  const envelope = {
    'soapenv:Envelope': {
      $: { 'xmlns:soapenv': soapNamespace },
      'soapenv:Body': { [`dc:${element}`]: wrapper },
    },
  };
  return Buffer.from(builder.buildObject(envelope), 'utf8');
}

function toBirthField(birthDate: string): Fields {
  if (/^\d{4}$/.test(birthDate)) return [['Nam', birthDate]];
  if (/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) return [['NgayThangNam', birthDate.replaceAll('-', '')]];
  throw new TypeError('a birth date is yyyy-MM-dd or yyyy');
}

/** The message `TraCuuThongTinCongDan`. Source: population-database.md §3 */
export function buildLookUp(claim: LookUpClaim, asker: Asker, settings: PopulationSettings): Buffer {
  const { element, serviceNumber, maDonVi, taiKhoan, soDienThoai } = settings.lookUp;
  const optional = (name: string, text: string | undefined): Fields =>
    text === undefined ? [] : [[name, text.replaceAll('{unitCode}', asker.unitCode)]];
  const fields: Fields = [
    ['MaYeuCau', asker.requestCode],
    ['MaDVC', asker.unitCode],
    ['MaTichHop', serviceNumber],
    ...optional('MaDonVi', maDonVi),
    ...optional('TaiKhoan', taiKhoan),
    ...optional('SoDienThoai', soDienThoai),
    ['MaCanBo', asker.officerNumber],
    [toNumberElement(claim.personalNumber), claim.personalNumber],
    ['HoVaTen', toWireName(claim.fullName, settings.nameForm)],
    ['NgayThangNamSinh', toBirthField(claim.birthDate)],
  ];
  return buildEnvelope(element, fields, settings);
}

/** The message `XacThucThongTinCongDan`. Source: population-database.md §2 */
export function buildConfirmation(
  claim: ConfirmationClaim,
  asker: Asker,
  settings: PopulationSettings,
): Buffer {
  const { element, numberElement, serviceNumber, unusedNumber } = settings.confirmation;
  const used = toNumberElement(claim.personalNumber);
  const numbers = (['SoDinhDanh', 'SoCMND'] as const)
    .filter((name) => name === used || unusedNumber === 'empty')
    .map((name) => [name, name === used ? claim.personalNumber : ''] as const);
  const fields: Fields = [
    ['MaYeuCau', asker.requestCode],
    [numberElement, serviceNumber],
    ['MaCanBo', asker.officerNumber],
    ...numbers,
    ['HoVaTen', toWireName(claim.fullName, settings.nameForm)],
  ];
  return buildEnvelope(element, fields, settings);
}
