// Dates and times between edXML and ours. edXML: yyyy/MM/dd and local time without a zone; ours: RFC 3339.
import { EdxmlError } from './faults.ts';

const firstYear = 1990;
const lastYear = 2100;

/** A date that was read, and whether it stood in the one right form. */
export interface ReadDate {
  /** yyyy-MM-dd */
  readonly date: string;
  readonly isRightForm: boolean;
}

const two = (part: string): string => part.padStart(2, '0');

function checkDate(year: string, month: string, day: string, where: string): string {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const time = new Date(Date.UTC(y, m - 1, d));
  if (y < firstYear || y > lastYear) throw new EdxmlError('year', where);
  if (time.getUTCMonth() !== m - 1 || time.getUTCDate() !== d) throw new EdxmlError('date', where);
  return `${year}-${two(month)}-${two(day)}`;
}

const yearFirst = /^(\d{4})([/-])(\d{1,2})\2(\d{1,2})(?:[T ].*)?$/;
const dayFirst = /^(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?: .*)?$/;

/**
 * yyyy/MM/dd, and with `isRightForm` false yyyy-MM-dd, dd/MM/yyyy, single digits, a time after it.
 * @throws EdxmlError date, year. Source: document-axis.md §5.1, §9.6
 */
export function parseDate(text: string, where: string): ReadDate {
  const first = yearFirst.exec(text);
  if (first)
    return {
      date: checkDate(first[1] ?? '', first[3] ?? '', first[4] ?? '', where),
      isRightForm: /^\d{4}\/\d\d\/\d\d$/.test(text),
    };
  const last = dayFirst.exec(text);
  if (!last) throw new EdxmlError('date', where);
  return { date: checkDate(last[4] ?? '', last[3] ?? '', last[1] ?? '', where), isRightForm: false };
}

/** yyyy/MM/dd from yyyy-MM-dd. @throws EdxmlError date, year */
export function formatDate(date: string, where: string): string {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date);
  if (!parts) throw new EdxmlError('date', where);
  return checkDate(parts[1] ?? '', parts[2] ?? '', parts[3] ?? '', where).replaceAll('-', '/');
}

/** `yyyy/MM/dd HH:mm:ss` (also with the day first or dashes) as `yyyy-MM-ddTHH:mm:ss+07:00`; undefined if unreadable. */
export function parseTimestamp(text: string): string | undefined {
  const parts = /^([\d/-]{8,10})[T ](\d{1,2}):(\d\d):(\d\d)(?:\.\d+)?$/.exec(text);
  const [hour, minute, second] = [parts?.[2] ?? '', parts?.[3] ?? '', parts?.[4] ?? ''];
  if (!parts || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  try {
    return `${parseDate(parts[1] ?? '', '').date}T${two(hour)}:${minute}:${second}+07:00`;
  } catch {
    return undefined;
  }
}

/** `yyyy/MM/dd HH:mm:ss` in Asia/Ho_Chi_Minh, which has been seven hours ahead since 1975. */
export function formatTimestamp(at: Date): string {
  const local = new Date(at.getTime() + 7 * 3_600_000).toISOString();
  return `${local.slice(0, 10).replaceAll('-', '/')} ${local.slice(11, 19)}`;
}

/** The same from an RFC 3339 time. @throws EdxmlError date, year */
export function formatTime(time: string, where: string): string {
  const at = new Date(time);
  if (!/^\d{4}-\d\d-\d\dT/.test(time) || Number.isNaN(at.getTime())) throw new EdxmlError('date', where);
  const formatted = formatTimestamp(at);
  formatDate(formatted.slice(0, 10).replaceAll('/', '-'), where);
  return formatted;
}
