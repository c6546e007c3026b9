// The rows of a day's file, read strictly: a file that is cut, doubled or does not add up throws before its end, so that
// nothing is concluded from it. Pure. Source: payment-platform.md §4 [assumed], §8.11
import type { SourceTrace } from '../adapter.ts';
import { isMembers } from './members.ts';
import type { ReconciliationRow } from './payment.ts';
import type { ColumnName, ReconciliationSettings } from './reconciliation-settings.ts';
import { toUnreadable } from './refusals.ts';
import { parseJson } from './reply.ts';
import { parseStamp } from './times.ts';

/** Gives up on the file; only the number of the line is told. */
type Fail = (why: string, line?: number) => never;

/** Where each column stands in a line, from 0. */
type Places = ReadonlyMap<ColumnName, number>;

const columnsOf = (settings: ReconciliationSettings): readonly (readonly [ColumnName, string])[] =>
  (['transaction', 'reference', 'amount', 'at', 'status', 'bank'] as const).flatMap((name) => {
    const column = settings.columns[name];
    return column === undefined ? [] : [[name, column] as const];
  });

function toText(bytes: Buffer, { form, encoding }: ReconciliationSettings, fail: Fail): string {
  let content = bytes;
  if (form === 'base64') {
    const json = parseJson(bytes);
    const coded = isMembers(json) ? json['content'] : undefined;
    if (typeof coded !== 'string' || coded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(coded))
      return fail('no-base64');
    content = Buffer.from(coded, 'base64');
  }
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(content);
  } catch {
    return fail('encoding');
  }
}

/** The lines without their ends. */
function toLines(text: string, settings: ReconciliationSettings, fail: Fail): readonly string[] {
  if (text === '') return fail('empty');
  if (settings.endsWithNewline && !text.endsWith('\n')) return fail('cut');
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function toPlaces(first: readonly string[], settings: ReconciliationSettings, fail: Fail): Places {
  const places = columnsOf(settings).map(([name, column]) => {
    const place = settings.header ? first.indexOf(column) : Number(column) - 1;
    const isThere = settings.header
      ? first.lastIndexOf(column) === place && place >= 0
      : place < first.length;
    return isThere ? ([name, place] as const) : fail('columns', 1);
  });
  return new Map(places);
}

/** An amount: digits only, without a leading zero. */
const amountForm = /^(0|[1-9]\d{0,14})$/;
const codeForm = /^[\x21-\x7e]{1,100}$/;

function toStatus(word: string, { statuses }: ReconciliationSettings): ReconciliationRow['status'] {
  const known = (['paid', 'refunded', 'not-paid'] as const).find((name) => statuses[name].includes(word));
  return known ?? 'unknown';
}

function toRow(
  fields: readonly string[],
  places: Places,
  settings: ReconciliationSettings,
  fail: (why: string) => never,
): ReconciliationRow {
  const field = (name: ColumnName): string => fields[places.get(name) ?? -1] ?? '';
  const amount = field('amount');
  if (!codeForm.test(field('reference'))) return fail('reference');
  if (!amountForm.test(amount)) return fail('amount');
  for (const name of ['transaction', 'bank'] as const)
    if (field(name) !== '' && !codeForm.test(field(name))) return fail(name);
  const at = parseStamp(field('at'));
  if (at === undefined && field('at') !== '') return fail('time');
  return {
    reference: field('reference'),
    transaction: field('transaction') || undefined,
    amount: Number(amount),
    status: toStatus(field('status'), settings),
    bank: field('bank') || undefined,
    at,
  };
}

/** The last line of a file with a total, and the rows before it. */
function cutTotal(lines: readonly string[], settings: ReconciliationSettings, fail: Fail) {
  if (settings.totalMark === undefined) return { lines, total: undefined };
  const [mark, rows = '', sum = '', ...more] = lines.at(-1)?.split(settings.separator) ?? [];
  const isTotal = mark === settings.totalMark && more.length === 0;
  if (!isTotal || !amountForm.test(rows) || !/^(0|[1-9]\d{0,24})$/.test(sum)) return fail('no-total');
  return { lines: lines.slice(0, -1), total: { rows: Number(rows), sum: BigInt(sum) } };
}

/**
 * Reads a file row by row. Two rows of the same transaction, reference and status are one row written twice; one reference with
 * two transactions is a payer who paid twice, and both rows are given.
 * @throws SourceError `unreadable`: `file-<why>`
 */
export function* readRows(
  bytes: Buffer,
  settings: ReconciliationSettings,
  trace: SourceTrace,
): Generator<ReconciliationRow> {
  const fail: Fail = (why, line) => {
    throw toUnreadable(`file-${why}`, trace, line === undefined ? '' : `, line ${line}`);
  };
  const all = toLines(toText(bytes, settings, fail), settings, fail);
  const { lines, total } = cutTotal(all, settings, fail);
  const first = lines[0]?.split(settings.separator) ?? [];
  if (settings.header && lines.length === 0) fail('columns', 1);
  const places = lines.length === 0 ? new Map() : toPlaces(first, settings, fail);
  const seen = new Set<string>();
  let sum = 0n;
  for (const [index, line] of lines.entries()) {
    if (settings.header && index === 0) continue;
    const fields = line.split(settings.separator);
    if (fields.length !== first.length) fail('fields', index + 1);
    const row = toRow(fields, places, settings, (why) => fail(why, index + 1));
    const key = [row.transaction ?? '', row.reference, row.status].join('\n');
    if (seen.has(key)) fail('row-twice', index + 1);
    seen.add(key);
    sum += BigInt(row.amount);
    yield row;
  }
  if (total && (total.rows !== seen.size || total.sum !== sum)) fail('total');
}
