// How the platform's file of a day is written: its columns are unknown, so all of it is configuration [assumed].
// Source: payment-platform.md §4, §6
import type { Reader } from '../reader.ts';
import { address, mebibyte } from './setting-forms.ts';

/** Columns that a row may have. */
const columnNames = ['transaction', 'reference', 'amount', 'at', 'status', 'bank'] as const;

/** A column by what it holds. */
export type ColumnName = (typeof columnNames)[number];

/** A day's file. */
export interface ReconciliationSettings {
  readonly url: string;
  /** Text as it is, or base64 in the member `content` of a JSON object. */
  readonly form: 'text' | 'base64';
  readonly encoding: 'utf-8' | 'utf-16le' | 'windows-1258';
  readonly separator: string;
  /** The column's name in the first line, or with `header` false its place, from 1. Undefined: the file has none. */
  readonly columns: Readonly<Partial<Record<ColumnName, string>>>;
  /** Whether the first line names the columns. */
  readonly header: boolean;
  /** Words of the status column; any other is `unknown`. */
  readonly statuses: Readonly<Record<'paid' | 'refunded' | 'not-paid', readonly string[]>>;
  /** First field of a last line `<mark>|<rows>|<sum>`; undefined: the file has no total. */
  readonly totalMark: string | undefined;
  /** Whether a file whose last line does not end was cut. */
  readonly endsWithNewline: boolean;
  /** Whether the question carries MaDoiTac, ThoiGianGD and MaXacThuc besides the day. */
  readonly signed: boolean;
  readonly fileBytes: number;
  readonly callMs: number;
}

const defaults: Readonly<Record<ColumnName, string>> = {
  transaction: 'MaGiaoDich',
  reference: 'MaThamChieu',
  amount: 'SoTien',
  at: 'ThoiGianGD',
  status: 'TrangThai',
  bank: 'MaNganHang',
};

function parseColumns(reader: Reader, header: boolean): ReconciliationSettings['columns'] {
  const isDefault = reader.names().length === 0;
  const form = header ? /^[^|\r\n]{1,60}$/ : /^[1-9]\d?$/;
  const given = columnNames.map((name, index) => {
    const otherwise = header ? defaults[name] : String(index + 1);
    const isNeeded = ['reference', 'amount', 'status'].includes(name);
    if (isDefault) return [name, otherwise] as const;
    return [name, isNeeded ? reader.text(name, form) : reader.optional(name, form)] as const;
  });
  return Object.fromEntries(given.filter(([, column]) => column !== undefined));
}

function parseStatuses(reader: Reader): ReconciliationSettings['statuses'] {
  return {
    paid: reader.texts('paid', ['1']),
    refunded: reader.texts('refunded', ['REFUNDED']),
    'not-paid': reader.texts('not-paid', ['4']),
  };
}

/** Reads `reconciliationUrl` and `reconciliation`; undefined where there is no address. */
export function parseReconciliation(reader: Reader): ReconciliationSettings | undefined {
  const url = reader.optional('reconciliationUrl', address);
  const file = reader.child('reconciliation');
  const header = file.flag('header', true);
  const settings = {
    form: file.choice('form', ['text', 'base64'], 'text'),
    encoding: file.choice('encoding', ['utf-8', 'utf-16le', 'windows-1258'], 'utf-8'),
    separator: file.optional('separator', /^[|,;\t]$/) ?? '|',
    header,
    columns: parseColumns(file.child('columns'), header),
    statuses: parseStatuses(file.child('statuses')),
    totalMark: file.optional('totalMark', /^[^|,;\s]{1,40}$/),
    endsWithNewline: file.flag('endsWithNewline', true),
    signed: file.flag('signed', true),
    fileBytes: file.whole('fileBytes', 1_024, 256 * mebibyte, 32 * mebibyte),
    callMs: file.whole('callMs', 100, 600_000, 120_000),
  };
  return url === undefined ? undefined : { url, ...settings };
}
