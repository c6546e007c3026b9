// The configuration of the payment platform. What payment-platform.md marks [assumed], [inferred] or unknown is a setting here
// with its default; no secret or value is repeated in a message about a mistake.
import { Reader } from '../reader.ts';
import { type KeyPaySettings, parseKeyPay } from './keypay/settings.ts';
import { parseReconciliation, type ReconciliationSettings } from './reconciliation-settings.ts';
import type { ReplyForm } from './reply.ts';
import {
  address,
  mebibyte,
  parseFields,
  secretForm,
  type WireLimits,
  webAddress,
  word,
} from './setting-forms.ts';

/** What HuyenNguoiNop says, though districts are gone; never a guess. §1.2, §8.14 */
export type DistrictRule =
  | { readonly kind: 'empty' | 'omitted' }
  | { readonly kind: 'fixed'; readonly value: string }
  /** By MaDonVi; a unit that is not listed cannot be put to the platform. */
  | { readonly kind: 'unit'; readonly values: Readonly<Record<string, string>> };

/** What is sent in INIT that §1.1 and §1.2 leave open. */
export interface InitSettings {
  readonly district: DistrictRule;
  /** Members of the receipt block that nothing is known for: sent empty, or left out. Not stated. */
  readonly absent: 'empty' | 'omitted';
  /** SoTien of the lines: not stated; INIT's own is a text. */
  readonly lineAmount: 'text' | 'number';
  /** NgayQD: not stated; the times of §1 are written alike. */
  readonly dayForm: 'yyyyMMdd' | 'dd/MM/yyyy' | 'yyyy-MM-dd';
  /** MaDichVu of fines and of fees. §1.2 */
  readonly fineService: string;
  readonly feeService: string;
  /** A member that names the address to come back to, outside the checksum; undefined: none is sent, as in §1.1. */
  readonly returnField: string | undefined;
  /** Longest ThongTinGiaoDich and longest text of the receipt block: unknown, §6. What is longer is refused, never cut. */
  readonly mostText: number;
  readonly mostBlockText: number;
}

/** The platform of the national portal. */
export interface PlatformSettings extends WireLimits, InitSettings {
  readonly variant: 'platform';
  readonly url: string;
  /** MaDoiTac */
  readonly partner: string;
  readonly secret: string;
  /** PhienBan */
  readonly version: string;
  readonly replyForm: ReplyForm;
  readonly returnUrl: string | undefined;
  /** LoaiBanTin of a confirmation. §1.3 [inferred] */
  readonly confirmType: string;
  /** Members of the answer to CONFIRM under its checksum, in order: not stated in §1.3. */
  readonly answerFields: readonly AnswerField[];
  /** Members of the bill look-up under its checksum; none: it carries no checksum, as in §1.3. */
  readonly billFields: readonly BillField[];
  /** LoaiBanTin of a cancellation with QUERY's members; undefined: there is none, as in the reference. */
  readonly cancelType: string | undefined;
  /** Of a receipt. */
  readonly receiptBytes: number;
  /** Undefined: days cannot be asked for. */
  readonly reconciliation: ReconciliationSettings | undefined;
}

/** Everything that the adapter must be told. */
export type PaymentPlatformSettings = PlatformSettings | KeyPaySettings;

const answerFields = ['MaLoi', 'MoTaLoi', 'MaDoiTac', 'MaThamChieu', 'ThoiGianGD'] as const;
const billFields = ['MaDoiTac', 'MaHoSo', 'ThoiGianGD'] as const;

/** A member of the answer to CONFIRM. §1.3 */
export type AnswerField = (typeof answerFields)[number];

/** A member of the bill look-up. */
export type BillField = (typeof billFields)[number];

function parseDistrict(reader: Reader): DistrictRule {
  const kind = reader.choice('kind', ['empty', 'omitted', 'fixed', 'unit'], 'empty');
  if (kind === 'fixed') return { kind, value: reader.text('value') };
  if (kind !== 'unit') return { kind };
  const table = reader.child('values');
  return { kind, values: Object.fromEntries(table.names().map((code) => [code, table.text(code)])) };
}

function parseInit(reader: Reader): InitSettings {
  return {
    district: parseDistrict(reader.child('district')),
    absent: reader.choice('absent', ['empty', 'omitted'], 'empty'),
    lineAmount: reader.choice('lineAmount', ['text', 'number'], 'text'),
    dayForm: reader.choice('dayForm', ['yyyyMMdd', 'dd/MM/yyyy', 'yyyy-MM-dd'], 'yyyyMMdd'),
    fineService: reader.optional('fineService', word) ?? '1',
    feeService: reader.optional('feeService', word) ?? '2',
    returnField: reader.optional('returnField', /^[A-Za-z]\w{0,39}$/),
    mostText: reader.whole('mostText', 20, 2_000, 250),
    mostBlockText: reader.whole('mostBlockText', 20, 4_000, 500),
  };
}

function parseBillFields(reader: Reader, mistakes: string[]): readonly BillField[] {
  const fields = parseFields(reader, 'billFields', billFields, [], mistakes);
  if (fields.length > 0 && !fields.includes('MaHoSo'))
    mistakes.push('payment-platform.billFields lacks MaHoSo');
  return fields;
}

function parsePlatform(reader: Reader, wire: WireLimits, mistakes: string[]): PlatformSettings {
  return {
    ...wire,
    ...parseInit(reader),
    variant: 'platform',
    url: reader.text('url', address),
    partner: reader.text('partner', word),
    secret: reader.text('secret', secretForm),
    version: reader.optional('version', /^[\d.]{1,10}$/) ?? '1.0.6',
    replyForm: reader.choice('replyForm', ['plain', 'wrapped'], 'plain'),
    returnUrl: reader.optional('returnUrl', webAddress),
    confirmType: reader.optional('confirmType', word) ?? 'CONFIRM',
    answerFields: parseFields(reader, 'answerFields', answerFields, answerFields, mistakes),
    billFields: parseBillFields(reader, mistakes),
    cancelType: reader.optional('cancelType', word),
    receiptBytes: reader.whole('receiptBytes', 1_024, 64 * mebibyte, 10 * mebibyte),
    reconciliation: parseReconciliation(reader),
  };
}

/** Checks a configuration and fills in its defaults. @throws Error with all mistakes in one message */
export function parsePaymentPlatformSettings(json: unknown): PaymentPlatformSettings {
  const mistakes: string[] = [];
  const reader = new Reader(json, 'payment-platform', mistakes);
  const wire: WireLimits = {
    ca: reader.optional('ca', /-----BEGIN CERTIFICATE-----/),
    connectMs: reader.whole('connectMs', 100, 60_000, 5_000),
    callMs: reader.whole('callMs', 100, 120_000, 20_000),
    answerBytes: reader.whole('answerBytes', 1_024, 16 * mebibyte, 256 * 1_024),
    connections: reader.whole('connections', 1, 100, 8),
  };
  const variant = reader.choice('variant', ['platform', 'keypay'], 'platform');
  const settings =
    variant === 'keypay' ? parseKeyPay(reader, wire, mistakes) : parsePlatform(reader, wire, mistakes);
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return settings;
}
