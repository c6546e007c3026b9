// A reconciliation as CSV for spreadsheets: UTF-8 with a BOM, read from the database while it leaves. No cell is a formula.
// Source: RFC 4180
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Pool } from 'pg';
import type { Digest } from '../../../../adapters/adapter.ts';
import { type LineRow, lineSelect } from './lines.ts';

/** A table that can be read again and again, each time the same. */
export interface CsvTable extends Digest {
  open(): Readable;
}

const pageLines = 2_000;
const bom = '\uFEFF';

const header = [
  ...['STT / No', 'Kết quả / Result', 'Mã tham chiếu / Reference', 'Mã giao dịch / Transaction'],
  ...['Số tiền của trục / Our amount', 'Số tiền của nền tảng / Their amount'],
  ...['Trạng thái của trục / Our state', 'Trạng thái của nền tảng / Their status'],
  ...['Ngân hàng / Bank', 'Thời điểm / Time', 'Mã thanh toán / Payment id'],
];

/** What a spreadsheet would reckon out is a text by an apostrophe before it; quotes alone do not make it one. */
export function toCell(value: string | number | bigint | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text =
    /^[\s\p{Cc}\p{Cf}]*[=+\-@|%＝＋－＠]/u.test(value) || /^[\t\r\n]/.test(value) ? `'${value}` : value;
  return /^[\w .:/-]*$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}

const toRow = (cells: readonly (string | number | bigint | null)[]): string =>
  `${cells.map(toCell).join(',')}\r\n`;

const toCells = (line: LineRow) => [
  ...[line.no, line.kind, line.reference, line.transaction_code, line.our_amount, line.their_amount],
  ...[line.our_state, line.their_status, line.bank, line.said_at?.toISOString() ?? null, line.payment_id],
];

/** The lines up to `last`: those behind it may be being written at this moment. */
async function* readText(pool: Pool, id: string, last: number): AsyncGenerator<string> {
  yield bom + toRow(header);
  for (let after = 0; after < last; ) {
    const { rows } = await pool.query<LineRow>(
      `${lineSelect} WHERE l.reconciliation_id = $1 AND l.no > $2 AND l.no <= $3 ORDER BY l.no LIMIT $4`,
      [id, after, last, pageLines],
    );
    const newest = rows.at(-1);
    if (!newest) return;
    yield rows.map((row) => toRow(toCells(row))).join('');
    after = newest.no;
  }
}

/** Reads it once for its size and digest: lines never change, so it leaves as it was measured. */
export async function toCsv(pool: Pool, id: string, last: number): Promise<CsvTable> {
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const text of readText(pool, id, last)) {
    digest.update(text);
    bytes += Buffer.byteLength(text);
  }
  const open = () => Readable.from(toBytes(readText(pool, id, last)));
  return { sha256: digest.digest('hex'), bytes, open };
}

async function* toBytes(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const text of texts) yield Buffer.from(text);
}
