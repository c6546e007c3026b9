// Answers as a person reads them: lists as tables, single records line by line. Names are Latin, so a sign is a column.
import { toMembers } from '../../contracts/contract.ts';

const widest = 44;
const mostColumns = 8;

const shorten = (text: string): string => (text.length > widest ? `${text.slice(0, widest - 1)}…` : text);

/** A value on one line; of lists and objects a compact form. What a terminal would obey is shown, not sent. */
function toText(value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return value.join(', ') || '–';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.normalize('NFC').replace(/[\p{Cc}\p{Cf}]/gu, '�');
}

/** Lines of a table with headings; the last column is not cut. */
export function toTable(headings: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const last = headings.length - 1;
  const texts = rows.map((row) =>
    row.map((cell, place) => (place === last ? toText(cell) : shorten(toText(cell)))),
  );
  const all = [headings, ...texts];
  const widths = headings.map((_, place) => Math.max(...all.map((row) => row[place]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, place) => (place === last ? cell : cell.padEnd(widths[place] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Shown whatever else there is: whether it holds, and until when. */
const firstChoice: ReadonlySet<string> = new Set(['id', 'state', 'validTo']);

/** The columns that there is room for, in their order. */
function toFitting(columns: readonly string[]): readonly string[] {
  const chosen = columns.filter((name) => firstChoice.has(name));
  const others = columns.filter((name) => !firstChoice.has(name)).slice(0, mostColumns - chosen.length);
  return columns.filter((name) => chosen.includes(name) || others.includes(name));
}

/** A list: the members that are no objects and that some item has, in the contract's order. */
export function toItemTable(items: readonly unknown[], members: readonly string[]): string {
  const rows = items.map(toMembers);
  const columns = toFitting(
    members
      .filter((name) => rows.some((row) => row[name] !== undefined && row[name] !== null))
      .filter((name) => rows.every((row) => typeof row[name] !== 'object' || row[name] === null)),
  );
  return toTable(
    columns,
    rows.map((row) => columns.map((name) => row[name])),
  );
}

/** One record, a member a line. */
export function toRecord(body: unknown): string {
  const members = Object.entries(toMembers(body));
  const width = Math.max(0, ...members.map(([name]) => name.length));
  return members.map(([name, value]) => `${name.padEnd(width)}  ${toText(value)}`).join('\n');
}
