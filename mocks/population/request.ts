// Reads a SOAP request: envelope, operation, and the fields in their strict order (population-database.md §1–§3).
import type { Settings, Wire } from './config.ts';
import type { Birth } from './person.ts';
import { Refusal } from './refusals.ts';
import { parseXml, type ReadElement } from './xml.ts';

/** The operations of §2. */
export type Operation = 'lookUp' | 'confirm' | 'relatives';

/** A request whose form is right; who asks and whether they may is still open. */
export interface PopulationRequest {
  readonly operation: Operation;
  /** `MaYeuCau`. */
  readonly requestCode: string;
  /** `MaDVC`; the confirmation has none. */
  readonly unitCode: string | undefined;
  /** `MaDonVi`, which only the 2026 client sends. */
  readonly unit: string | undefined;
  /** `MaTichHop` or `MaDichVu`. */
  readonly serviceNumber: string;
  /** `MaCanBo` as sent; empty when absent. */
  readonly officer: string;
  /** 12 digits from `SoDinhDanh` or 9 from `SoCMND`. */
  readonly number: string;
  readonly fullName: string;
  /** Absent in a confirmation. */
  readonly birth: Birth | undefined;
}

const envelopeNamespace = 'http://schemas.xmlsoap.org/soap/envelope/';
const requestNamespace = 'http://dancuquocgia.bca';
/** Namespace of the vendor form, in its answers too. */
export const vendorNamespace = 'http://gtel.vn/qldc';

interface Field {
  readonly name: string;
  /** Fields that may be absent here are judged later, with an error of their own. */
  readonly required: boolean;
}

const may = (name: string): Field => ({ name, required: false });
const must = (name: string): Field => ({ name, required: true });

const lookUpFields: readonly Field[] = [
  must('MaYeuCau'),
  may('MaDVC'),
  must('MaTichHop'),
  may('MaDonVi'),
  may('TaiKhoan'),
  may('SoDienThoai'),
  may('MaCanBo'),
  may('SoDinhDanh'),
  may('SoCMND'),
  must('HoVaTen'),
  must('NgayThangNamSinh'),
];

function confirmFields(wire: Wire): readonly Field[] {
  return [
    must('MaYeuCau'),
    must(wire.confirmNumberElement),
    may('MaCanBo'),
    may('SoDinhDanh'),
    may('SoCMND'),
    must('HoVaTen'),
  ];
}

function toBodyElement(root: ReadElement): ReadElement {
  if (root.name !== 'Envelope' || root.namespace !== envelopeNamespace) throw new Refusal('envelope');
  const parts = root.children.filter((part) => part.namespace === envelopeNamespace);
  const body = parts.filter(({ name }) => name === 'Body');
  const [content, ...more] = body[0]?.children ?? [];
  if (body.length !== 1 || content === undefined || more.length > 0) throw new Refusal('envelope');
  return content;
}

function toOperation({ name, namespace }: ReadElement, wire: Wire): Operation {
  const known: readonly (readonly [Operation, readonly string[], string])[] = [
    ['lookUp', wire.lookUpElements, requestNamespace],
    ['confirm', wire.confirmElements, requestNamespace],
    ['relatives', wire.relativesElements, vendorNamespace],
  ];
  const found = known.find(([, names]) => names.includes(name));
  if (found === undefined) throw new Refusal('operation');
  if (found[2] !== namespace) throw new Refusal('namespace');
  return found[0];
}

function checkFieldNamespace(field: ReadElement, wrapper: string, wire: Wire): void {
  const qualified = field.namespace === wrapper;
  const allowed =
    wire.fields === 'qualified'
      ? qualified
      : (wire.fields === 'either' && qualified) || field.namespace === '';
  if (!allowed) throw new Refusal('namespace');
}

/** The fields by name, once their order is shown to be the one required. */
function toFields(wrapper: ReadElement, order: readonly Field[], wire: Wire): Map<string, ReadElement> {
  const fields = new Map<string, ReadElement>();
  let last = -1;
  for (const field of wrapper.children) {
    checkFieldNamespace(field, wrapper.namespace, wire);
    const place = order.findIndex(({ name }) => name === field.name);
    if (place < 0) throw new Refusal('elementUnknown');
    if (place <= last) throw new Refusal('elementOrder');
    last = place;
    fields.set(field.name, field);
  }
  if (order.some(({ name, required }) => required && !fields.has(name))) throw new Refusal('elementMissing');
  return fields;
}

/** A code that is all of 9 or 12 digits could be a personal number and is refused, so that none reaches the journal. */
function isCode(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text) && !/^(\d{9}|\d{12})$/.test(text);
}

/** A choice in the look-up; in the confirmation both may stand and one is then empty. */
function toNumber(operation: Operation, fields: Map<string, ReadElement>): string {
  const [long, short] = [fields.get('SoDinhDanh'), fields.get('SoCMND')];
  if (operation !== 'confirm' && long && short) throw new Refusal('elementOrder');
  if (!long && !short) throw new Refusal('elementMissing');
  const numbers = [long?.text ?? '', short?.text ?? ''];
  const fits = /^\d{12}$/.test(numbers[0] ?? '') !== /^\d{9}$/.test(numbers[1] ?? '');
  if (!fits || !numbers.includes('')) throw new Refusal('elementValue');
  return numbers.join('');
}

function toBirth(group: ReadElement | undefined): Birth | undefined {
  const [part, ...more] = group?.children ?? [];
  if (group === undefined) return undefined;
  if (part === undefined) throw new Refusal('elementMissing');
  if (more.length > 0) throw new Refusal('elementOrder');
  if (part.name === 'Nam' && /^\d{4}$/.test(part.text)) return { year: part.text };
  if (part.name === 'NgayThangNam' && /^\d{8}$/.test(part.text))
    return { year: part.text.slice(0, 4), date: part.text };
  throw new Refusal(part.name === 'Nam' || part.name === 'NgayThangNam' ? 'elementValue' : 'elementUnknown');
}

function toRoot(bytes: Buffer): ReadElement {
  try {
    return parseXml(bytes);
  } catch {
    throw new Refusal('malformed');
  }
}

/**
 * Reads and checks the form of a request.
 * @throws Refusal that names what is wrong
 */
export function parseRequest(bytes: Buffer, { wire }: Pick<Settings, 'wire'>): PopulationRequest {
  const wrapper = toBodyElement(toRoot(bytes));
  const operation = toOperation(wrapper, wire);
  // The fields of the vendor form are not stated; those of the look-up are used [assumed].
  const fields = toFields(wrapper, operation === 'confirm' ? confirmFields(wire) : lookUpFields, wire);
  const text = (name: string): string => fields.get(name)?.text ?? '';
  const unitCode = text('MaDVC');
  const request = {
    operation,
    requestCode: text('MaYeuCau'),
    unitCode: unitCode === '' ? undefined : unitCode,
    unit: text('MaDonVi') || undefined,
    serviceNumber: text(operation === 'confirm' ? wire.confirmNumberElement : 'MaTichHop'),
    officer: text('MaCanBo'),
    number: toNumber(operation, fields),
    fullName: text('HoVaTen'),
    birth: toBirth(fields.get('NgayThangNamSinh')),
  };
  const isNamed = request.fullName.trim() !== '' && request.fullName.length <= 200;
  if (!isNamed || !isCode(request.requestCode)) throw new Refusal('elementValue');
  return request;
}
