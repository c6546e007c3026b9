// A dossier that somebody files on the portal: everything of it is invented and follows from its order and the seed, so
// that a repeat is the same to the byte. Source: public-service-portal.md §2, §4, §10.12.
import { createRandom } from '../parts/random.ts';
import { createReader } from '../parts/reader.ts';
import type { Catalogue } from './catalogue.ts';
import { loopbackUrl, type Settings, unitForm } from './config.ts';
import { type Fields, isFields } from './fields.ts';
import type { InboundOrder } from './journal.ts';

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');
const hourMs = 3_600_000;

/** `yyyyMMddHHmmss` in Asia/Ho_Chi_Minh, which has no summer time. */
export function toMoment(atMs: number): string {
  return new Date(atMs + 7 * hourMs).toISOString().replace(/\D/g, '').slice(0, 14);
}

const serialsADay = 9_999;

/** Issued centrally: form 4 with the prefix of no real office. */
function toCode(number: number, filedAt: string): string {
  const office = 1 + Math.floor(number / serialsADay);
  return `G22.99.${pad(office, 2)}-${filedAt.slice(2, 8)}-${pad(1 + (number % serialsADay), 4)}`;
}

const surnames = ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'K’', 'Võ'];
const given = ['Văn Thử', 'Thị Nghiệm', 'Minh Mẫu', 'Ngọc Giả', 'Quang Định'];

/** A text file that begins as a PDF does. */
function toFile(code: string, place: number, bytes: number): string {
  const text = `%PDF-1.4\n% ${code} ${place}\n`;
  return Buffer.from(text.padEnd(bytes, '.').slice(0, Math.max(bytes, 9)), 'latin1').toString('base64');
}

/** What the gateway is sent. */
export function toFiledDossier(order: InboundOrder, seed: number): Fields {
  const { code, number, unit, procedure, procedureName, filedAt, files, fileBytes, fields } = order;
  const random = createRandom(seed * 1_000_003 + number);
  const identity = `999${random.between(0, 1)}${pad(random.between(60, 99), 2)}${pad(number % 1_000_000, 6)}`;
  return {
    ...{ MaHoSo: code, MaTTHC: procedure, TenTTHC: procedureName, MaDonVi: unit },
    ChuHoSo: `${random.pick(surnames)} ${random.pick(given)}`,
    LoaiDoiTuong: '1',
    DinhDanhCHS: { LoaiDinhDanh: '1', SoDinhDanh: identity },
    SoDienThoai: `0999${pad(number % 1_000_000, 6)}`,
    Email: `nguoi.nop.${number}@portal.mock.invalid`,
    TrichYeuHoSo: procedureName.slice(0, 1_000),
    ...{ NgayNopHoSo: filedAt, TrangThaiHoSo: '1', KenhThucHien: '2' },
    TaiLieuNop: Array.from({ length: files }, (_, place) => ({
      TenTepDinhKem: `tai-lieu-${place + 1}.pdf`,
      Base64: toFile(code, place + 1, fileBytes),
    })),
    ...fields,
  };
}

/** What the portal itself holds of it: names of files, not their bytes. */
export function toHeldDossier(order: InboundOrder, seed: number): Fields {
  const files = Array.from({ length: order.files }, (_, place) => ({
    TenTepDinhKem: `tai-lieu-${place + 1}.pdf`,
  }));
  return { ...toFiledDossier({ ...order, files: 0 }, seed), TaiLieuNop: files, ...order.fields };
}

/** What a test orders. */
export interface Orders {
  readonly orders: readonly InboundOrder[];
  /** Codes of earlier ones that are to be told once more. */
  readonly again: readonly string[];
  /** Answer only when each is over. */
  readonly wait: boolean;
}

const ordersMost = 5_000;

/** An order as a test writes it; dossiers are made of it. */
interface Wish extends Pick<InboundOrder, 'unit' | 'repeat' | 'files' | 'fileBytes' | 'fields'> {
  readonly again: readonly string[];
  readonly wait: boolean;
  readonly count: number;
  readonly procedure: string | undefined;
  readonly gatewayUrl: string | undefined;
}

function readWish(json: unknown, { gatewayUrl }: Settings): Wish {
  const mistakes: string[] = [];
  const { fields = {}, ...rest } = isFields(json) ? json : {};
  const reader = createReader(rest, 'inbound', mistakes);
  const whole = (key: string, least: number, most: number, otherwise: number) =>
    reader.whole(key, { least, most, otherwise });
  const again = reader.texts('again', []);
  const isNew = again.length === 0;
  const wish: Wish = {
    ...{ again, wait: reader.flag('wait', false) },
    unit: isNew ? reader.text('unit', { match: unitForm }) : '',
    count: isNew ? whole('count', 1, ordersMost, 1) : 0,
    procedure: reader.optional('procedure', { match: /^[\w.]{1,50}$/ }),
    gatewayUrl: reader.optional('gatewayUrl', { match: loopbackUrl }) ?? gatewayUrl,
    ...{ repeat: whole('repeat', 0, 100, 0), files: whole('files', 0, 20, 1) },
    fileBytes: whole('fileBytes', 0, 10_485_760, 200),
    fields: isFields(fields) ? fields : {},
  };
  reader.end();
  if (!isFields(fields)) mistakes.push('inbound.fields must be an object');
  if (isNew && wish.gatewayUrl === undefined)
    mistakes.push('inbound.gatewayUrl must be given: none is configured');
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return wish;
}

/**
 * Reads an order and makes its dossiers.
 * @param first number of the first
 * @throws Error with every mistake in one message
 */
export function parseOrders(
  json: unknown,
  first: number,
  nowMs: number,
  { settings, catalogue }: { readonly settings: Settings; readonly catalogue: Catalogue },
): Orders {
  const { again, wait, count, procedure, gatewayUrl = '', ...told } = readWish(json, settings);
  const filedAt = toMoment(nowMs);
  const orders = Array.from({ length: count }, (_, place): InboundOrder => {
    const number = first + place;
    const code = procedure ?? catalogue.pick(number * 7);
    return {
      ...{ ...told, code: toCode(number, filedAt), number, procedure: code },
      procedureName: catalogue.nameOf(code) ?? 'Thủ tục thử nghiệm không có trong danh mục',
      ...{ filedAt, gatewayUrl },
    };
  });
  return { orders, again, wait };
}
